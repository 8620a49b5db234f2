"""Counting anew: one wave that somebody asked for, or many towns in one round; and noting what failed.

What was asked and what failed are audit rows, so nothing hangs on the queue: a lost message is asked for again, and
every step here may run twice. Counting anew never changes an answer, and a published figure only by a correction.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import uuid7
from councils.indicators.actions.counting import recount
from councils.indicators.actions.publishing import count_wave
from councils.indicators.models import CountRun, Publication
from councils.indicators.queries import progress
from councils.indicators.states import CountFailure
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run, can_run_everywhere
from councils.surveys.states import WaveState
from users.models import User

ROUND_LASTS: Final = timedelta(hours=1)
"""How long a round may take before another one is begun beside it."""


@transaction.atomic
def ask_recount(*, actor: User, wave: Wave, now: datetime) -> datetime:
    """Note that somebody wants a closed wave counted anew; gives the moment of the wish that is open.

    A wish that nobody has fulfilled yet stays the one wish. Refuses an open wave (`sealed`) and whoever may not run it.
    """
    can_run(actor, wave.town, on=day_of(now)).enforce()
    if wave.state != WaveState.CLOSED:
        raise DomainError("sealed", _("The survey is still open: its results are sealed until it closes."))
    _one_at_a_time(f"recount {wave.pk}")
    before = progress.last_told(wave_id=wave.pk, action=progress.ASKED)
    failed = progress.last_told(wave_id=wave.pk, action=progress.FAILED)
    run = CountRun.objects.filter(wave=wave).defer("cube").first()
    done = [one for one in (run and run.recounted_at, failed and failed.recorded_at) if one]
    if before is not None and all(before.recorded_at > one for one in done):
        return before.recorded_at
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=wave.town.slug,
        action=progress.ASKED,
        object_type="wave",
        object_id=wave.pk,
    )
    return now


@transaction.atomic
def begin_round(*, actor: User | None, campaign_id: UUID | None = None, now: datetime) -> progress.Round | None:
    """Begin counting all towns anew, or those of one campaign; None when nothing has closed yet.

    While the same round is under way it is that one, for an hour. `actor` is None for the clock; anybody else must be
    an administrator.
    """
    if actor is not None:
        can_run_everywhere(actor, on=day_of(now)).enforce()
    _one_at_a_time("count round")
    newest = progress.newest_round()
    if newest is not None and newest.campaign_id == campaign_id and newest.left and now - newest.began_at < ROUND_LASTS:
        return newest
    total = progress.waves_of_round(began_at=now, campaign_id=campaign_id).count()
    if not total:
        return None
    round_id = uuid7()
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug="",
        action=progress.ROUND_BEGUN,
        object_type=progress.ROUND,
        object_id=round_id,
        detail={"campaign": str(campaign_id or ""), "waves": total},
    )
    return progress.round_by_id(round_id)


@transaction.atomic
def _compare(*, wave_id: UUID, moment: datetime) -> bool:
    agrees = recount(wave_id=wave_id, now=moment)
    if not agrees:
        wave = Wave.objects.select_related("town").only("town__slug").get(pk=wave_id)
        record(
            now=moment,
            actor_id=None,
            town_slug=wave.town.slug,
            action=progress.DRIFTED,
            object_type="wave",
            object_id=wave_id,
        )
    return agrees


def count_anew(*, wave_id: UUID, since: datetime, now: datetime) -> bool:
    """Count a closed wave anew unless it was compared since; True when the stored count was what the answers say.

    A wave that was never counted is counted and published. The moment kept is never before `since`: clocks of
    machines differ.
    """
    moment = max(now, since)
    if not Publication.objects.filter(wave=wave_id).exists():
        count_wave(wave_id=wave_id, now=moment)
    if CountRun.objects.filter(wave=wave_id, recounted_at__gte=since).exists():
        return True
    return _compare(wave_id=wave_id, moment=moment)


@transaction.atomic
def note_failure(*, wave_id: UUID, code: str, now: datetime) -> None:
    """Note that a count stopped. The same again, with nothing done or asked between, is one note."""
    wave = Wave.objects.select_related("town").only("town__slug").get(pk=wave_id)
    _one_at_a_time(f"recount {wave_id}")
    known = code if code in CountFailure.values else CountFailure.UNEXPECTED.value
    before = progress.last_told(wave_id=wave_id, action=progress.FAILED)
    asked = progress.last_told(wave_id=wave_id, action=progress.ASKED)
    begun = progress.newest_round()
    run = CountRun.objects.filter(wave=wave_id).defer("cube").first()
    since = [run and run.recounted_at, asked and asked.recorded_at, begun and begun.began_at]
    moments = [one for one in since if one]
    if before is not None and before.detail["code"] == known and all(before.recorded_at >= one for one in moments):
        return
    record(
        now=max([now, *moments]),
        actor_id=None,
        town_slug=wave.town.slug,
        action=progress.FAILED,
        object_type="wave",
        object_id=wave_id,
        detail={"code": known},
    )


@transaction.atomic
def end_round(*, round_id: UUID, now: datetime) -> progress.Round | None:
    """The last step of a round, asked for after each of its waves: closes it once none is left, and gives it then.

    None while waves are left, and when it was closed before.
    """
    _one_at_a_time("count round")
    found = progress.round_by_id(round_id)
    if found is None or found.ended_at is not None or found.left:
        return None
    record(
        now=max(now, found.began_at),
        actor_id=None,
        town_slug="",
        action=progress.ROUND_DONE,
        object_type=progress.ROUND,
        object_id=round_id,
        detail={"waves": found.total, "failed": found.failed, "drifted": found.drifted},
    )
    return progress.round_by_id(round_id)


def _one_at_a_time(what: str) -> None:
    """Until this transaction ends nobody else does the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])
