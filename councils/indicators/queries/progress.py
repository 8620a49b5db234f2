"""Reads of how far counts are: waves of a town, waves of all towns, the newest count of all anew.

Ended waves alone, and no number of answers: how many answered one wave is said by its published figures, rounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Case, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from audit.models import Record
from councils.indicators.models import CountRun, Publication
from councils.indicators.rules.progress import UNDER_WAY, Moments, step_of
from councils.indicators.states import CountFailure, CountStep
from councils.surveys.models import Wave
from councils.surveys.queries import waves
from councils.surveys.states import WaveState
from towns.models import Town

ASKED: Final = "indicators.recount_ask"
FAILED: Final = "indicators.count_fail"
DRIFTED: Final = "indicators.count_drift"
ROUND_BEGUN: Final = "indicators.round_begin"
ROUND_DONE: Final = "indicators.round_end"
ROUND: Final = "count_round"
MOST_LINES: Final = 200
"""How many waves the page of all towns shows: those that are not done first, then the newest."""


@dataclass(frozen=True, slots=True)
class CountLine:
    """How far the count of one wave is. `note` is a code: the questionnaire has no indicators, or why the published
    figures are not weighted."""

    wave: Wave
    step: CountStep
    batch: int
    batches: int
    counted_at: datetime | None
    recounted_at: datetime | None
    drifted: bool
    note: str
    failure: CountFailure | None

    @property
    def under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.step in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Round:
    """One count of many towns anew. `left` waves are still to be compared; `ended_at` is None until the last is.

    `drifted` counts waves whose stored count was not what their answers say; `failed` those that could not be counted.
    """

    id: UUID
    began_at: datetime
    campaign_id: UUID | None
    total: int
    left: int
    failed: int
    drifted: int
    ended_at: datetime | None

    @property
    def done(self) -> int:
        return self.total - self.left


def counts_of_town(*, town: Town, limit: int = 50) -> list[CountLine]:
    """The ended waves of a town, the newest first. Two queries."""
    return _lines(list(_ended().filter(town=town).order_by("-number")[:limit]))


def counts_of_all(*, language: str = "kk", limit: int = MOST_LINES) -> list[CountLine]:
    """Ended waves of all towns: unpublished ones first, then the newest, then by alphabet. Two queries."""
    rank = Case(When(published_at__isnull=True, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = _ended().select_related("campaign").order_by(rank, "-closed_at", f"town__sort_{language}", "-number")
    return _lines(list(found[:limit]))


def _ended() -> QuerySet[Wave]:
    newest = Publication.objects.filter(wave=OuterRef("pk")).order_by("-number")
    found = waves().filter(state__in=[WaveState.ENDED, WaveState.CLOSED])
    found = found.annotate(
        published_at=Subquery(newest.values("published_at")[:1]),
        unweighted_for=Subquery(newest.values("weighting_note")[:1]),
    )
    return found.select_related("town", "version__questionnaire", "count_run").defer(
        *(f"version__{field}" for field in ("source", "xform", "compiled", "report")), "count_run__cube"
    )


def _lines(found: Sequence[Wave]) -> list[CountLine]:
    told: dict[tuple[str, str], Record] = {}
    records = Record.objects.filter(
        object_type="wave", object_id__in=[str(wave.pk) for wave in found], action__in=[ASKED, FAILED]
    )
    for record in records.order_by("id"):
        told[record.object_id, record.action] = record
    return [_line(wave, told.get((str(wave.pk), ASKED)), told.get((str(wave.pk), FAILED))) for wave in found]


def _line(wave: Wave, asked: Record | None, failed: Record | None) -> CountLine:
    run: CountRun = getattr(wave, "count_run", None) or CountRun(wave=wave)
    known = Moments(
        closed_at=wave.closed_at,
        batch=run.batch,
        batches=run.batches,
        counted_at=run.counted_at,
        recounted_at=run.recounted_at,
        published_at=getattr(wave, "published_at", None),
        asked_at=asked.recorded_at if asked else None,
        failed_at=failed.recorded_at if failed else None,
    )
    step = step_of(known=known)
    failure = CountFailure(failed.detail["code"]) if failed and step is CountStep.FAILED else None
    note = run.note or getattr(wave, "unweighted_for", None) or ""
    return CountLine(wave, step, run.batch, run.batches, run.counted_at, run.recounted_at, run.drifted, note, failure)


def last_told(*, wave_id: UUID, action: str) -> Record | None:
    """The newest record of a wave's count of this kind: `ASKED` or `FAILED`."""
    found = Record.objects.filter(object_type="wave", object_id=str(wave_id), action=action)
    return found.order_by("-id").first()


def newest_round() -> Round | None:
    """The newest count of many towns anew, under way or over."""
    begun = Record.objects.filter(object_type=ROUND, action=ROUND_BEGUN).order_by("-id").first()
    return None if begun is None else _round(begun)


def round_by_id(round_id: UUID) -> Round | None:
    """A count of many towns anew; None when there is no such."""
    begun = Record.objects.filter(object_type=ROUND, object_id=str(round_id), action=ROUND_BEGUN).first()
    return None if begun is None else _round(begun)


def _round(begun: Record) -> Round:
    campaign = UUID(begun.detail["campaign"]) if begun.detail["campaign"] else None
    ended = Record.objects.filter(object_type=ROUND, object_id=begun.object_id, action=ROUND_DONE).first()
    told = UUID(begun.object_id), begun.recorded_at, campaign
    if ended is not None:
        numbers = ended.detail
        return Round(*told, numbers["waves"], 0, numbers["failed"], numbers["drifted"], ended.recorded_at)
    whole = waves_of_round(began_at=begun.recorded_at, campaign_id=campaign)
    open_ = _uncompared(whole, begun.recorded_at)
    failed = _told_since(open_, FAILED, begun.recorded_at)
    every = list(whole.values_list("pk", flat=True))
    drifted = _told_since(every, DRIFTED, begun.recorded_at)
    return Round(*told, len(every), len(set(open_) - failed), len(failed), len(drifted), None)


def waves_of_round(*, began_at: datetime, campaign_id: UUID | None) -> QuerySet[Wave]:
    """The waves that had closed when the round began, of one campaign or of all."""
    found = Wave.objects.filter(state=WaveState.CLOSED, closed_at__lte=began_at)
    return found if campaign_id is None else found.filter(campaign_id=campaign_id)


def left_of_round(*, about: Round) -> list[UUID]:
    """The waves of a round that are still to be compared, failed ones left out, in the order of their ids."""
    open_ = _uncompared(waves_of_round(began_at=about.began_at, campaign_id=about.campaign_id), about.began_at)
    failed = _told_since(open_, FAILED, about.began_at)
    return [one for one in open_ if one not in failed]


def _uncompared(whole: QuerySet[Wave], began_at: datetime) -> list[UUID]:
    behind = (
        Q(count_run__isnull=True) | Q(count_run__recounted_at__isnull=True) | Q(count_run__recounted_at__lt=began_at)
    )
    return list(whole.filter(behind).order_by("pk").values_list("pk", flat=True))


def _told_since(found: Sequence[UUID], action: str, began_at: datetime) -> set[UUID]:
    rows = Record.objects.filter(object_type="wave", object_id__in=[str(one) for one in found], action=action)
    last = rows.values("object_id").annotate(at=Max("recorded_at")).filter(at__gte=began_at)
    return {UUID(one["object_id"]) for one in last}
