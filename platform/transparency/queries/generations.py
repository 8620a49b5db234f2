"""Which generation of a town's log goes on, and which were ended: their names, last checkpoints and statements.

An ended log is shown as it was for ever. Nothing here may show an entry of the database as one of an ended log unless
that log had signed it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from transparency.models import Generation, Log
from transparency.queries.keys import log_key, origin_of, url_of
from transparency.queries.logs import NOT_THERE
from transparency.rules.notes import VerifierKey


@dataclass(frozen=True, slots=True)
class Ended:
    """A log that was ended: it had signed `size` entries under `root`, `kept` of them go on in the log `successor`."""

    origin: str
    address: str
    size: int
    root: bytes
    kept: int
    at: datetime
    successor: str
    successor_address: str

    @property
    def lost(self) -> int:
        """How many of its signed entries are not here."""
        return self.size - self.kept


def generation_of(slug: str) -> int:
    """The number of the generation that goes on: 1 unless the log was begun anew. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(g.number), 1) FROM transparency_log l"
            " JOIN transparency_generation g ON g.log_id = l.id WHERE l.slug = %s",
            [slug],
        )
        return int(cursor.fetchone()[0])


def generations() -> dict[str, int]:
    """Of every town that has a log, the generation that goes on. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.slug, coalesce(max(g.number), 1) FROM transparency_log l"
            " LEFT JOIN transparency_generation g ON g.log_id = l.id GROUP BY l.slug ORDER BY l.slug"
        )
        return dict(cursor.fetchall())


def log_url(slug: str) -> str:
    """Where the log of a town that goes on is read."""
    return url_of(slug, generation_of(slug))


def ended_logs(*slugs: str) -> dict[str, list[Ended]]:
    """The ended logs of these towns (of all without a name), oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.slug, g.number, g.ended_size, g.ended_root, g.kept, g.begun_at FROM transparency_generation g"
            " JOIN transparency_log l ON l.id = g.log_id"
            " WHERE cardinality(%s::text[]) = 0 OR l.slug = ANY(%s) ORDER BY l.slug, g.number",
            [list(slugs), list(slugs)],
        )
        rows = cursor.fetchall()
    found: dict[str, list[Ended]] = {}
    for slug, number, size, root, kept, at in rows:
        found.setdefault(slug, []).append(
            Ended(
                origin=origin_of(slug, number - 1),
                address=url_of(slug, number - 1),
                size=size,
                root=bytes(root),
                kept=kept,
                at=at,
                successor=origin_of(slug, number),
                successor_address=url_of(slug, number),
            )
        )
    return found


def after(slug: str, generation: int) -> Generation | None:
    """The generation that followed this one; None when it goes on itself."""
    logs = Log.objects.filter(slug=slug).values("id")
    return Generation.objects.filter(log_id__in=logs, number=generation + 1).first()


def statement_of(slug: str, generation: int) -> bytes:
    """The signed statement with which this generation was ended. Refuses one that goes on."""
    found = after(slug, generation)
    if found is None:
        raise NotFound(NOT_THERE, _("This log was not ended."))
    return found.statement.encode()


def keys_before(slug: str, generation: int) -> list[VerifierKey]:
    """Every key with which the town's logs before this generation ever signed: their proofs are checked with these."""
    if generation == 1:
        return []
    _number, keys = _keys(slug) or (1, [])
    return [key for key in keys if key.name != origin_of(slug, generation)]


def published_keys(slug: str, generation: int) -> list[VerifierKey]:
    """The key of one generation; of an ended one each that it ever signed with. Refuses a log that has signed nothing.
    One query."""
    number, keys = _keys(slug) or (0, [])
    if generation > number:
        raise NotFound(NOT_THERE, _("This log has not signed anything yet."))
    own = [key for key in keys if key.name == origin_of(slug, generation)]
    return own if own and generation < number else [log_key(slug, generation).verifier]


def _keys(slug: str) -> tuple[int, list[VerifierKey]] | None:
    """The generation that goes on, and all keys of all generations; None where nothing was ever signed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(g.number) FROM transparency_generation g WHERE g.log_id = l.id), 1),"
            " array(SELECT k.vkey FROM transparency_signingkey k WHERE k.log_id = l.id ORDER BY k.id)"
            " FROM transparency_log l WHERE l.slug = %s"
            " AND EXISTS (SELECT 1 FROM transparency_signingkey s WHERE s.log_id = l.id)",
            [slug],
        )
        row = cursor.fetchone()
    return (row[0], [VerifierKey.parse(vkey) for vkey in row[1]]) if row else None
