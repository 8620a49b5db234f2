"""Reading the XForm that pyxform writes: the standard's own XML, so that nothing depends on pyxform's inside.

It gives the raw parts (texts, lists, binds, controls) and says what the form has that is not known here. It judges
nothing: what can be carried out is decided in `compiling.py`.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace

from councils.surveys.rules.form import Media, Texts

_XF = "{http://www.w3.org/2002/xforms}"
_H = "{http://www.w3.org/1999/xhtml}"
_JR = "{http://openrosa.org/javarosa}"
_ITEXT = re.compile(r"jr:itext\('([^']+)'\)")
_ITEMSET = re.compile(r"instance\('([^']+)'\)/root/item(?:\[(.*)\])?(?:\s*,[^\]]*)?", re.DOTALL)
_RANDOMIZE = "randomize("
_CODE = re.compile(r"\(([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\)\s*$")
_KNOWN_NAMES = {
    "english": "en",
    "russian": "ru",
    "русский": "ru",
    "kazakh": "kk",
    "қазақша": "kk",
    "казахский": "kk",
    "german": "de",
    "deutsch": "de",
}
UNNAMED = "default"  # pyxform's name for columns without a language


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a choice list as the XForm writes it."""

    value: str
    labels: Texts
    columns: dict[str, str]
    media: Media = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Control:
    """What stands in the body for a node: the element's name, its attributes, label, hint, media, list and filter."""

    kind: str
    attributes: dict[str, str]
    labels: Texts
    hints: Texts
    list_name: str = ""
    choice_filter: str | None = None
    media: Media = field(default_factory=dict)


@dataclass(slots=True)
class XForm:
    """The parts of an XForm. `strange` lists (path, what) that this module does not know.

    `first_values` are the expressions computed once, when a node first comes to life; `actions` are what a device does
    for a node by itself (`setgeopoint`, `recordaudio`); `guidance` names nodes with a hint that only devices show.
    """

    title: str = ""
    form_id: str = ""
    version: str = ""
    root: str = ""
    languages: dict[str, str] = field(default_factory=dict)
    default_language: str = UNNAMED
    nodes: dict[str, tuple[str, bool]] = field(default_factory=dict)  # path -> default value, is a leaf; in order
    binds: dict[str, dict[str, str]] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    lists: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    strange: list[tuple[str, str]] = field(default_factory=list)
    texts: dict[str, Texts] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    first_values: dict[str, str] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    guidance: set[str] = field(default_factory=set)
    node_attributes: list[tuple[str, str]] = field(default_factory=list)

    def words(self, reference: str | None, inline: str = "") -> Texts:
        """The texts behind `jr:itext('id')`, or the inline text as text without a language."""
        found = _ITEXT.search(reference or "")
        if found:
            return self.texts.get(found[1], {})
        text = inline if reference is None else reference
        return {self._unnamed: text} if text else {}

    def media_of(self, reference: str | None) -> Media:
        """Pictures, sound and film behind `jr:itext('id')`."""
        found = _ITEXT.search(reference or "")
        return self.media.get(found[1], {}) if found else {}

    @property
    def _unnamed(self) -> str:
        return next(iter(self.languages)) if len(self.languages) == 1 else UNNAMED


def language_code(name: str) -> str:
    """The code of a language as the sheet names it: `Русский (ru)` and `Russian` are `ru`; else its own name."""
    coded = _CODE.search(name)
    return coded[1].lower() if coded else _KNOWN_NAMES.get(name.strip().lower(), name.strip())


def read_xform(xml: str) -> XForm:
    """Take an XForm apart. The XML is pyxform's own, never a stranger's."""
    document = ET.fromstring(xml)  # noqa: S314 - made by pyxform a moment ago
    form = XForm(title=document.findtext(f"{_H}head/{_H}title", ""))
    model = document.find(f"{_H}head/{_XF}model")
    body = document.find(f"{_H}body")
    if model is None or body is None:
        raise ValueError("not an XForm")
    itext = model.find(f"{_XF}itext")
    if itext is not None:
        _read_texts(form, itext)
    for part in model:
        tag = _local(part)
        if tag == "instance":
            _read_instance(form, part)
        elif tag == "bind":
            form.binds[part.attrib["nodeset"]] = {_plain(key): value for key, value in part.attrib.items()}
        elif tag != "itext":
            _read_action(form, part)
    if not form.languages:
        form.languages[UNNAMED] = UNNAMED
    for part in body:
        _read_control(form, part)
    return form


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _plain(key: str) -> str:
    return f"jr:{key[len(_JR) :]}" if key.startswith(_JR) else key.rpartition("}")[2]


