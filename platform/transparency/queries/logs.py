"""What is published of a log: its last checkpoint, tiles, entries and where an entry stands. One query each.

Nothing beyond the last signed size is ever given out: an entry is public when a checkpoint covers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.postgresql.asking import ask
from transparency.models import Checkpoint, Entry, Generation, Log, Topic
from transparency.queries.keys import origin_of
from transparency.rules.bundles import encode_bundle
from transparency.rules.encoding import HASH_BYTES
from transparency.rules.tiles import TILE_HEIGHT, TILE_WIDTH

NOT_THERE = "not_in_log"
LOST = "lost_with_ended_log"
_MOST_BITS = 63  # a size is a signed number of 64 bits: nothing is left of it beyond these


def _missing(sentence: Promise) -> NotFound:
    return NotFound(NOT_THERE, sentence)


def not_served(slug: str, generation: int, *, end: int, sentence: Promise) -> NotFound:
    """Why the entries before `end` are not shown as part of this generation: lost with the log that ended, or never
    there. One query."""
    ended = Generation.objects.filter(
        log_id__in=Log.objects.filter(slug=slug).values("id"), number=generation + 1, ended_size__gte=end
    )
    if ended.exists():
        return NotFound(LOST, _("This log was ended. It had signed this, but the database does not hold it any more."))
    return _missing(sentence)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as stored: its log's number and name, size, root, note (without cosignatures) and moment."""

    log_id: int
    slug: str
    size: int
    root: bytes
    note: str
    signed_at: datetime


def open_logs() -> list[str]:
    """The slugs of all towns that have a log, in order."""
    return list(Log.objects.order_by("slug").values_list("slug", flat=True))


def is_open(slug: str) -> bool:
    """Whether the town has a log."""
    return Log.objects.filter(slug=slug).exists()


def latest_checkpoint(slug: str) -> Signed | None:
    """The last checkpoint of a town's log, of whichever generation; None while nothing is signed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, c.size, c.root, c.note, c.signed_at FROM transparency_log l"
            " JOIN transparency_checkpoint c ON c.log_id = l.id WHERE l.slug = %s ORDER BY c.size DESC LIMIT 1",
            [slug],
        )
        row = cursor.fetchone()
    return Signed(row[0], slug, row[1], bytes(row[2]), row[3], row[4]) if row else None


def signed_in(slug: str, generation: int) -> Signed | None:
    """The last checkpoint of one generation of a town's log that is here; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, c.size, c.root, c.note, c.signed_at FROM transparency_log l JOIN transparency_checkpoint c"
            " ON c.log_id = l.id AND c.size = transparency_reach(l.id, %s) AND starts_with(c.note, %s)"
            " WHERE l.slug = %s",
            [generation, f"{origin_of(slug, generation)}\n", slug],
        )
        row = cursor.fetchone()
    return Signed(row[0], slug, row[1], bytes(row[2]), row[3], row[4]) if row else None


def checkpoint_at(slug: str, size: int) -> Signed | None:
    """The checkpoint of exactly this size, if one was signed."""
    row = Checkpoint.objects.filter(size=size, log_id__in=Log.objects.filter(slug=slug).values("id")).first()
    return Signed(row.log_id, slug, row.size, bytes(row.root), row.note, row.signed_at) if row else None


def cosignature_lines(*, log_id: int, size: int) -> list[str]:
    """What witnesses added below the checkpoint of that size, oldest first; each line ends with a newline."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line FROM transparency_cosignature WHERE log_id = %s AND size = %s ORDER BY at, witness",
            [log_id, size],
        )
        return [line for (line,) in cursor.fetchall()]


def checkpoint_note(slug: str, generation: int = 1) -> bytes:
    """The last checkpoint with the cosignatures that came so far, as published; of an ended log the one that it signed
    last, for ever. Refuses a log that signed nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT nullif(n.ended_note, '') FROM transparency_generation n"
            " WHERE n.log_id = l.id AND n.number = %s + 1),"
            " (SELECT c.note || coalesce((SELECT string_agg(w.line, '' ORDER BY w.at, w.witness)"
            " FROM transparency_cosignature w WHERE w.log_id = c.log_id AND w.size = c.size), '')"
            " FROM transparency_checkpoint c WHERE c.log_id = l.id AND c.size = transparency_reach(l.id, %s)"
            " AND starts_with(c.note, %s))) FROM transparency_log l WHERE l.slug = %s",
            [generation, generation, f"{origin_of(slug, generation)}\n", slug],
        )
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise _missing(_("This log has not signed anything yet."))
    return str(row[0]).encode()


