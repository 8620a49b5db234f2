"""Reads about waves. Never add a read that counts participations or envelopes for a page: totals are sealed."""

from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext

from audit.models import Version
from audit.queries import town_version
from common.errors import NotFound
from common.postgresql.asking import ask
from councils.surveys.models import Wave
from councils.surveys.queries.forms import HEAVY, title_in
from councils.surveys.states import WaveState
from towns.models import Town

PAGE = 20


@dataclass(frozen=True, slots=True)
class WavePage:
    """Some waves of a town, newest first, and the number to ask for the next ones with (None at the end)."""

    items: list[Wave]
    next_before: int | None


def wave_title(wave: Wave, language: str) -> str:
    """What a wave is called: the title of its questionnaire."""
    return title_in(wave.version.questionnaire.titles, language)


def state_words(wave: Wave, *, on: date) -> str:
    """Where a wave stands on a day, for those who run it: an open one may not have begun, or wait for sheets alone."""
    if wave.state == WaveState.OPEN and on < wave.opens_date:
        return gettext("not begun yet")
    if wave.state == WaveState.OPEN and on > wave.closes_date:
        return gettext("paper sheets and devices only")
    return str(WaveState(wave.state).label)


def waves() -> QuerySet[Wave]:
    """Waves with what pages show of them; the questionnaire itself stays where it is (`form_of`)."""
    heavy = [f"version__{field}" for field in HEAVY]
    return Wave.objects.select_related("town", "version__questionnaire").defer(*heavy)


def wave_by_id(wave_id: UUID) -> Wave:
    """A wave that has begun. Raises `NotFound` with what to do."""
    wave = waves().exclude(state=WaveState.DRAFT).filter(pk=wave_id).first()
    if wave is None:
        raise _no_such_wave()
    return wave


def _no_such_wave() -> NotFound:
    return NotFound("no_such_wave", gettext("There is no such survey here. Look at the surveys of your town."))


# What deciding about an answer needs, and no more, in the order of the model's fields.
_SENDING = ("id", "version_id", "town_id", "state", "audience", "opens_date", "closes_date", "entry_date", "key_sha256")
_FOR_SENDING = f"SELECT {', '.join(_SENDING)} FROM surveys_wave WHERE id = $1::uuid AND state <> 'draft'"  # noqa: S608 - no values


_SENDING_SECONDS: Final = 1.0
_MOST_SENDING: Final = 1_000
known_for_sending: dict[UUID, tuple[float, Wave]] = {}


def wave_for_sending(wave_id: UUID) -> Wave:
    """A wave that has begun, as far as taking an answer needs it: the quickest read. Raises `NotFound`.

    Up to a second old, and the same for all threads: whether the wave is still open is seen where the answer is stored
    (`surveys_take`), and nobody may change anything of it but its state, to what was seen there.
    """
    moment = monotonic()
    known = known_for_sending.get(wave_id)
    if known is not None and moment - known[0] < _SENDING_SECONDS:
        return known[1]
    found = ask(_FOR_SENDING, [wave_id])
    if not found:
        raise _no_such_wave()
    if len(known_for_sending) >= _MOST_SENDING:
        known_for_sending.clear()
    wave = Wave.from_db(DEFAULT_DB_ALIAS, _SENDING, found[0])
    known_for_sending[wave_id] = (moment, wave)
    return wave


def open_waves_of(*, town: Town) -> list[Wave]:
    """The waves of a town that are open or will open on their day, the newest first; one of a questionnaire at most."""
    return list(waves().filter(town=town, state=WaveState.OPEN).order_by("-number"))


def closed_waves(*, town: Town, limit: int = PAGE) -> list[Wave]:
    """Closed waves of a town, the newest first."""
    return list(waves().filter(town=town, state=WaveState.CLOSED).order_by("-number")[:limit])


def waves_of_town(*, town: Town, before: int | None = None, limit: int = PAGE) -> WavePage:
    """Open and closed waves of a town from the newest to the oldest; `before` is the last number seen."""
    found = waves().filter(town=town).exclude(state=WaveState.DRAFT).order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    rows = list(found[: limit + 1])
    return WavePage(items=rows[:limit], next_before=rows[limit - 1].number if len(rows) > limit else None)


def due_waves(*, on: date) -> list[UUID]:
    """Open waves of which even the last day for helpers has passed."""
    found = Wave.objects.filter(state=WaveState.OPEN, entry_date__lt=on).order_by("entry_date", "pk")
    return list(found.values_list("pk", flat=True))


def ended_waves() -> list[UUID]:
    """Waves that take no more answers and wait to be opened."""
    return list(Wave.objects.filter(state=WaveState.ENDED).order_by("pk").values_list("pk", flat=True))


def waves_with_keys() -> list[Wave]:
    """Closed waves whose key has not been destroyed for certain."""
    return list(Wave.objects.filter(state=WaveState.CLOSED).exclude(key_sha256=""))


def running_waves() -> list[UUID]:
    """Open waves that have begun or will: those whose coverage is counted."""
    return list(Wave.objects.filter(state=WaveState.OPEN).order_by("pk").values_list("pk", flat=True))


def list_version(slug: str) -> int:
    """Changes with every write of a town: for conditional pages whose address holds the town's slug."""
    return town_version(slug)


def wave_version(wave_id: UUID) -> int:
    """Changes with every write of the wave's town, answers excepted: nobody counts answers by watching a page."""
    town = Wave.objects.filter(pk=wave_id).values("town__slug")
    return int(Version.objects.filter(Q(town_slug="") | Q(town_slug__in=town)).aggregate(sum=Sum("number"))["sum"] or 0)
