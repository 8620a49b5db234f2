"""What people type in this room. The questionnaire is judged by `rules`, never by Django's fields.

A section form only draws questions, keeps what was typed and shows the faults that the rules found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from councils.surveys.rules import CompiledForm, Fault, Item, Raw

PREFIX = "a"
SHOWN = "shown"
_KEYBOARDS = {
    "integer": {"inputmode": "numeric"},
    "decimal": {"inputmode": "decimal"},
    "range": {"inputmode": "decimal"},
    "date": {"type": "date"},
    "time": {"type": "time"},
}


class AnswerField(forms.Field):
    """A question on a page. It takes everything: the rules say what is wrong with it."""

    def clean(self, value: object) -> object:
        return value


@dataclass(frozen=True, slots=True)
class Row:
    """One thing on a section page: a question (`field`), or words (`note`), under the headings of its groups."""

    field: forms.BoundField | None
    note: str
    headings: tuple[str, ...]


class SectionForm(forms.Form):
    """The questions of one page. `answers` are shown as they were typed; `faults` stand beside their questions."""

    def __init__(self, *, items: Sequence[Item], answers: Mapping[str, Raw], faults: Mapping[str, Fault]) -> None:
        asked = [item for item in items if item.question.is_asked]
        super().__init__(_as_typed(asked, answers) if faults else None, prefix=PREFIX, use_required_attribute=False)
        self._items = items
        self.shown = " ".join(item.question.name for item in asked)
        for item in asked:
            self.fields[item.question.name] = _field_of(item)
            self.initial[item.question.name] = answers.get(item.question.name, item.question.default)
        for name, fault in faults.items():
            if name in self.fields:
                self.add_error(name, fault.message)

    def rows(self) -> list[Row]:
        """The page in the order of the sheet; a heading stands only where it begins."""
        rows: list[Row] = []
        last: tuple[str, ...] = ()
        for item in self._items:
            fresh = item.headings if item.headings != last else ()
            last = item.headings
            is_field = item.question.name in self.fields
            note = "" if is_field else item.label or str(item.value or "")
            rows.append(Row(field=self[item.question.name] if is_field else None, note=note, headings=fresh))
        return rows


def typed_answers(form: CompiledForm, section: str, data: QueryDict) -> dict[str, Raw]:
    """The answers of the questions that the sent page showed. A question it did not show is not touched."""
    shown = frozenset(data.get(SHOWN, "").split())
    return {
        question.name: data.getlist(name) if question.type == "select_multiple" else data.get(name, "")
        for question in form.questions_of(section)
        if question.is_asked and question.name in shown
        for name in [f"{PREFIX}-{question.name}"]
    }


def _as_typed(asked: Sequence[Item], answers: Mapping[str, Raw]) -> QueryDict:
    data = QueryDict(mutable=True)
    for item in asked:
        raw = answers.get(item.question.name, "")
        values = [str(raw)] if isinstance(raw, str | int) else [str(one) for one in raw]
        data.setlist(f"{PREFIX}-{item.question.name}", values)
    return data


def _field_of(item: Item) -> AnswerField:
    return AnswerField(label=item.label, help_text=item.hint, required=item.is_required, widget=_widget_of(item))


def _widget_of(item: Item) -> forms.Widget:
    question = item.question
    match question.type:
        case "select_multiple":
            return forms.CheckboxSelectMultiple(choices=item.options)
        case "select_one":
            # A radio button cannot be taken back by a click: where no answer is fine, it can be chosen.
            none = [] if item.is_required else [("", gettext("No answer"))]
            return forms.RadioSelect(choices=[*item.options, *none])
        case "integer" | "decimal" | "range" | "date" | "time":
            return forms.TextInput(attrs={**_KEYBOARDS[question.type], "autocomplete": "off"})
    if "multiline" in question.appearance.split():
        return forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})
    return forms.TextInput(attrs={"autocomplete": "off"})
