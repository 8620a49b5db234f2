"""A second opinion on answers: elementpath's XPath 2.0 on the XForm that pyxform wrote, and nothing of ours.

It fills the XForm's own instance, makes occurrences from its template, and evaluates binds again and again until
nothing changes. Expressions are rewritten as text: positions are put into paths, and ODK's functions get other names.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from copy import copy, deepcopy
from datetime import date
from typing import Any

from elementpath import XPathContext
from elementpath.xpath_nodes import EtreeElementNode
from elementpath.xpath_tokens import XPathToken

from tests.surveys.xform_functions import FUNCTIONS, OldParser, arguments, as_sequence, as_text, number

XF = "{http://www.w3.org/2002/xforms}"
JR = "{http://openrosa.org/javarosa}"
ITEXT = re.compile(r"jr:itext\('[^']*'\)")
MOST_ROUNDS = 60


class Oracle:
    """An XForm, read by hand. `verdict` takes answers as texts, nested as the form is."""

    def __init__(self, xform: str, *, today: date) -> None:
        document = ET.fromstring(xform)  # noqa: S314 - made by pyxform from a file of ours
        primary = document.find(f".//{XF}instance/*")
        assert primary is not None
        self._today = today
        self._root = primary.tag.rpartition("}")[2]
        self._binds = {one.attrib["nodeset"]: one.attrib for one in document.iterfind(f".//{XF}bind")}
        self._counts = {one.attrib["nodeset"]: one.get(f"{JR}count") for one in document.iter(f"{XF}repeat")}
        controls = [
            one for one in document.iter() if one.get("ref") and one.tag.rpartition("}")[2] not in _NOT_CONTROLS
        ]
        self._answered = {
            one.attrib["ref"]
            for one in controls
            if self._bind(one.attrib["ref"], "calculate") is None
            and self._bind(one.attrib["ref"], "readonly") != "true()"
        }
        self._defaults = {
            one.attrib["ref"]: one.attrib["value"]
            for one in document.iter(f"{XF}setvalue")
            if one.attrib["ref"] not in self._answered
        }
        self._itemsets = {
            one.attrib["ref"]: re.sub(r"^randomize\((.*?)(?:,[^,\]]*)?\)$", r"\1", itemset.attrib["nodeset"])
            for one in controls
            for itemset in one.iterfind(f"{XF}itemset")
        }
        self._ranks = {one.attrib["ref"] for one in controls if one.tag.endswith("}rank")}
        self._blank = _plain(primary)
        self._templates: dict[str, ET.Element] = {}
        self._take_templates(self._blank, f"/{self._root}")
        lists = ET.SubElement(self._blank, "lists")
        for instance in document.iterfind(f".//{XF}instance[@id]"):
            ET.SubElement(lists, instance.attrib["id"]).extend(_plain(item) for item in instance[0])
        self._parser = OldParser(compatibility_mode=True)
        self._tokens: dict[str, XPathToken] = {}
        for name, (function, arity) in FUNCTIONS.items():
            types = (*["item()*"] * arity, "item()*")
            self._parser.external_function(function, name=f"o-{name}", prefix="fn", sequence_types=types)

    def verdict(self, answers: Mapping[str, Any]) -> tuple[set[str], dict[str, str]]:
        """Addresses with an error, and the texts that survive, by address."""
        instance = deepcopy(self._blank)
        round_ = _Round(self, instance, answers)
        for _ in range(MOST_ROUNDS):
            if not round_.turn():
                break
        else:
            raise AssertionError("the form does not settle")
        errors, kept = set(), {}
        for element, path, address in round_.leaves():
            text = element.text or ""
            if element.get("irrelevant") or self._bind(path, "preload"):
                continue
            if path in self._answered and not self._is_possible(round_, element, path, text):
                errors.add(address)
            elif text.strip():
                kept[address] = text.strip()
        return errors, kept

    def _is_possible(self, round_: "_Round", element: ET.Element, path: str, text: str) -> bool:
        if not text:
            return not round_.truth(element, self._bind(path, "required") or "false()")
        if not round_.truth(element, self._bind(path, "constraint") or "true()"):
            return False
        if path not in self._itemsets:
            return True
        found = round_.select(element, self._itemsets[path])
        offered = {one.findtext("name") for one in found if isinstance(one, ET.Element)}
        return offered == set(text.split()) if path in self._ranks else offered.issuperset(text.split())

    def _bind(self, path: str, attribute: str) -> str | None:
        found = self._binds.get(path, {})
        return found.get(attribute, found.get(f"{JR}{attribute}"))

    def _take_templates(self, element: ET.Element, path: str) -> None:
        for child in list(element):
            own = f"{path}/{child.tag}"
            self._take_templates(child, own)
            if own in self._counts:
                self._templates.setdefault(own, child)
                element.remove(child)

    def read(self, source: str) -> XPathToken:
        if source not in self._tokens:
            self._tokens[source] = self._parser.parse(source)
        return self._tokens[source]


class _Round:
    """One instance on its way to rest."""

    def __init__(self, oracle: Oracle, instance: ET.Element, answers: Mapping[str, Any]) -> None:
        self._oracle = oracle
        self._instance = instance
        self._parents: dict[ET.Element, ET.Element] = {}
        self._context: XPathContext | None = None  # until an occurrence comes or goes
        self._given: dict[ET.Element, Mapping[str, Any]] = {instance: answers}  # by the element of an occurrence
        self._fill(instance, f"/{instance.tag}", answers)

    def turn(self) -> bool:
        """Evaluate everything once; whether anything changed."""
        before = ET.tostring(self._instance)
        self._occur(self._instance, f"/{self._instance.tag}", self._given[self._instance])
        self._settle(self._instance, f"/{self._instance.tag}", is_gone=False)
        return ET.tostring(self._instance) != before

    def leaves(self) -> Iterator[tuple[ET.Element, str, str]]:
        """Every question with its path and its address."""
        yield from self._leaves(self._instance, f"/{self._instance.tag}", "")

    def _leaves(self, element: ET.Element, path: str, prefix: str) -> Iterator[tuple[ET.Element, str, str]]:
        for child in element:
            own = f"{path}/{child.tag}"
            if child.tag in {"lists", "meta"} and element is self._instance:
                continue
            inner = prefix
            if own in self._oracle._templates:
                inner = f"{prefix}{child.tag}/{_place(child, self._parents) - 1}/"
            if len(child) == 0:
                yield child, own, f"{prefix}{child.tag}"
            yield from self._leaves(child, own, inner)

    def _fill(self, element: ET.Element, path: str, answers: Mapping[str, Any]) -> None:
        """Texts of an element that has just been made, and its parents for everything below."""
        for child in element:
            self._parents[child] = element
            own = f"{path}/{child.tag}"
            if own in self._oracle._answered:
                child.text = answers.get(child.tag, "")
                child.set("given", child.text)
            if not (child.tag == "lists" and element is self._instance):
                self._fill(child, own, answers)

    def _occur(self, element: ET.Element, path: str, answers: Mapping[str, Any]) -> None:
        """As many occurrences as were answered, or as the form counts."""
        for child in list(element):
            if f"{path}/{child.tag}" not in self._oracle._templates and child.tag != "lists":
                self._occur(child, f"{path}/{child.tag}", answers)
        for repeat, template in self._oracle._templates.items():
            if repeat.rpartition("/")[0] != path:
                continue
            given = answers.get(template.tag, [])
            here = [child for child in element if child.tag == template.tag]
            wanted = self._wanted(element, repeat, len(given))
            for extra in here[wanted:]:
                element.remove(extra)
                self._context = None
            for index in range(len(here), wanted):
                made = deepcopy(template)
                element.append(made)
                self._context = None
                self._parents[made] = element
                self._given[made] = given[index] if index < len(given) else {}
                self._fill(made, repeat, self._given[made])
            for child in element:
                if child.tag == template.tag:
                    self._occur(child, repeat, self._given[child])

    def _wanted(self, element: ET.Element, repeat: str, given: int) -> int:
        """How many occurrences belong into this element."""
        source = self._oracle._counts[repeat]
        if element.get("irrelevant"):
            return 0
        if source is None:
            return given
        # It is written for the repeat, and evaluated at the element around it.
        counted = number(self.value(element, re.sub(r"^\s*\.\./", "", source)))
        return 0 if math.isnan(counted) else max(0, min(100, int(counted)))

    def _settle(self, element: ET.Element, path: str, *, is_gone: bool) -> None:
        for child in element:
            if child.tag == "lists" and element is self._instance:
                continue
            own = f"{path}/{child.tag}"
            relevant = self._oracle._bind(own, "relevant")
            gone = is_gone or (relevant is not None and not self.truth(child, relevant))
            if gone:
                child.set("irrelevant", "1")
            else:
                child.attrib.pop("irrelevant", None)
            if len(child) == 0:
                child.text = "" if gone else self._text(child, own)
            self._settle(child, own, is_gone=gone)

    def _text(self, element: ET.Element, path: str) -> str:
        calculation = self._oracle._bind(path, "calculate") or self._oracle._defaults.get(path)
        if calculation is not None:
            return as_text(self.value(element, calculation)).replace("NaN", "")
        if self._oracle._bind(path, "preloadParams") == "today":
            return self._oracle._today.isoformat()
        return element.get("given", element.text or "")

    def truth(self, element: ET.Element, source: str) -> bool:
        return bool(self._evaluate(element, f"boolean({source})"))

    def value(self, element: ET.Element, source: str) -> object:
        return self._evaluate(element, source)

    def select(self, element: ET.Element, source: str) -> list[object]:
        token = self._oracle.read(self._rewritten(element, source))
        found = token.select(self._at(element))
        return [one.value if isinstance(one, EtreeElementNode) else one for one in found]

    def _evaluate(self, element: ET.Element, source: str) -> object:
        token = self._oracle.read(self._rewritten(element, source))
        found: object = token.evaluate(self._at(element))
        return found

    def _at(self, element: ET.Element) -> XPathContext:
        if self._context is None:
            self._context = XPathContext(self._instance)
        found = copy(self._context)
        found.item = self._context.get_context_item(element)
        return found

    def _rewritten(self, element: ET.Element, source: str) -> str:
        """The expression as XPath 2.0 understands it, for this one place."""
        line: list[ET.Element] = []
        at: ET.Element | None = element
        while at is not None:
            line.insert(0, at)
            at = self._parents.get(at)
        here = "/" + "/".join(f"{one.tag}[{_place(one, self._parents)}]" for one in line)
        source = source.replace("current()", here)
        source = re.sub(r"instance\('([^']+)'\)/root", rf"/{self._instance.tag}/lists/\1", source)
        while (found := re.search(r"indexed-repeat\(", source)) is not None:
            source = self._indexed(element, source, found.start(), found.end())
        path, bound = "", ""
        for one in line:
            path, bound = f"{path}/{one.tag}", f"{bound}/{one.tag}"
            if path in self._oracle._templates:
                source = source.replace(f"{bound}/", f"{bound}[{_place(one, self._parents)}]/")
                bound = f"{bound}[{_place(one, self._parents)}]"
        source = re.sub(r"position\(([^()]+)\)", lambda found: str(self._position(element, found[1])), source)
        source = source.replace("today()", f"'{self._oracle._today.isoformat()}'").replace(
            "jr:choice-name", "choice-name"
        )
        names = "|".join(map(re.escape, FUNCTIONS))
        source = re.sub(rf"(?<![\w-])({names})\s*\(", r"o-\1(", source)
        for name, (_function, arity) in FUNCTIONS.items():
            if arity == 1:
                source = as_sequence(source, f"o-{name}(")
        return source

    def _indexed(self, element: ET.Element, source: str, start: int, begin: int) -> str:
        parts, end = arguments(source, begin)
        target = parts[0].strip()
        for repeat, index in reversed(list(zip(parts[1::2], parts[2::2], strict=True))):
            place = number(self.value(element, index))
            target = target.replace(repeat.strip(), f"{repeat.strip()}[{0 if math.isnan(place) else int(place)}]", 1)
        return f"{source[:start]}{target}{source[end:]}"

    def _position(self, element: ET.Element, path: str) -> int:
        found = self.select(element, path)
        return _place(found[0], self._parents) if found and isinstance(found[0], ET.Element) else 0


_NOT_CONTROLS = {"label", "hint", "value", "setvalue", "group", "itemset", "output", "repeat"}


def _plain(element: ET.Element) -> ET.Element:
    copied = ET.Element(element.tag.rpartition("}")[2])
    copied.text = (element.text or "").strip()
    copied.extend(_plain(child) for child in element)
    return copied


def _place(element: ET.Element, parents: Mapping[ET.Element, ET.Element]) -> int:
    siblings = [one for one in parents.get(element, [element]) if one.tag == element.tag]
    return siblings.index(element) + 1
