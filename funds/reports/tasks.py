"""The daily reconciliation. Safe to run twice: a run is one more look, and nothing is changed by it."""

from celery import shared_task

from common.clock import day_of, now
from funds.reports.actions import reconcile
from funds.reports.queries import run_of


@shared_task
def reconcile_daily() -> bool:
    """Reconcile unless this day's run reached everything already. Asked every hour, so that a night without a worker
    costs no day; True when it ran."""
    moment = now()
    done = run_of(day=day_of(moment))
    if done is not None and done.run.card_reached:
        return False
    reconcile(now=moment)
    return True
