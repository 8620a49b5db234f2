"""What a posting would do: booked and taken back in one breath, so that what is shown is what PostgreSQL would do."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.ids import random_id
from funds.ledger.actions.posting import post_directly
from funds.ledger.models import EarmarkBalance, Entry
from funds.ledger.rules import Posting
from funds.ledger.states import AccountCode


@dataclass(frozen=True, slots=True)
class RehearsedLine:
    """One line that would be booked: minor units, a debit positive, and the account's balance after it."""

    code: AccountCode
    earmark: str
    currency: str
    amount_minor: int
    after_minor: int


@dataclass(frozen=True, slots=True)
class RehearsedPurpose:
    """What would be left for a purpose (`label` empty: the fund as a whole), and how much of that is not reserved."""

    label: str
    currency: str
    left_minor: int
    free_minor: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    lines: tuple[RehearsedLine, ...]
    purposes: tuple[RehearsedPurpose, ...]


def rehearse(*, posting: Posting, now: datetime) -> Rehearsal:
    """The lines and balances after `posting`, were it booked now. Books nothing. Raises what `post` would raise."""
    trial = replace(posting, key=f"rehearsal:{random_id()}", personal=())
    with transaction.atomic():
        booked = post_directly(postings=[trial], now=now)[0]
        seen = _seen(booked.transaction_id)
        transaction.set_rollback(True)
    return seen


def _seen(transaction_id: UUID) -> Rehearsal:
    entries = Entry.objects.filter(transaction_id=transaction_id).select_related("account__earmark").order_by("line")
    lines, purses = [], []
    for entry in entries:
        label = entry.account.earmark.label if entry.account.earmark else ""
        code = AccountCode(entry.account.code)
        lines.append(RehearsedLine(code, label, entry.currency, entry.amount_minor, entry.balance_after))
        if entry.account.purse_id is not None:
            purses.append(entry.account.purse_id)
    kept = EarmarkBalance.objects.filter(pk__in=purses).select_related("earmark").order_by("pk")
    return Rehearsal(
        tuple(lines),
        tuple(
            RehearsedPurpose(
                label=one.earmark.label if one.earmark else "",
                currency=one.currency,
                left_minor=one.available_minor,
                free_minor=one.available_minor - one.held_minor,
            )
            for one in kept
        ),
    )
