"""What the pages about the public log show: which logs there are, with their keys and towns, and the state of one.

Reads only. Town names are joined here, because the log itself stands below the towns and knows slugs alone.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.db.models import Count, Subquery

from towns.models import Town
from transparency.models import Checkpoint, Cosignature, Entry, Log, Topic
from transparency.queries import Ended, ended_logs, log_state, open_logs, policy_file
from transparency.queries.states import LogState
from transparency.states import Kind

ENTRIES_ON_A_PAGE = 25
CHECKPOINTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log that the verify page goes by: its policy file, and its last checkpoint when the page was made. `ended`
    are the logs that it follows, whose keys stand in the policy too."""

    slug: str
    town: str
    policy: str
    size: int
    root: str  # base64; empty while nothing is signed
    ended: tuple[Ended, ...] = ()

    @property
    def ended_json(self) -> str:
        """The ended logs for the browser: origin, size, root (base64), kept, the moment and the log that follows."""
        return json.dumps(
            [
                {
                    "origin": one.origin,
                    "size": one.size,
                    "root": base64.b64encode(one.root).decode(),
                    "kept": one.kept,
                    "at": one.at.isoformat(),
                    "next": one.successor,
                }
                for one in self.ended
            ]
        )


def logs_version() -> str:
    """Changes with every new log, key and checkpoint. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(c.size), (SELECT max(id) FROM transparency_signingkey),"
            " (SELECT count(*) FROM transparency_generation) FROM transparency_log l"
            " LEFT JOIN LATERAL (SELECT size FROM transparency_checkpoint k WHERE k.log_id = l.id"
            " ORDER BY size DESC LIMIT 1) c ON true"
        )
        return str(cursor.fetchone())


def log_version(slug: str, **kwargs: object) -> str:
    """Changes with every entry, checkpoint, confirmation and answer of a witness of one log. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.size, (SELECT max(size) FROM transparency_checkpoint c WHERE c.log_id = l.id),"
            " (SELECT max(a.at) FROM transparency_asked a WHERE a.log_id = l.id),"
            " (SELECT s.refusal FROM transparency_standing s WHERE s.log_id = l.id),"
            " (SELECT count(*) FROM transparency_generation g WHERE g.log_id = l.id)"
            " FROM transparency_log l JOIN transparency_head h ON h.log_id = l.id WHERE l.slug = %s",
            [slug],
        )
        return str(cursor.fetchone())


def town_names(slugs: Iterable[str], *, language: str) -> dict[str, str]:
    """Names of towns by slug in a language. One query."""
    return {town.slug: town.name_in(language) for town in Town.objects.filter(slug__in=list(slugs))}


@lru_cache(maxsize=4)
def _policies(slugs: tuple[str, ...], _newest_key: int, _told: str) -> dict[str, str]:
    # A policy depends on the logs that exist, the keys and a file read at the start: the arguments name all three.
    return {slug: policy_file(slug).decode() for slug in slugs}


def known_logs(*, language: str) -> list[KnownLog]:
    """Every log with its policy and last checkpoint, ordered by the towns' names. Four queries when nothing is new."""
    slugs = tuple(open_logs())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.slug, c.size, c.root, (SELECT coalesce(max(id), 0) FROM transparency_signingkey)"
            " FROM transparency_log l LEFT JOIN LATERAL (SELECT size, root FROM transparency_checkpoint k"
            " WHERE k.log_id = l.id AND k.size > coalesce((SELECT max(g.since) FROM transparency_generation g"
            " WHERE g.log_id = l.id), 0) ORDER BY size DESC LIMIT 1) c ON true"
        )
        rows = cursor.fetchall()
    last = {slug: (size, base64.b64encode(root).decode()) for slug, size, root, _key in rows if size}
    newest_key = max((key for *_rest, key in rows), default=0)
    policies = _policies(slugs, newest_key, settings.LOG_POLICY_FILE)
    names = town_names(slugs, language=language)
    ended = ended_logs()
    found = [
        KnownLog(slug, names.get(slug, slug), policies[slug], *last.get(slug, (0, "")), tuple(ended.get(slug, ())))
        for slug in slugs
    ]
    return sorted(found, key=lambda log: log.town)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as the state page lists it; `sealed` is whether a checkpoint covers it."""

    index: int
    kind: Kind
    booked_at: datetime
    sealed: bool


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A checkpoint with the number of witnesses that confirmed it."""

    size: int
    root: str
    signed_at: datetime
    witnesses: int


@dataclass(frozen=True, slots=True)
class LogPage:
    """The state of a log, the newest checkpoints (oldest first), one page of entries (newest first), the last sign."""

    state: LogState
    checkpoints: list[CheckpointLine]
    entries: list[EntryLine]
    newer: int | None  # ask for entries after this index
    older: int | None  # ask for entries before this index
    heartbeat: datetime | None


def log_page(slug: str, *, now: datetime, before: int | None = None, after: int | None = None) -> LogPage:
    """Everything on the page of one log. Refuses a town that has none. Ten queries at most."""
    state = log_state(slug, now=now)
    log_id = Log.objects.values_list("id", flat=True).get(slug=slug)
    entries = _entries(log_id, state, before=before, after=after)
    beat = Topic.objects.filter(log_id=log_id, day__isnull=False).order_by("-day").values("index")[:1]
    pulse = Entry.objects.filter(log_id=log_id, index=Subquery(beat))
    return LogPage(
        state=state,
        checkpoints=_checkpoints(log_id),
        entries=entries,
        newer=entries[0].index if entries and entries[0].index < state.booked - 1 else None,
        older=entries[-1].index if entries and entries[-1].index > 0 else None,
        heartbeat=pulse.values_list("booked_at", flat=True).first(),
    )


def _entries(log_id: int, state: LogState, *, before: int | None, after: int | None) -> list[EntryLine]:
    # Indexes are gap-free: a page is a range, however long the log is.
    top = state.booked if before is None else min(before, state.booked)
    if after is not None:
        top = min(state.booked, after + 1 + ENTRIES_ON_A_PAGE)
    rows = Entry.objects.filter(log_id=log_id, index__lt=top, index__gte=top - ENTRIES_ON_A_PAGE)
    found = rows.order_by("-index").values_list("index", "kind", "booked_at")
    return [EntryLine(index, Kind(kind), at, index < state.signed) for index, kind, at in found]


def _checkpoints(log_id: int) -> list[CheckpointLine]:
    newest = list(Checkpoint.objects.filter(log_id=log_id).order_by("-size")[:CHECKPOINTS_SHOWN])
    counted = (
        Cosignature.objects.filter(log_id=log_id, size__in=[one.size for one in newest])
        .values("size")
        .annotate(found=Count("witness"))
    )
    witnesses = {row["size"]: row["found"] for row in counted}
    return [
        CheckpointLine(one.size, base64.b64encode(bytes(one.root)).decode(), one.signed_at, witnesses.get(one.size, 0))
        for one in reversed(newest)
    ]
