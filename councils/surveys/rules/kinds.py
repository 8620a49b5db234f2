"""What a node of an XForm is to us: its type, what a device would fill in, and how it wants to be drawn.

The tables are the whole list. A type that is not in them is refused at import; this module must never guess one.
"""

import re
from collections.abc import Mapping

from councils.surveys.rules.form import QuestionType, words
from councils.surveys.rules.xform import Control

_INPUT_TYPES: dict[str, QuestionType] = {
    "string": "text",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "barcode": "barcode",
}
_UPLOADS: dict[str, QuestionType] = {
    "image/*": "image",
    "audio/*": "audio",
    "video/*": "video",
    "application/*": "file",
}
_LISTS: dict[str, QuestionType] = {"select1": "select_one", "select": "select_multiple", "rank": "rank"}
_LIST_DATA = words("string int decimal odk:rank select select1")
_YES = "true()"

# Attributes that pyxform writes from columns and parameters which we carry, or that only a device needs.
BIND_ATTRIBUTES = words(
    "nodeset type required relevant constraint calculate readonly jr:constraintMsg jr:requiredMsg jr:preload "
    "jr:preloadParams max-pixels quality allow-mock-accuracy"
)
CONTROL_ATTRIBUTES = words(
    "ref nodeset appearance start end step rows mediatype jr:count accuracyThreshold unacceptableAccuracyThreshold "
    "incremental"
)
REFUSED_ATTRIBUTES = words("saveto query")  # entities and lists in other files

_DRAWN = words("multiline field-list table-list label list-nolabel")
_DRAWN_FOR = {"select_one": words("minimal"), "text": words("numbers")}
_APPEARANCE = re.compile(r"[\w:.\-]+\(.*\)|\S+", re.DOTALL)

# What a device fills in, as the type column of the sheet writes it. `labels` is a row that only heads a table.
PRELOAD = "preload"
LABELS = "labels"
TODAY = "today"


def kind_of(control: Control | None, bind: Mapping[str, str], action: str = "") -> QuestionType | None:
    """What we call this node; None when we cannot carry it out."""
    if control is None:
        return _unseen(bind, action)
    written = bind.get("type", "string")
    match control.kind:
        case "input" if "query" not in control.attributes:
            is_note = written == "string" and bind.get("readonly") == _YES and "calculate" not in bind
            return "note" if is_note else _INPUT_TYPES.get(written)
        case "range" if written in {"int", "decimal"}:
            return "range"
        case "upload":
            return _UPLOADS.get(control.attributes.get("mediatype", ""))
        case "trigger":
            return "acknowledge"
    return _LISTS.get(control.kind) if written in _LIST_DATA else None


def _unseen(bind: Mapping[str, str], action: str) -> QuestionType | None:
    """A node without a control: computed, or filled in by a device. A sound recorded in secret is refused."""
    if action == "recordaudio":
        return None
    return "metadata" if action or "jr:preload" in bind else "calculate"


def preload_of(bind: Mapping[str, str], action: str = "") -> str:
    """What the device fills in, by the name that the type column has for it: `start`, `deviceid`, `uri:email` ..."""
    if action:
        return "start-geopoint"
    return bind.get("jr:preloadParams") or bind.get("jr:preload", "")


def appearances(text: str) -> tuple[str, ...]:
    """The words of an appearance; a call like `ex:org.app(a='b c')` is one word."""
    return tuple(_APPEARANCE.findall(text))


def is_drawn(appearance: str, kind: str) -> bool:
    """Whether pages show this appearance of a question of this type, so that the report need not speak of it."""
    return appearance in _DRAWN | _DRAWN_FOR.get(kind, frozenset())


def changes_answers(appearance: str) -> bool:
    """`search(...)` takes the options from another file: not a matter of looks."""
    return appearance.startswith("search(") or appearance == "search"
