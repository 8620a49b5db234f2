"""The log's tasks: signing, the daily sign of life, asking witnesses. Each is safe to run twice and at the same time.

Nothing is lost with a message: every task looks at the rows for what waits.
"""

import logging

from celery import shared_task

from common.clock import now
from transparency.actions import ask_witnesses as ask
from transparency.actions import heartbeat as beat
from transparency.actions import integrate, reread
from transparency.queries import open_logs, unconfirmed_logs, waiting_logs

logger = logging.getLogger(__name__)


@shared_task
def integrate_logs() -> int:
    """Sign what is booked in every log that has something waiting. How many logs it signed."""
    return _integrate(waiting_logs())


@shared_task
def compare_logs() -> int:
    """Compare every log with what was signed last, also where nothing waits or it refused. An old backup shows."""
    return _integrate(open_logs())


def _integrate(slugs: list[str]) -> int:
    signed = 0
    for slug in slugs:
        try:
            signed += integrate(slug=slug, now=now()) is not None
        except Exception:
            # One town's damage must not stop the others; this is told each time until somebody mends it.
            logger.exception("The log of %s could not be signed", slug)
    return signed


@shared_task
def reread_logs() -> int:
    """Every night: does what is stored still give what was signed? How many logs do not."""
    changed = 0
    for slug in open_logs():
        try:
            changed += reread(slug=slug, now=now()) is not None
        except Exception:
            logger.exception("The log of %s could not be read again", slug)
    return changed


@shared_task
def heartbeat() -> int:
    """Today's sign of life in every open log that has none yet. How many it wrote."""
    return sum(beat(slug=slug, now=now()) is not None for slug in open_logs())


@shared_task
def ask_witnesses() -> int:
    """Ask the witnesses of every log whose last checkpoint lacks them. How many confirmed."""
    confirmed = 0
    for slug in unconfirmed_logs():
        try:
            confirmed += ask(slug=slug, now=now())
        except Exception:
            logger.exception("The witnesses of %s could not be asked", slug)
    return confirmed
