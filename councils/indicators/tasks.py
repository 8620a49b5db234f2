"""Celery: counting closed waves. Ids in, one action, safe to run twice and on several workers at once.

One task counts one wave of one town, so more workers on more machines mean more towns at once; each step is a
transaction, and whatever is killed goes on at the watermark.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from common.clock import now
from councils.indicators import actions
from councils.indicators.queries import counted_waves, unpublished_waves

logger = logging.getLogger(__name__)


@shared_task
def count_wave(wave_id: str) -> int:
    """Count, recount and publish one closed wave of one town; gives the number of responses."""
    return actions.count_wave(wave_id=UUID(wave_id), now=now()).responses


@shared_task
def sweep_closed_waves() -> int:
    """Have counted what a lost message left uncounted: a closed wave without a publication is the work, not a message.

    Gives how many were asked for. A broker that is down ends this round; the next one finds the same waves.
    """
    return _asked(unpublished_waves(), count_wave.delay)


@shared_task
def recount_wave(wave_id: str) -> bool:
    """Count one wave anew and compare. A difference is an alarm: the answers never change after closing."""
    agrees = actions.recount(wave_id=UUID(wave_id), now=now())
    if not agrees:
        logger.error("The count of wave %s had drifted; the recount replaced it.", wave_id)
    return agrees


@shared_task
def recount_waves() -> int:
    """Every night: one task for each counted wave."""
    asked, after = 0, None
    while waves := counted_waves(after=after):
        asked += _asked(waves, recount_wave.delay)
        after = waves[-1]
    return asked


def _asked(waves: list[UUID], ask: Callable[[str], object]) -> int:
    asked = 0
    for wave_id in waves:
        try:
            ask(str(wave_id))
        except OperationalError:
            logger.warning("The broker is down; wave %s waits for the next sweep.", wave_id)
            break
        asked += 1
    return asked