def _read_texts(form: XForm, itext: ET.Element) -> None:
    for translation in itext:
        name = translation.attrib["lang"]
        code = language_code(name)
        if code in form.languages:
            form.strange.append(("", f"language:{form.languages[code]}, {name}"))
        form.languages[code] = name
        if translation.get("default") or form.default_language == UNNAMED:
            form.default_language = code
        for text in translation:
            for value in text:
                kind = value.get("form")
                if kind == "guidance":
                    form.guidance.add(text.attrib["id"].rpartition(":")[0])
                elif kind:
                    named = (value.text or "").rpartition("/")[2].strip()
                    form.media.setdefault(text.attrib["id"], {}).setdefault(kind, {})[code] = named
                # pyxform writes "-" where a translation is missing; a missing text is missing.
                elif (words := _template(value)) not in {"", "-"}:
                    form.texts.setdefault(text.attrib["id"], {})[code] = words


def _read_action(form: XForm, part: ET.Element) -> None:
    """What happens by itself: a value computed once, a place or a sound that a device adds."""
    tag, path = _local(part), part.get("ref", "")
    if tag == "setvalue" and part.get("event") == "odk-instance-first-load":
        form.first_values[path] = part.get("value") or ""
    elif tag in {"setgeopoint", "recordaudio"}:
        form.actions[path] = tag
    else:
        form.strange.append((path, tag))


def _template(element: ET.Element) -> str:
    """The text of a label, with `${name}` for each answer it shows."""
    parts = [element.text or ""]
    for child in element:
        shown = child.get("value", "").strip()
        parts += [f"${{{shown.rpartition('/')[2]}}}", child.tail or ""]
    return "".join(parts).strip()


def _read_instance(form: XForm, instance: ET.Element) -> None:
    if instance.get("src"):
        form.files.append(instance.get("src", ""))
        return
    root = next(iter(instance), None)
    if root is None:
        return
    if instance.get("id") is None:
        form.root, form.form_id, form.version = _local(root), root.get("id", ""), root.get("version", "")
        _read_nodes(form, root, f"/{form.root}")
        return
    items = []
    for item in root:
        parts = {_local(part): (part.text or "").strip() for part in item}
        text_id, inline, value = parts.pop("itextId", None), parts.pop("label", ""), parts.pop("name", "")
        labels = form.texts.get(text_id, {}) if text_id is not None else form.words(None, inline)
        items.append(Item(value=value, labels=labels, columns=parts, media=form.media.get(text_id or "", {})))
    form.lists[instance.attrib["id"]] = tuple(items)


def _read_nodes(form: XForm, parent: ET.Element, path: str) -> None:
    for element in parent:
        own = f"{path}/{_local(element)}"
        if own == f"/{form.root}/meta":
            continue
        is_leaf = len(element) == 0
        # A repeated group stands twice: as a template for further ones and as the first of them.
        if own not in form.nodes:
            form.nodes[own] = ((element.text or "").strip() if is_leaf else "", is_leaf)
            form.node_attributes += [(own, _plain(key)) for key in element.attrib if _plain(key) != "jr:template"]
        _read_nodes(form, element, own)


def _read_control(form: XForm, element: ET.Element) -> None:
    kind = _local(element)
    path = element.get("ref") or element.get("nodeset") or ""
    label, hint, itemset = (element.find(f"{_XF}{part}") for part in ("label", "hint", "itemset"))
    nodeset = itemset.get("nodeset", "") if itemset is not None else ""
    if nodeset.startswith(_RANDOMIZE):
        nodeset = nodeset.removeprefix(_RANDOMIZE).removesuffix(")")
    filtered = _ITEMSET.fullmatch(nodeset)
    if itemset is not None and filtered is None:
        form.strange.append((path, f"itemset:{nodeset}"))
    control = Control(
        kind=kind,
        attributes={_plain(key): value for key, value in element.attrib.items()},
        labels=_spoken(form, label),
        hints=_spoken(form, hint),
        list_name=filtered[1] if filtered else "",
        choice_filter=filtered[2] if filtered else None,
        media=form.media_of(label.get("ref")) if label is not None else {},
    )
    around = form.controls.get(path)
    if kind == "repeat" and around is not None:  # the group around a repeat has its words and its looks
        control = replace(around, kind=kind, attributes=around.attributes | control.attributes)
    form.controls[path] = control
    for child in element:
        tag = _local(child)
        if tag in {"setvalue", "setgeopoint"}:
            if child.get("event") != "odk-new-repeat":  # that one only repeats what the model says of the first
                form.strange.append((child.get("ref", ""), "trigger"))
        elif kind in {"group", "repeat"} and tag != "label":
            _read_control(form, child)


def _spoken(form: XForm, element: ET.Element | None) -> Texts:
    return {} if element is None else form.words(element.get("ref"), _template(element))
