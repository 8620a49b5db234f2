"""The one posting path: `post`, one round trip for one or many transactions. Nothing else writes the ledger."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from common.ids import uuid7
from funds.ledger.models import Fund
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE, Posting
from towns.models import Town
from users.models import User


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a posting. `created` is False when its key had been booked before."""

    key: str
    transaction_id: UUID
    seq: int
    created: bool


def _as_json(posting: Posting, now: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "fund": str(posting.fund),
        "kind": posting.kind,
        "effective_date": posting.effective_date.isoformat(),
        "booked_at": now.isoformat(),
        "key": posting.key,
        "memo": posting.memo,
        "subject": str(posting.subject) if posting.subject else None,
        "reverses": str(posting.reverses) if posting.reverses else None,
        "entries": [
            {
                "account": str(uuid7()),
                "code": line.code,
                "type": ACCOUNT_TYPES[line.code],
                "currency": line.amount.currency,
                "earmark": str(line.earmark) if line.earmark else None,
                "never_negative": line.code in NEVER_NEGATIVE,
                "amount": line.amount.minor,
            }
            for line in posting.lines
        ],
    }


class BookedOtherwiseError(IntegrityError):
    """The key is booked already, with other entries: the same event was told in two ways."""


_REFUSALS = {
    "account_never_negative": DomainError(
        "not_enough_money", _("There is not enough money on that account. Record the transfer to the bank first.")
    ),
    "earmark_never_overdrawn": DomainError(
        "not_enough_earmarked", _("The gifts for this project do not cover that amount yet.")
    ),
    "payout_is_held": DomainError(
        "more_than_held", _("The card processor does not hold that much for this fund."), field="amount"
    ),
    "payment_needs_approvals": DomainError(
        "approvals_missing", _("The approvals that the rule demands are not there yet, so nothing was booked.")
    ),
}


@transaction.atomic
def post(*, postings: Sequence[Posting], now: datetime) -> list[Booked]:
    """Book up to 500 transactions, all or none. Safe to repeat: a booked key is returned, not booked again.

    Raises `DomainError` (not_enough_money, not_enough_earmarked, more_than_held, approvals_missing) when a guarded
    balance would fall below zero or a payment lacks approvals, `BookedOtherwiseError` when a key is booked with other
    entries.
    """
    batch = json.dumps([_as_json(posting, now) for posting in postings])
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT key, id, seq, created FROM ledger_post(%s::jsonb)", [batch])
            return [Booked(*row) for row in cursor.fetchall()]
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        constraint = getattr(diagnosis, "constraint_name", None) or ""
        if constraint == "transaction_key_conflict":
            raise BookedOtherwiseError(*error.args) from error
        refusal = _REFUSALS.get(constraint)
        if refusal is not None:
            raise DomainError(refusal.code, refusal.message, field=refusal.field) from error
        raise


@transaction.atomic
def found_fund(*, actor: User | None, town: Town, legal_entity: str, founded_date: date, now: datetime) -> Fund:
    """Open the fund of a town. `actor` is None for the operator's command alone. Refuses a fund without an owner."""
    if not legal_entity.strip():
        raise DomainError("legal_entity_missing", _("Name the legal entity that holds the accounts."))
    fund = Fund.objects.create(town=town, legal_entity=legal_entity.strip(), founded_date=founded_date)
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=town.slug,
        action="ledger.found",
        object_type="fund",
        object_id=fund.pk,
    )
    return fund
