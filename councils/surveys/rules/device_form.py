"""The XForm that a device gets for one wave, and the submission that comes back.

The form is pyxform's own with an id that no other wave has and, where answers are counted by codes, one group of
questions in front of all others: the respondent's code, scanned or typed. On the way back both are taken out again, so
that the rest of the site meets its own questionnaire alone. The code must never stay in what is handed on.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from xml.dom.minidom import Document, Element

from defusedxml import ElementTree as SafeTree
from defusedxml import minidom
from defusedxml.common import DefusedXmlException

from councils.surveys.rules.xform import language_code

CODE_GROUP: Final = "asar_respondent"
LARGEST_SUBMISSION: Final = 200_000  # bytes of XML: the answers, without the attached files
LONGEST_INSTANCE: Final = 128

_XF: Final = "http://www.w3.org/2002/xforms"
_META: Final = ("{http://openrosa.org/xforms}meta", "{http://www.w3.org/2002/xforms}meta")
_SIGN: Final = re.compile(r"(.*)__([0-9a-f]{12})", re.DOTALL)


class UnreadableError(ValueError):
    """What came is no submission of such a form. `code` says why: too_large, not_xml or no_instance_id."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What the added questions say: language -> text. `en` is always there, for languages that are not."""

    title: Mapping[str, str]
    scan: Mapping[str, str]
    typed: Mapping[str, str]
    hint: Mapping[str, str]
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One submission. `code` is as scanned or typed; `xml` is the instance with the questionnaire's own form id."""

    form_id: str
    instance: str
    code: str
    xml: bytes
    replaced: str = ""  # the instance that this one was made from, where the device says so


def device_form_id(form_id: str, wave_id: UUID) -> str:
    """The id of a wave's form on devices: `<form id>__<last twelve hex digits of the wave's id>`."""
    return f"{form_id}__{wave_id.hex[-12:]}"


def own_form_id(device_form_id: str) -> tuple[str, str]:
    """(form id, the wave's twelve digits); the second is "" for an id that no wave of ours has."""
    found = _SIGN.fullmatch(device_form_id)
    return (found[1], found[2]) if found else (device_form_id, "")


def device_form(xform: str, *, wave_id: UUID, words: CodeWords | None) -> bytes:
    """The form for a wave. With `words` it asks for the respondent's code first. The same input, the same bytes."""
    document = minidom.parseString(xform)
    model = document.getElementsByTagName("model")[0]
    # Where a device sends is its own setting, never the form's; nor may a form let people change what they sent: that
    # makes a submission with an id of its own.
    for element in _children(model, "submission"):
        model.removeChild(element)
    instance = next(one for one in _children(model, "instance") if not one.hasAttribute("id"))
    root = next(node for node in instance.childNodes if isinstance(node, Element))
    root.setAttribute("id", device_form_id(root.getAttribute("id"), wave_id))
    if words is not None:
        _ask_for_code(document, model, root, words)
    return bytes(document.toxml(encoding="utf-8"))


def read_submission(xml: bytes) -> Submission:
    """Take a submission apart. Raises `UnreadableError`; entities and DTDs are never read."""
    if len(xml) > LARGEST_SUBMISSION:
        raise UnreadableError("too_large")
    try:
        root = SafeTree.fromstring(xml, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError("not_xml") from error
    instance = _in_meta(root, "instanceID") or root.get("instanceID", "").strip()
    if not 0 < len(instance) <= LONGEST_INSTANCE:
        raise UnreadableError("no_instance_id")
    code = ""
    for group in [one for one in root if one.tag.rpartition("}")[2] == CODE_GROUP]:
        given = {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in group}
        code = given.get("scan") or given.get("typed") or code
        root.remove(group)
    device_id = root.get("id", "")
    root.set("id", own_form_id(device_id)[0])
    # A QR code holds an address with the code behind a #, so that a phone's camera can read it, too.
    return Submission(
        form_id=device_id,
        instance=instance,
        code=code.rpartition("#")[2],
        xml=ET.tostring(root),
        replaced=_in_meta(root, "deprecatedID")[:LONGEST_INSTANCE],
    )


def _in_meta(root: ET.Element, name: str) -> str:
    for meta in root:
        if meta.tag in _META or meta.tag == "meta":
            for one in meta:
                if one.tag.rpartition("}")[2] == name:
                    return (one.text or "").strip()
    return ""


def _ask_for_code(document: Document, model: Element, root: Element, words: CodeWords) -> None:
    group = f"/{root.tagName}/{CODE_GROUP}"
    itext = next(iter(_children(model, "itext")), None)
    texts = {
        f"{group}:label": words.title,
        f"{group}/scan:label": words.scan,
        f"{group}/typed:label": words.typed,
        f"{group}/typed:hint": words.hint,
        f"{group}/typed:jr:constraintMsg": words.wrong,
    }
    for translation in _children(itext, "translation") if itext is not None else ():
        language = language_code(translation.getAttribute("lang"))
        for name, spoken in texts.items():
            text = _made(document, "text", {"id": name})
            text.appendChild(_made(document, "value", {}, spoken.get(language) or spoken["en"]))
            translation.appendChild(text)

    def said(name: str) -> dict[str, str]:
        return {"ref": f"jr:itext('{name}')"} if itext is not None else {}

    def words_of(name: str) -> str:
        return "" if itext is not None else texts[name]["en"]

    asked = _made(document, CODE_GROUP, {})
    asked.appendChild(_made(document, "scan", {}))
    asked.appendChild(_made(document, "typed", {}))
    root.insertBefore(asked, root.firstChild)
    wrong = f"{group}/typed:jr:constraintMsg"
    first_bind = next(iter(_children(model, "bind")), None)
    for attributes in (
        {"nodeset": f"{group}/scan", "type": "barcode"},
        {
            "nodeset": f"{group}/typed",
            "type": "string",
            "relevant": f"{group}/scan = ''",
            "required": "true()",
            "constraint": "string-length(.) >= 9",
            "jr:constraintMsg": f"jr:itext('{wrong}')" if itext is not None else words_of(wrong),
        },
    ):
        model.insertBefore(_made(document, "bind", attributes), first_bind)
    shown = _made(document, "group", {"ref": group})
    shown.appendChild(_made(document, "label", said(f"{group}:label"), words_of(f"{group}:label")))
    for question in ("scan", "typed"):
        control = _made(document, "input", {"ref": f"{group}/{question}"})
        name = f"{group}/{question}:label"
        control.appendChild(_made(document, "label", said(name), words_of(name)))
        if question == "typed":
            control.appendChild(_made(document, "hint", said(f"{group}/typed:hint"), words_of(f"{group}/typed:hint")))
        shown.appendChild(control)
    body = document.getElementsByTagName("h:body")[0]
    body.insertBefore(shown, body.firstChild)


def _made(document: Document, name: str, attributes: Mapping[str, str], text: str = "") -> Element:
    element = document.createElementNS(_XF, name)
    for key, value in attributes.items():
        element.setAttribute(key, value)
    if text:
        element.appendChild(document.createTextNode(text))
    return element


def _children(element: Element, name: str) -> list[Element]:
    return [node for node in element.childNodes if isinstance(node, Element) and node.tagName == name]
