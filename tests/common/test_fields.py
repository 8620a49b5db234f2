"""What people publish looks like what it says: no form lets a character through that cannot be seen."""

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from importlib import import_module

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import override

from common.fields import AmountField, PlainField, money_of, plain

MODULES = (
    "councils.meetings.forms",
    "councils.needs.forms",
    "councils.priorities.forms",
    "funds.donations.forms",
    "funds.ledger.forms",
    "funds.projects.forms",
    "funds.spending.forms",
    "users.forms",
)
# Searches and codes: they are looked up and never shown to anybody else.
LOOKED_UP = {"ticket", "website", "q", "code", "own_amount", "amount", "currency", "payee_bin"}
SPOILT = (
    "Lamps \u202e000 1",
    "Lamps\u200b",
    "\u2066Lamps\u2069",
    "La\x07mps",
    "Lamps\x9b",
    "\ufeffLamps",
    "La\u00admps",
)


def _all(kind: type[forms.Form]) -> Iterator[type[forms.Form]]:
    for one in kind.__subclasses__():
        yield one
        yield from _all(one)


def _fields() -> list[tuple[str, str, forms.CharField]]:
    for module in MODULES:
        import_module(module)
    found = {}
    for form in _all(forms.Form):
        if not form.__module__.startswith(("councils.", "funds.", "users.")) or "surveys" in form.__module__:
            continue
        for name, field in form.base_fields.items():
            text = isinstance(field, forms.CharField) and not isinstance(field, forms.EmailField | forms.UUIDField)
            if text and name not in LOOKED_UP:
                found[f"{form.__module__}.{form.__name__}", name] = field
    return [(form, name, field) for (form, name), field in sorted(found.items())]  # type: ignore[misc]


FIELDS = _fields()


def test_the_forms_that_publish_are_found() -> None:
    known = {(form.rpartition(".")[2], name) for form, name, _field in FIELDS}
    assert known >= {
        ("NeedForm", "text"),
        ("NeedForm", "quarter"),
        ("AnswerForm", "answer"),
        ("DecisionForm", "title"),
        ("DecisionForm", "text"),
        ("ProjectForm", "summary"),
        ("RequestForm", "purpose"),
        ("RequestForm", "payee_name"),
        ("PayoutForm", "memo"),
        ("ProofForm", "note"),
        ("ReversalForm", "reason"),
        ("ExchangeForm", "memo"),
        ("NameForm", "display_name"),
    }


@pytest.mark.parametrize(("form", "name", "field"), FIELDS, ids=[f"{form}.{name}" for form, name, _field in FIELDS])
def test_no_text_keeps_what_cannot_be_seen(form: str, name: str, field: forms.CharField) -> None:
    for text in SPOILT:
        cleaned = ""
        with suppress(ValidationError):
            cleaned = str(field.clean(f"{text} and some more words"))
        assert [one for one in cleaned if unicodedata.category(one) in ("Cc", "Cf")] == []


@pytest.mark.parametrize("letter", ["\u202e", "\u202a", "\u2067", "\u200f", "\x00", "\x1b", "\x86"])
def test_the_place_is_named(letter: str) -> None:
    with override("en"), pytest.raises(ValidationError, match="After “school lamps” stands a character"):
        plain(f"school lamps{letter} 100")
    with override("en"), pytest.raises(ValidationError, match="The text begins with a character"):
        plain(f"{letter}lamps")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Шам\u200b 12\u00ad", "Шам 12"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("Қазақ ұ ү һ і ₸ – “x” 🙂", "Қазақ ұ ү һ і ₸ – “x” 🙂"),
        ("12\u00a0500\u202f₸", "12\u00a0500\u202f₸"),
    ],
)
def test_what_is_harmless_stays_or_goes_in_silence(typed: str, kept: str) -> None:
    assert plain(typed) == kept


def test_one_line_stays_one_line() -> None:
    assert PlainField().clean("a\r\nb") == "a b"
    assert PlainField(widget=forms.Textarea).clean("a\r\nb") == "a\nb"


def test_money_has_the_decimals_of_its_currency() -> None:
    assert money_of(Decimal("12.50"), "KZT").minor == 1250
    assert money_of(Decimal(12), "JPY").minor == 12
    assert money_of(Decimal("12.5"), "KWD").minor == 12500
    with pytest.raises(ValidationError):
        money_of(Decimal("12.5"), "JPY")


@pytest.mark.parametrize(
    ("typed", "read"),
    [("1 240 000,50", "1240000.50"), ("1\u00a0240\u202f000", "1240000"), ("12.5", "12.5"), ("7,", "7"), ("+3", "3")],
)
def test_amounts_are_read_as_people_write_them(typed: str, read: str) -> None:
    assert AmountField().clean(typed) == Decimal(read)


@pytest.mark.parametrize("typed", ["1e5", "1E2", "1_000", "1.240.000", "0x10", "NaN", "١٢", "12 tenge", ",", "5,005"])
def test_what_is_no_amount_to_people_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        AmountField().clean(typed)
