"""Celery: counting closed waves, making archives. Ids in, one action, safe to run twice and on several workers at once.

One task counts one wave of one town, so more workers on more machines mean more towns at once; each step is a
transaction, and whatever is killed goes on at the watermark.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from common.clock import now
from common.errors import DomainError
from common.pdf import TypesettingError
from councils.indicators import actions
from councils.indicators.queries import counted_waves, unpublished_waves
from councils.indicators.queries.exports import unfinished_exports

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


@shared_task
def make_export(export_id: str) -> int:
    """Make what is missing of an archive, town by town, and then the archive; gives how many steps it took.

    Killed at any moment, the sweep has it gone on with at the first town that is missing.
    """
    steps = 0
    try:
        while actions.make_part(export_id=UUID(export_id), now=now()):
            steps += 1
    except (DomainError, TypesettingError, OSError):
        logger.exception("Archive %s cannot be made", export_id)
        actions.fail_export(export_id=UUID(export_id), now=now())
    return steps


@shared_task
def sweep_exports() -> int:
    """Have made what a lost message or a killed worker left, and delete what nobody needs any more."""
    actions.clean_exports(now=now())
    return _asked(unfinished_exports(), make_export.delay)


def _asked(things: list[UUID], ask: Callable[[str], object]) -> int:
    asked = 0
    for one in things:
        try:
            ask(str(one))
        except OperationalError:
            logger.warning("The broker is down; %s waits for the next sweep.", one)
            break
        asked += 1
    return asked
