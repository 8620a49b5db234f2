"""Our verdict against a second opinion: elementpath's XPath 2.0 directly on the XForm that pyxform wrote.

The oracle knows nothing of our parser, our functions or our order of settling: it fills the XForm's own instance and
evaluates its binds again and again until nothing changes.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
from elementpath import XPath2Parser, XPathContext
from elementpath.xpath_nodes import EtreeElementNode, XPathNode
from elementpath.xpath_tokens import XPathToken
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import Imported, check, compile_xlsform

SOURCE = Path(__file__).parents[2] / "councils/surveys/data/life_in_our_town.xlsx"
XF = "{http://www.w3.org/2002/xforms}"
IMPORTED: Imported = compile_xlsform(content=SOURCE.read_bytes(), filename=SOURCE.name)


class Oracle:
    """The XForm, read by hand."""

    def __init__(self, xform: str) -> None:
        document = ET.fromstring(xform)  # noqa: S314 - made by pyxform from our own file
        primary = document.find(f".//{XF}instance/*")
        assert primary is not None
        self._blank = _without_namespaces(primary)
        self._binds = {bind.attrib["nodeset"]: bind.attrib for bind in document.iterfind(f".//{XF}bind")}
        self._itemsets = {
            control.attrib["ref"]: itemset.attrib["nodeset"]
            for control in document.iter()
            for itemset in control.iterfind(f"{XF}itemset")
            if "[" in itemset.attrib["nodeset"]
        }
        lists = ET.SubElement(self._blank, "lists")
        for instance in document.iterfind(f".//{XF}instance[@id]"):
            if any(f"'{instance.attrib['id']}'" in nodeset for nodeset in self._itemsets.values()):
                copied = (_without_namespaces(item) for item in instance[0])
                ET.SubElement(lists, instance.attrib["id"]).extend(copied)
        self._parser = XPath2Parser(compatibility_mode=True)
        self._tokens: dict[str, XPathToken] = {}
        for name, function, types in (
            ("selected", _selected, ("item()*", "item()*", "xs:boolean")),
            ("count-selected", lambda chosen: len(_text(chosen).split()), ("item()*", "xs:integer")),
        ):
            self._parser.external_function(function, name=name, prefix="fn", sequence_types=types)

    def verdict(self, answers: dict[str, str]) -> tuple[set[str], dict[str, str]]:
        """Names with an error, and the answers that survive."""
        instance = deepcopy(self._blank)
        for path in self._binds:
            _node(instance, path).text = answers.get(path.rpartition("/")[2], "")
        irrelevant: set[str] = set()
        changed = True
        while changed:
            found = {path for path in self._binds if not self._truth(instance, path, "relevant")}
            changed = found != irrelevant
            irrelevant = found
            for path in found:
                _node(instance, path).text = ""
        errors, kept = set(), {}
        for path in self._binds.keys() - irrelevant:
            name, text = path.rpartition("/")[2], _node(instance, path).text or ""
            required = self._binds[path].get("required") == "true()"
            possible = not text or (self._truth(instance, path, "constraint") and self._offers(instance, path, text))
            if (required and not text) or not possible:
                errors.add(name)
            elif text:
                kept[name] = text
        return errors, kept

    def _truth(self, instance: ET.Element, path: str, attribute: str) -> bool:
        source = self._binds[path].get(attribute)
        if source is None:
            return True
        context = XPathContext(instance, item=_node(instance, path))
        return bool(self._read(f"boolean({source})").evaluate(context))

    def _read(self, source: str) -> XPathToken:
        if source not in self._tokens:
            self._tokens[source] = self._parser.parse(source)
        return self._tokens[source]

    def _offers(self, instance: ET.Element, path: str, text: str) -> bool:
        if path not in self._itemsets:
            return True
        source = self._itemsets[path].replace("instance('", "/data/lists/").replace("')/root", "")
        found = self._read(source).select(XPathContext(instance))
        offered = {_text(item.value.find("name")) for item in found if isinstance(item, EtreeElementNode)}
        return offered.issuperset(text.split())


def _without_namespaces(element: ET.Element) -> ET.Element:
    copied = ET.Element(element.tag.rpartition("}")[2])
    copied.text = (element.text or "").strip()
    copied.extend(_without_namespaces(child) for child in element)
    return copied


def _node(instance: ET.Element, path: str) -> ET.Element:
    found = instance.find("/".join(path.split("/")[2:]))
    assert found is not None
    return found


def _text(items: object) -> str:
    first = (items[0] if items else "") if isinstance(items, list) else items
    if isinstance(first, ET.Element):
        return first.text or ""
    return first.string_value if isinstance(first, XPathNode) else str(first)


def _selected(chosen: object, value: object) -> bool:
    return _text(value) in _text(chosen).split()


ORACLE = Oracle(IMPORTED.xform)


@st.composite
def interviews(draw: st.DrawFn) -> dict[str, str]:
    """Answers of the right shape for a random part of the questions, otherwise as wild as they come."""
    return dict(_drawn(draw))


def _drawn(draw: st.DrawFn) -> Iterator[tuple[str, str]]:
    for question in IMPORTED.form.questions:
        if not question.is_asked or draw(st.integers(0, 7)) == 0:
            continue
        values = [choice.value for choice in IMPORTED.form.choices(question)]
        if question.type == "select_one":
            yield question.name, draw(st.sampled_from(values))
        elif question.type == "select_multiple":
            chosen = draw(st.sets(st.sampled_from(values), max_size=5))
            yield question.name, " ".join(value for value in values if value in chosen)
        elif question.type == "integer":
            yield question.name, str(draw(st.integers(-3, 30)))
        else:
            yield question.name, "ж" * draw(st.sampled_from([0, 1, 299, 300, 301, 999, 1000, 1001]))


@given(interviews())
@settings(max_examples=150, deadline=None)
def test_random_answers_get_the_same_verdict_twice(answers: dict[str, str]) -> None:
    ours = check(IMPORTED.form, answers, language="kk", today=date(2026, 11, 22))
    errors, kept = ORACLE.verdict(answers)
    texts = {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in ours.values.items()}
    assert (set(ours.errors), texts) == (errors, kept)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [({"urgent_needs": "water roads jobs safety"}, True), ({"urgent_needs": "water roads"}, False)],
)
def test_the_oracle_itself_can_say_no(answers: dict[str, str], wrong: bool) -> None:
    assert ("urgent_needs" in ORACLE.verdict(answers)[0]) is wrong
