"""Celery: counting closed waves. Ids in, one action, safe to run twice and on several workers at once."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from common.clock import now
from councils.indicators import actions
from councils.indicators.queries import uncounted_waves

logger = logging.getLogger(__name__)


@shared_task
def count_wave(wave_id: str) -> int:
    """Count one closed wave of one town; gives the number of responses."""
    return actions.count_wave(wave_id=UUID(wave_id), now=now()).responses


@shared_task
def sweep_closed_waves() -> int:
    """Have counted what a lost message left uncounted: a closed wave without a count is the work, not a message.

    Gives how many were asked for. A broker that is down ends this round; the next one finds the same waves.
    """
    asked = 0
    for wave_id in uncounted_waves():
        try:
            count_wave.delay(str(wave_id))
        except OperationalError:
            logger.warning("The broker is down; wave %s waits for the next sweep.", wave_id)
            break
        asked += 1
    return asked
