"""Celery: counting closed waves, making archives. Ids in, one action, safe to run twice and on several workers at once.

One task counts one wave of one town, from a queue of its own (config/celery.py), so more workers on more machines mean
more towns at once; whatever is killed goes on at the watermark. Many towns go as a group; how far they are is read
from rows, never from the broker, so a round needs no result backend and a town that fails holds up no other.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from celery import Signature, chain, group, shared_task
from django.db import Error
from kombu.exceptions import OperationalError

from common.clock import now
from common.errors import DomainError
from common.pdf import TypesettingError
from councils.indicators import actions
from councils.indicators.queries import unpublished_waves
from councils.indicators.queries.exports import unfinished_exports
from councils.indicators.queries.progress import left_of_round, round_by_id
from councils.indicators.states import CountFailure

logger = logging.getLogger(__name__)
EXPIRES: Final = 60  # seconds; four sweeps
SEALED: Final = "sealed"


@shared_task
def count_wave(wave_id: str) -> int:
    """Count, recount and publish one closed wave of one town; gives the number of responses.

    What stops it is noted for the officer and raised; the sweep asks again.
    """
    try:
        return actions.count_wave(wave_id=UUID(wave_id), now=now()).responses
    except Exception as error:
        _note(wave_id, error)
        raise


@shared_task
def sweep_closed_waves() -> int:
    """Have counted what a lost message left uncounted: a closed wave without a publication is the work, not a message.

    Gives how many were asked for. A message that nobody took within a minute is forgotten, so that they never pile up
    while no worker counts; the next sweep finds the same waves.
    """
    waiting = unpublished_waves()
    asks = [count_wave.si(str(one)).set(expires=EXPIRES) for one in waiting]
    return len(asks) if _sent(asks) else 0


@shared_task
def recount_wave(wave_id: str, since: str) -> bool:
    """Count one wave anew and compare, unless that was done since. Gives whether the stored count was right.

    A difference is an alarm: the answers never change after closing. What stops it is noted and raised no further, so
    that the round goes on.
    """
    try:
        agrees = actions.count_anew(wave_id=UUID(wave_id), since=datetime.fromisoformat(since), now=now())
    except Exception as error:
        logger.exception("Wave %s cannot be counted anew", wave_id)
        _note(wave_id, error)
        return False
    if not agrees:
        logger.error("The count of wave %s had drifted; the recount replaced it.", wave_id)
    return agrees


@shared_task
def recount_waves() -> int:
    """Every night: all towns anew; gives how many waves were asked for."""
    begun = actions.begin_round(actor=None, now=now())
    return 0 if begun is None else recount_round(str(begun.id))


@shared_task
def recount_round(round_id: str) -> int:
    """Send what a round has left: a group over towns, each followed by the last step. Run twice, it counts once."""
    about = round_by_id(UUID(round_id))
    if about is None or about.ended_at is not None:
        return 0
    left, since = left_of_round(about=about), about.began_at.isoformat()
    asks = [chain(recount_wave.si(str(one), since), end_round.si(round_id)) for one in left]
    return len(asks) if _sent(asks) else 0


@shared_task
def end_round(round_id: str) -> bool:
    """The last step of a round, asked for after each of its waves: closes it after the last, and says how it went."""
    ended = actions.end_round(round_id=UUID(round_id), now=now())
    if ended is None:
        return False
    say = logger.error if ended.failed or ended.drifted else logger.info
    say("All anew: %s waves, %s had drifted, %s failed.", ended.total, ended.drifted, ended.failed)
    return True


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


def _sent(asks: Sequence[Signature]) -> bool:
    """Whether these messages were sent, as one group. When the broker is down the next sweep or round asks again."""
    if not asks:
        return False
    try:
        group(asks).apply_async()
    except OperationalError:
        logger.warning("The broker is down; %s counts wait for the next sweep.", len(asks))
        return False
    return True


def _note(wave_id: str, error: Exception) -> None:
    """Note for the officer why a count stopped; where even that cannot be written, the log has both."""
    code = error.code if isinstance(error, DomainError) else CountFailure.UNEXPECTED.value
    if code == SEALED:
        return  # an open wave has no count
    try:
        actions.note_failure(wave_id=UUID(wave_id), code=code, now=now())
    except Error:
        logger.exception("That the count of wave %s failed could not be noted", wave_id)


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
