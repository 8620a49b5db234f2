"""One reconciliation of everything: compare each hop, write what was found, alert the operator when something is left.

The card processor is asked before the transaction begins; a run that could not ask it says so and compares the rest.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from funds.payments.stripe import fetch_balance, is_configured
from funds.reports import queries
from funds.reports.models import Comparison, Run
from funds.reports.rules import Compared, card, ledgers

_PAYOUTS_OF: Final = timedelta(days=90)

logger = logging.getLogger(__name__)


def reconcile(*, now: datetime) -> Run:
    """Compare everything and keep the result. With cards switched off the card account's hops have nothing to tell."""
    reached, balance = True, None
    if is_configured():
        try:
            balance = fetch_balance().total
        except DomainError as error:
            reached = False
            logger.warning("The card processor was not reached for the reconciliation: %s", error.code)
    run = _written(balance=balance, reached=reached, now=now)
    left = [one for one in run.comparisons.all() if one.remainder_minor]
    for one in left:
        logger.error("Unexplained: %s %s %s %s", one.hop, one.subject or one.fund_id, one.remainder_minor, one.currency)
    return run


@transaction.atomic
def _written(*, balance: dict[str, int] | None, reached: bool, now: datetime) -> Run:
    found: list[Compared] = []
    if balance is not None:
        # One moment for both sides: the processor's balance was asked just before, its latest movements may be missing
        # here for a second, and the next run has them.
        unpublished = queries.unpublished_sums()
        movements = queries.movement_sums()
        found += card(balance=balance, movements=movements, unpublished=unpublished)
        found += ledgers(
            movements=movements,
            unpublished=unpublished,
            booked=queries.card_ledger_sums(),
            under_way=queries.under_way_sums(),
            waiting=queries.waiting_movements(),
        )
        found += queries.payout_comparisons(since=day_of(now - _PAYOUTS_OF))
    found += queries.arrival_comparisons()
    found += queries.bank_comparisons(now=now)
    run = Run.objects.create(day=day_of(now), started_at=now, finished_at=now, card_reached=reached)
    Comparison.objects.bulk_create(
        Comparison(
            run=run,
            hop=one.hop,
            fund_id=one.fund,
            subject=one.subject,
            currency=one.currency,
            outside_minor=one.outside,
            ours_minor=one.ours,
            remainder_minor=one.remainder,
            under_way_minor=one.under_way,
            items_open=one.items_open,
            oldest_open_date=one.oldest_open,
        )
        for one in found
    )
    record(
        now=now,
        actor_id=None,
        town_slug="",
        action="reports.reconcile",
        object_type="run",
        object_id=run.pk,
        detail={"compared": len(found), "left": sum(one.remainder != 0 for one in found)},
    )
    return run
