"""Reading signed entries again: does what is stored still give the hashes that were signed?

Whoever has all rights in the database can change a stored entry. This notices it and stops the log, which only an
operator's word starts again. It must never mend anything: what was changed is evidence.
"""

import logging
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from audit.actions import record
from transparency.actions.sequencer import note_refusal
from transparency.models import Log, Standing
from transparency.queries.logs import latest_checkpoint
from transparency.states import Refusal

_TILES: Final = 64  # read at a time: 16,384 entries
_WIDTH: Final = 256
# The first tile of level 0 whose hashes are not those of the stored entries under it, and the first such entry.
_DIFFERING = """
SELECT t.index * 256 + coalesce((
           SELECT min(n.place) FROM generate_series(0, octet_length(t.hashes) / 32 - 1) AS n(place)
             LEFT JOIN transparency_entry e ON e.log_id = t.log_id AND e.index = t.index * 256 + n.place
            WHERE e.body IS NULL
               OR sha256('\\x00'::bytea || e.body) <> substring(t.hashes FROM n.place * 32 + 1 FOR 32)), 0)
  FROM transparency_tile t CROSS JOIN LATERAL (
       SELECT string_agg(sha256('\\x00'::bytea || e.body), ''::bytea ORDER BY e.index) AS hashes
         FROM transparency_entry e
        WHERE e.log_id = t.log_id AND e.index >= t.index * 256
          AND e.index < t.index * 256 + octet_length(t.hashes) / 32) own
 WHERE t.log_id = %s AND t.level = 0 AND t.index >= %s AND t.index < %s AND own.hashes IS DISTINCT FROM t.hashes
 ORDER BY t.index LIMIT 1"""

logger = logging.getLogger(__name__)


def _first_changed(slug: str) -> int | None:
    signed = latest_checkpoint(slug)
    if signed is None:
        return None
    for first in range(0, -(-signed.size // _WIDTH), _TILES):
        with connection.cursor() as cursor:
            cursor.execute(_DIFFERING, [signed.log_id, first, first + _TILES])
            row = cursor.fetchone()
        if row is not None:
            return int(row[0])
    return None


def reread(*, slug: str, now: datetime) -> int | None:
    """The first signed entry of a log whose stored bytes are not what was signed; None when all are.

    Where there is one the log refuses to sign from here on, until `release` finds everything as it was signed.
    """
    changed = _first_changed(slug)
    if changed is not None:
        logger.error("Entry %s of the log of %s is not what was signed", changed, slug)
        note_refusal(slug, Refusal.ENTRY_CHANGED, now)
    return changed


def release(*, slug: str, now: datetime) -> int | None:
    """An operator's word, after the entry was restored: read all again, and sign again where all is right.

    Gives the first entry that is still wrong; then the log goes on refusing.
    """
    changed = reread(slug=slug, now=now)
    if changed is not None:
        return changed
    with transaction.atomic():
        log = Log.objects.get(slug=slug)
        freed = Standing.objects.filter(log_id=log.pk, refusal=Refusal.ENTRY_CHANGED)
        if freed.update(refusal=Refusal.NONE, refused_at=None):
            record(
                now=now,
                actor_id=None,
                town_slug=slug,
                action="transparency.release",
                object_type="log",
                object_id=log.pk,
            )
    return None