def read_tile(*, log_id: int, level: int, index: int) -> bytes:
    """All hashes of a tile so far; empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hashes FROM transparency_tile WHERE log_id = %s AND level = %s AND index = %s",
            [log_id, level, index],
        )
        row = cursor.fetchone()
    return bytes(row[0]) if row else b""


def read_tiles(*, log_id: int, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Several tiles by (level, index) in one query; those that are not there are left out."""
    rows = ask(
        "SELECT t.level, t.index, t.hashes FROM transparency_tile t"
        " JOIN unnest($1::smallint[], $2::bigint[]) AS p(level, index) USING (level, index) WHERE t.log_id = $3",
        [[level for level, _ in places], [index for _, index in places], log_id],
    )
    return {(level, index): bytes(hashes) for level, index, hashes in rows}


def tile(slug: str, level: int, index: int, width: int = TILE_WIDTH, *, generation: int = 1) -> bytes:
    """The first `width` hashes of a tile (32 bytes each), as published. Refuses what the log has not reached."""
    reached = index * TILE_WIDTH + width
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(t.hashes FROM 1 FOR %s) FROM transparency_log l JOIN transparency_tile t"
            " ON t.log_id = l.id WHERE l.slug = %s AND t.level = %s AND t.index = %s"
            " AND transparency_reach(l.id, %s) >> %s >= %s",
            [width * HASH_BYTES, slug, level, index, generation, min(TILE_HEIGHT * level, _MOST_BITS), reached],
        )
        row = cursor.fetchone()
    if row is None or len(row[0]) != width * HASH_BYTES:
        end = reached << (TILE_HEIGHT * level)
        raise not_served(slug, generation, end=end, sentence=_("The log has no such tile."))
    return bytes(row[0])


def bundle(slug: str, index: int, width: int = TILE_WIDTH, *, generation: int = 1) -> bytes:
    """The first `width` entries under level-0 tile `index`, as published. Refuses what no checkpoint covers yet."""
    first = index * TILE_WIDTH
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.body FROM transparency_log l JOIN transparency_entry e ON e.log_id = l.id"
            " WHERE l.slug = %s AND e.index >= %s AND e.index < %s AND transparency_reach(l.id, %s) >= %s"
            " ORDER BY e.index",
            [slug, first, first + width, generation, first + width],
        )
        bodies = [bytes(body) for (body,) in cursor.fetchall()]
    if len(bodies) != width:
        raise not_served(slug, generation, end=first + width, sentence=_("The log has no such entries."))
    return encode_bundle(bodies)


def entry_at(slug: str, index: int) -> Entry:
    """One entry, signed already or not. Refuses an index that the log has not reached."""
    found = Entry.objects.filter(log_id__in=Log.objects.filter(slug=slug).values("id"), index=index).first()
    if found is None:
        raise _missing(_("The log has no such entry."))
    return found


def index_of(ref: UUID) -> int | None:
    """The index of the first entry about a thing (decision, approval ...); None when there is none."""
    return Topic.objects.filter(ref=ref).order_by("index").values_list("index", flat=True).first()


def entries_about(ref: UUID) -> list[Entry]:
    """All entries about a thing, oldest first; at most a hundred."""
    about = Topic.objects.filter(ref=ref, log_id=OuterRef("log_id"), index=OuterRef("index"))
    return list(Entry.objects.filter(Exists(about)).order_by("index")[:100])


def waiting_logs() -> list[str]:
    """Towns whose log has entries that no checkpoint covers, without those that refuse to sign. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.slug FROM transparency_head h JOIN transparency_log l ON l.id = h.log_id"
            " LEFT JOIN transparency_standing s ON s.log_id = h.log_id"
            " WHERE coalesce(s.refusal, '') = '' AND h.size > coalesce((SELECT c.size FROM transparency_checkpoint c"
            " WHERE c.log_id = h.log_id ORDER BY c.size DESC LIMIT 1), 0) ORDER BY l.slug"
        )
        return [slug for (slug,) in cursor.fetchall()]
