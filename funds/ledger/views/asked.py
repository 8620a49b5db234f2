"""What the address of a ledger page asks for, shared by its pages and its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from funds.ledger import queries
from funds.ledger.forms import FilterForm
from funds.ledger.queries import ALL, Chosen

_LONGEST = 18  # digits that a bigint surely holds
_FILTERS = ("project", "kind", "since", "until")


def number(request: HttpRequest, name: str) -> int | None:
    """A number of the address, or None where there is none that could be one."""
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST else None


def typed(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """The parts of the address that are filled in."""
    return {name: value for name in names if (value := request.GET.get(name, ""))}


def address(base: str, parts: Mapping[str, object]) -> str:
    """`base` with the parts as its query."""
    return f"{base}?{urlencode(parts)}" if parts else base


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a ledger page: the form where something is typed, and the choice, None where that is wrong."""

    form: FilterForm | None
    typed: dict[str, str]
    chosen: Chosen | None


def asked(request: HttpRequest, *, fund_id: UUID, earmarks: list[tuple[UUID, str]]) -> Asked:
    """The filters of the address. Nothing typed chooses everything."""
    filled = typed(request, _FILTERS)
    if not filled:
        return Asked(None, filled, ALL)
    form = FilterForm(filled, earmarks=earmarks)
    if not form.is_valid():
        return Asked(form, filled, None)
    facts = form.cleaned_data
    span = queries.span_of(fund_id=fund_id, since=facts["since"], until=facts["until"])
    return Asked(form, filled, Chosen(span=span, kind=facts["kind"], earmark_id=facts["project"]))


def errors_of(form: forms.Form | None) -> dict[str, list[str]]:
    """The sentences about each field of a form; none where nothing was typed."""
    return (
        {name: [str(one) for one in sentences] for name, sentences in form.errors.items()} if form is not None else {}
    )


def refuse(form: forms.Form | None, *, unbound: str = "") -> DomainError:
    """A file cannot show a form again: the refusal names what is wrong. `unbound`: said where nothing is typed."""
    if form is None or not form.is_bound:
        return DomainError("wrong_filter", unbound)
    field, errors = next(iter(form.errors.items()))
    label = form.fields[field].label if field in form.fields else ""
    sentence = _("%(field)s: %(sentence)s") % {"field": label, "sentence": errors[0]}
    return DomainError("wrong_filter", sentence, field=field)
