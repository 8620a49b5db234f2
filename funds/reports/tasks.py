"""The daily reconciliation. Safe to run twice: a run is one more look, and nothing is changed by it."""

import logging

from celery import shared_task

from common.clock import day_of, now
from common.errors import DomainError
from funds.payments.tasks.card import sweep_events, sweep_movements
from funds.payments.tasks.inbox import sweep_inbox
from funds.reports.actions import reconcile
from funds.reports.queries import run_of

logger = logging.getLogger(__name__)


@shared_task
def reconcile_daily() -> bool:
    """Reconcile unless this day's run reached everything already. Asked every hour, so that a night without a worker
    costs no day; True when it ran."""
    moment = now()
    done = run_of(day=day_of(moment))
    if done is not None and done.run.card_reached:
        return False
    hear_and_reconcile()
    return True


def hear_and_reconcile() -> None:
    """Compare everything now, by whomever it is asked for. First the card processor is asked for what no webhook has
    brought yet: the sum of a gift that only one side knows would be told for ever, and it may be somebody's who wants
    no public name."""
    try:
        sweep_events()
        sweep_inbox()
        sweep_movements()
    except DomainError as error:
        logger.warning("The card processor was not asked before the reconciliation: %s", error.code)
    reconcile(now=now())
