"""Corrections that wait for a second person, and what the forms that ask for them offer. Reads only."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.money import CURRENCIES, Money
from councils.meetings.models import Decision
from funds.ledger.models import Balance, Correction, EarmarkBalance, Transaction
from funds.ledger.queries.papers import Paper, register
from funds.ledger.rules import MONEY, Line
from funds.ledger.states import AccountCode, Kind

PAGE = 50


def _corrections() -> QuerySet[Correction]:
    return Correction.objects.select_related(
        "fund__town", "reverses", "source", "target", "decision", "asked_by", "answered_by", "booked"
    )


def correction(correction_id: UUID) -> Correction:
    """One correction with all that its page names; raises NotFound."""
    found = _corrections().filter(pk=correction_id).first()
    if found is None:
        raise NotFound("no_correction", _("There is no such correction."))
    return found


def corrections_of(*, fund_id: UUID, limit: int = PAGE) -> list[Correction]:
    """The newest corrections of a fund, those that wait first. One query."""
    rows = _corrections().filter(fund_id=fund_id)
    return list(rows.order_by(F("answered_at").desc(nulls_first=True), "-asked_at", "-pk")[:limit])


def lines_of_transaction(transaction: Transaction) -> list[Line]:
    """The lines of a booked transaction, as a posting has them."""
    return [
        Line(AccountCode(entry.account.code), Money(entry.amount_minor, entry.currency), entry.account.earmark_id)
        for entry in transaction.entries.select_related("account").order_by("line")
    ]


@dataclass(frozen=True, slots=True)
class Purse:
    """What is free for a purpose in one currency; `earmark_id` None: the fund as a whole."""

    earmark_id: UUID | None
    label: str
    free: Money


def purses_of(*, fund_id: UUID) -> list[Purse]:
    """Every purpose with something free, the fund as a whole first. One query."""
    rows = EarmarkBalance.objects.filter(fund_id=fund_id, available_minor__gt=F("held_minor")).select_related("earmark")
    found = [
        Purse(
            one.earmark_id,
            one.earmark.label if one.earmark else "",
            Money(one.available_minor - one.held_minor, one.currency),
        )
        for one in rows
    ]
    return sorted(found, key=lambda p: (p.earmark_id is not None, p.label, CURRENCIES.index(p.free.currency)))


def free_of_purpose(*, fund_id: UUID, earmark_id: UUID | None, currency: str) -> Money:
    """What is left and not reserved for a purpose, may be below zero for the fund as a whole."""
    tied = Q(earmark__isnull=True) if earmark_id is None else Q(earmark_id=earmark_id)
    row = EarmarkBalance.objects.filter(tied, fund_id=fund_id, currency=currency)
    left, held = row.values_list("available_minor", "held_minor").first() or (0, 0)
    return Money(left - held, currency)


def money_places(*, fund_id: UUID) -> list[tuple[AccountCode, Money]]:
    """The accounts where money of the fund lies now, each with what it holds. One query."""
    rows = Balance.objects.filter(account__fund_id=fund_id, account__code__in=list(MONEY), amount_minor__gt=0)
    found = [
        (AccountCode(code), Money(minor, currency))
        for code, currency, minor in rows.values_list("account__code", "account__currency", "amount_minor")
    ]
    order = list(AccountCode)
    return sorted(found, key=lambda one: (order.index(one[0]), CURRENCIES.index(one[1].currency)))


def papers_of_decision(decision_id: UUID) -> list[Paper]:
    """The decision behind a redesignation."""
    found = Decision.objects.filter(pk=decision_id).first()
    if found is None:
        return []
    title = _("Decision of the council: %(title)s") % {"title": found.title}
    return [Paper(title, reverse("meetings:detail", args=[decision_id]))]


def tell_papers() -> None:
    """From now on the public ledger shows which decision moved money."""
    register(kinds=(Kind.REDESIGNATION,), finder=papers_of_decision)
