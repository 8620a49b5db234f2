"""Celery: counting closed waves. Ids in, one action, safe to run twice and on several workers at once."""

from uuid import UUID

from celery import shared_task

from common.clock import now
from councils.indicators import actions
from councils.indicators.queries import uncounted_waves


@shared_task
def count_wave(wave_id: str) -> int:
    """Count one closed wave of one town; gives the number of responses."""
    return actions.count_wave(wave_id=UUID(wave_id), now=now()).responses


@shared_task
def sweep_closed_waves() -> int:
    """Count what a lost message left uncounted: a closed wave without a count is the work, not a message."""
    waiting = uncounted_waves()
    for wave_id in waiting:
        count_wave.delay(str(wave_id))
    return len(waiting)
