"""Answers as an XForms instance, the XML that ODK Collect and KoboCollect send, and back.

What comes from outside is read strictly: no DTD, no entity, no node that the form does not have, no other form or
version. Nothing of the device is taken over, neither its identifier nor its clock.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import defusedxml.ElementTree as Defused
from defusedxml import DefusedXmlException

from councils.surveys.rules.form import CompiledForm, Group, Question
from councils.surveys.rules.shapes import Raw, Value, instance_text
from councils.surveys.states import InstanceProblem

LARGEST_INSTANCE = 200_000  # bytes; attached files come beside it

_TEMPLATE = "{http://openrosa.org/javarosa}template"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class InstanceRefusedError(Exception):
    """A submission that is not taken. `code` says why, `detail` what was found there; never an answer."""

    def __init__(self, code: InstanceProblem, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}")
        self.code = code
        self.detail = detail[:100]

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        return str(self.code.label) % {"detail": self.detail}


def to_instance(form: CompiledForm, values: Mapping[str, Value]) -> bytes:
    """Canonical values as the form's instance in UTF-8: every node in the order of the form, empty without an answer.

    A repeated group has as many nodes as it has occurrences. There is no `meta`: it would tell one answer from another.
    """
    root = ET.Element(form.root, {"id": form.form_id, **({"version": form.version} if form.version else {})})
    _write(form, root, f"/{form.root}", values)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def from_instance(form: CompiledForm, xml: bytes) -> dict[str, Raw]:
    """The answers of a submission, as typed: nested like the form, empty ones left out, for `accept` to judge.

    Refuses with `InstanceRefusedError`: more than 200 KB, XML that is broken or has a DTD or entities, another form or
    version, nodes that the form does not have or has only once.
    """
    if len(xml) > LARGEST_INSTANCE:
        raise InstanceRefusedError(InstanceProblem.TOO_LARGE, f"{LARGEST_INSTANCE // 1000} KB")
    try:
        root = Defused.fromstring(xml, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InstanceRefusedError(InstanceProblem.UNREADABLE) from error
    if _local(root) != form.root or root.get("id") != form.form_id:
        raise InstanceRefusedError(InstanceProblem.OTHER_FORM, root.get("id") or _local(root))
    if root.get("version", "") != form.version:
        raise InstanceRefusedError(InstanceProblem.OTHER_VERSION, root.get("version", ""))
    answers: dict[str, Any] = {}
    _read(form, [one for one in root if _local(one) != "meta"], f"/{form.root}", answers)
    return answers


@lru_cache(maxsize=64)
def _children(form: CompiledForm) -> dict[str, tuple[Group | Question, ...]]:
    """The nodes directly below each path, in the order of the form."""
    found: dict[str, list[Group | Question]] = {f"/{form.root}": [], **{group.path: [] for group in form.groups}}
    places = {question.path: place for place, question in enumerate(form.questions)}
    for group in form.groups:
        inside = [place for path, place in places.items() if path.startswith(f"{group.path}/")]
        # A group stands before its first question; the outer one of two before the inner.
        places[group.path] = min(inside, default=len(places))
    nodes: list[Group | Question] = [*form.groups, *form.questions]
    for node in sorted(nodes, key=lambda one: places[one.path]):
        found[node.path.rpartition("/")[0]].append(node)
    return {path: tuple(below) for path, below in found.items()}


def _write(form: CompiledForm, parent: ET.Element, path: str, values: Mapping[str, Any]) -> None:
    for node in _children(form)[path]:
        if isinstance(node, Question):
            text = _text(node, values.get(node.name))
            ET.SubElement(parent, node.name).text = _UNWRITABLE.sub("", text) or None
        elif node.is_repeat:
            for occurrence in values.get(node.name, ()):
                _write(form, ET.SubElement(parent, node.name), node.path, occurrence)
        else:
            _write(form, ET.SubElement(parent, node.name), node.path, values)


def _text(question: Question, value: Any) -> str:
    """A canonical value as XForms writes it: times with seconds."""
    text = instance_text(value)
    return f"{text}:00.000" if text and question.type in {"time", "datetime"} else text


def _read(form: CompiledForm, elements: Sequence[ET.Element], path: str, answers: dict[str, Any]) -> None:
    known = {node.name: node for node in _children(form)[path]}
    seen: set[str] = set()
    for element in elements:
        name = _local(element)
        node = known.get(name)
        is_repeat = isinstance(node, Group) and node.is_repeat
        if node is None or (name in seen and not is_repeat) or (isinstance(node, Question) and len(element)):
            raise InstanceRefusedError(InstanceProblem.UNKNOWN_NODE, f"{path}/{name}")
        seen.add(name)
        if isinstance(node, Question):
            if node.is_asked and (text := element.text or "").strip():
                answers[name] = text
        elif not is_repeat:
            _read(form, list(element), node.path, answers)
        elif _TEMPLATE not in element.attrib:
            occurrence: dict[str, Any] = {}
            _read(form, list(element), node.path, occurrence)
            answers.setdefault(name, []).append(occurrence)


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]
