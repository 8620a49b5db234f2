"""Opening a town's fund and closing its periods."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import uuid7
from funds.ledger.actions.posting import refusal_of
from funds.ledger.models import Fund
from funds.ledger.permissions import can_close
from towns.models import Town
from users.models import User


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


@transaction.atomic
def close_period(*, actor: User | None, fund: Fund, ends: date, now: datetime) -> UUID:
    """Close the books up to and with `ends`: nothing can be dated there any more; the trial balance goes to the log.

    `actor` is None for the operator's command alone. Safe to repeat. Raises `DomainError` (forbidden, period_not_over,
    period_empty). Nothing opens a period again: what was wrong in it is corrected by a reversal dated today.
    """
    if actor is not None:
        can_close(actor, fund.town, on=day_of(now)).enforce()
    period = uuid7()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_close(%s, %s, %s, %s)", [period, fund.pk, ends, now])
            closed: UUID = cursor.fetchone()[0]
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    if closed == period:
        record(
            now=now,
            actor_id=actor.pk if actor else None,
            town_slug=fund.town.slug,
            action="ledger.close",
            object_type="period",
            object_id=period,
            detail={"ends": ends.isoformat()},
        )
    return closed
