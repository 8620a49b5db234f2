"""One question as a field: what it looks like, what stands in it, and where an error leads to.

Every field works without JavaScript. Nothing here judges an answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from councils.surveys.forms.typed import PART, PREFIX
from councils.surveys.forms.uploads import ACCEPTED
from councils.surveys.rules import Item
from councils.surveys.rules.form import FILE_TYPES, Bounds

MOST_RADIOS = 12  # options; more of them become a list that the browser searches
MOST_STEPS = 11  # of a scale; more of them become a number
_MINUTES = 16  # characters of a moment to the minute

_LINES: dict[str, dict[str, str]] = {
    "integer": {"inputmode": "numeric"},
    "decimal": {"inputmode": "decimal"},
    "range": {"inputmode": "decimal"},
    "date": {"type": "date"},
    "time": {"type": "time"},
    "datetime": {"type": "datetime-local"},
    "barcode": {"autocapitalize": "off", "spellcheck": "false"},
}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. `place` is its rank where options are put in order."""

    value: str
    label: str
    id: str
    is_chosen: bool
    media: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question on a page. `kind` is radios, ticks, list, scale, rank, line, text, points, place, tick or file."""

    address: str
    kind: str
    label: str
    hint: str
    fault: str
    is_required: bool
    value: str = ""
    options: tuple[Option, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)
    second: str = ""  # of a place: its longitude
    is_several: bool = False

    @property
    def name(self) -> str:
        return f"{PREFIX}-{self.address}"

    @property
    def id(self) -> str:
        return f"id_{self.name}"

    @property
    def anchor(self) -> str:
        """The id of the first thing in the field that takes the focus."""
        if self.options and self.kind != "list":
            return self.options[0].id
        return f"{self.id}{PART}lat" if self.kind == "place" else self.id

    @property
    def described_by(self) -> str:
        """Ids of hint and error for aria-describedby, "" when there is neither."""
        return " ".join(
            f"{self.id}_{part}" for part, there in (("helptext", self.hint), ("error", self.fault)) if there
        )


def field_of(item: Item, *, typed: Any, fault: str) -> Field:
    """How a question is drawn. `typed` is what the respondent typed, or what the form suggests."""
    chosen = [str(one) for one in (typed if isinstance(typed, list) else [typed]) if one is not None]
    base = Field(
        address=item.address,
        kind="line",
        label=item.label,
        hint=item.hint,
        fault=fault,
        is_required=item.is_required,
        value=chosen[0] if chosen else "",
        media=item.media,
    )
    draw = _CHOSEN.get(item.question.type)
    if draw is not None:
        return draw(item, base, [] if chosen == [""] else chosen)
    return _written(item, base)


def _one(item: Item, base: Field, chosen: list[str]) -> Field:
    is_list = not item.matrix and (len(item.options) > MOST_RADIOS or "minimal" in item.question.appearance.split())
    labels = list(item.options)
    if not is_list and not item.is_required:
        # A radio button cannot be taken back by a click: where no answer is fine, it can be chosen.
        labels.append(("", gettext("No answer")))
    return replace(base, kind="list" if is_list else "radios", options=_options(item, labels, chosen))


def _several(item: Item, base: Field, chosen: list[str]) -> Field:
    return replace(base, kind="ticks", options=_options(item, item.options, chosen), is_several=True)


def _tick(item: Item, base: Field, chosen: list[str]) -> Field:
    return replace(base, kind="tick", options=_options(item, [("OK", item.label)], chosen))


def _order(item: Item, base: Field, chosen: list[str]) -> Field:
    places = {value: str(place) for place, value in enumerate(chosen, start=1) if value}
    options = tuple(
        Option(
            value,
            label,
            f"{base.id}{PART}{value}",
            is_chosen=value in places,
            media=item.option_media.get(value, {}),
            name=f"{base.name}{PART}{value}",
            place=places.get(value, ""),
        )
        for value, label in item.options
    )
    return replace(base, kind="rank", options=options)


_CHOSEN: dict[str, Callable[[Item, Field, list[str]], Field]] = {
    "select_one": _one,
    "select_multiple": _several,
    "acknowledge": _tick,
    "rank": _order,
}


def _written(item: Item, base: Field) -> Field:
    """Questions that are answered by writing, by a point on a scale, or by a file."""
    question, looks = item.question, item.question.appearance.split()
    if question.type == "range" and question.bounds:
        return _scale(item, base, question.bounds)
    if question.type == "geopoint":
        latitude, _space, rest = base.value.partition(" ")
        return replace(base, kind="place", value=latitude, second=rest.partition(" ")[0])
    if question.type in {"geotrace", "geoshape"}:
        return replace(base, kind="points", value=base.value.replace(";", "\n"))
    if question.type in FILE_TYPES:
        return replace(base, kind="file", attributes={"accept": ACCEPTED[question.type]})
    if "multiline" in looks:
        return replace(base, kind="text")
    attributes = _LINES.get(question.type, {"inputmode": "decimal"} if "numbers" in looks else {})
    value = base.value.replace(" ", "T", 1)[:_MINUTES] if question.type == "datetime" else base.value
    return replace(base, value=value, attributes=attributes)


def _scale(item: Item, base: Field, bounds: Bounds) -> Field:
    steps = _steps(bounds)
    if not steps:
        limits = gettext("From %(start)s to %(end)s.") % {"start": bounds.start, "end": bounds.end}
        return replace(base, hint=" ".join(filter(None, (item.hint, limits))), attributes=_LINES["range"])
    labels = [*((one, one) for one in steps), *([] if item.is_required else [("", gettext("No answer"))])]
    return replace(base, kind="scale", options=_options(item, labels, [base.value]))


def _options(item: Item, labels: Sequence[tuple[str, str]], chosen: Sequence[str]) -> tuple[Option, ...]:
    return tuple(
        Option(
            value,
            label,
            f"id_{PREFIX}-{item.address}_{number}",
            is_chosen=bool(value) and value in chosen,
            media=item.option_media.get(value, {}),
        )
        for number, (value, label) in enumerate(labels)
    )


def _steps(bounds: Bounds) -> list[str]:
    """The numbers of a scale when they are few enough, written as they are stored; else none."""
    start, end, step = (Decimal(one) for one in (bounds.start, bounds.end, bounds.step))
    step = abs(step) if end >= start else -abs(step)
    if step == 0 or (end - start) / step >= MOST_STEPS:
        return []
    return [_number(start + step * turn) for turn in range(int((end - start) / step) + 1)]


def _number(value: Decimal) -> str:
    plain = f"{value:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
