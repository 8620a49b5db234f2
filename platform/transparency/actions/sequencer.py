"""The sequencer: takes a town's booked entries into the tree and signs the new checkpoint, in one transaction.

Two checkpoints that disagree would end all trust in the log. Before it extends a tree it therefore compares name, key
and root with the last signature, in the database and on disk, and refuses when anything differs. One works at a time.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from transparency.actions import watermark
from transparency.actions.watermark import Watermark
from transparency.models import Checkpoint, SigningKey, Standing
from transparency.queries.keys import log_key, origin_of
from transparency.queries.logs import Signed
from transparency.queries.proofs import reader, tree_at
from transparency.rules.checkpoints import Checkpoint as Statement
from transparency.rules.checkpoints import open_checkpoint, sign_checkpoint
from transparency.rules.encoding import HASH_BYTES
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import VerifierKey, parse_note
from transparency.rules.refusals import FormatError, RefusedError
from transparency.rules.tiles import Appender, TreeFromTiles
from transparency.states import Refusal

BATCH: Final = 4096
LOCK: Final = 1634953586  # the same number in sql/log.sql
_LONGEST_MS: Final = 2**31 - 1

logger = logging.getLogger(__name__)


class _RefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Stand:
    """A log as the database has it: entries booked, what was signed, the keys that it ever signed with."""

    log_id: int
    slug: str
    booked: int
    size: int
    root: bytes
    note: str
    keys: tuple[VerifierKey, ...]
    refusal: str


def integrate(*, slug: str, now: datetime) -> Signed | None:
    """Sign everything that is booked now, at most 4,096 entries a pass, and return the last checkpoint.

    What is booked meanwhile waits for the next call: a busy town must not keep the others waiting.
    None when nothing waits, another sequencer is at work, or the log refuses (kept in its standing, and logged as an
    error). Run without anything waiting it still compares what was signed: that is how an old backup is noticed.
    """
    last: Signed | None = None
    until: int | None = None
    while last is None or until is None or last.size < until:
        try:
            step, booked = _one_pass(slug, now)
        except _RefusedError as refusal:
            note_refusal(slug, refusal.why, now)
            return last
        if step is None:
            return last
        last, until = step, until or booked
    return last


@transaction.atomic
def _one_pass(slug: str, now: datetime) -> tuple[Signed | None, int]:
    """The new checkpoint, if there is something to sign, and how many entries were booked when this began."""
    log_id = _taken(slug)
    if log_id is None:
        return None, 0
    stand = _stand(log_id, slug)
    if stand.refusal == Refusal.ENTRY_CHANGED:
        raise _RefusedError(Refusal.ENTRY_CHANGED)
    key = log_key(slug)
    _compare(stand, current=key.verifier)
    mark = watermark.read(slug)
    read = reader(log_id=log_id, size=stand.size)
    target = _target(stand, TreeFromTiles(size=stand.size, read=read), mark)
    if stand.refusal:
        Standing.objects.filter(log_id=log_id).update(refusal=Refusal.NONE, refused_at=None)
    if target == stand.size:
        return None, stand.booked
    leaves, oldest = _leaves(stand, target)
    appender = Appender(size=stand.size, read=read)  # the edge whose root was just compared
    changed = appender.append(leaves)
    statement = Statement(origin=key.name, size=target, root=appender.root())
    if mark is not None and mark.size == target and mark.root != statement.root:
        raise _RefusedError(Refusal.OLDER_THAN_SIGNED)
    if key.verifier not in stand.keys:
        SigningKey.objects.create(log_id=log_id, vkey=key.verifier.vkey, since_size=stand.size, recorded_at=now)
    _write_tiles(log_id, changed)
    note = sign_checkpoint(checkpoint=statement, key=key).data.decode()
    waited = max(now - oldest, timedelta()) // timedelta(milliseconds=1)
    Checkpoint.objects.bulk_create(
        [
            Checkpoint(
                log_id=log_id,
                size=target,
                root=statement.root,
                note=note,
                signed_at=now,
                waited_ms=min(waited, _LONGEST_MS),
            )
        ]
    )
    # The last step before the commit: from here on an older database is recognised.
    watermark.write(slug, Watermark(origin=key.name, size=target, root=statement.root))
    return Signed(log_id, slug, target, statement.root, note, now), stand.booked


def _taken(slug: str) -> int | None:
    """The log's number once this transaction alone works on it; None when there is no such log, or another does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, pg_try_advisory_xact_lock(%s, l.id) FROM transparency_log l WHERE l.slug = %s", [LOCK, slug]
        )
        row = cursor.fetchone()
    return int(row[0]) if row and row[1] else None


def _stand(log_id: int, slug: str) -> _Stand:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.size, c.size, c.root, c.note, array(SELECT k.vkey FROM transparency_signingkey k"
            " WHERE k.log_id = h.log_id ORDER BY k.id), coalesce(s.refusal, '') FROM transparency_head h"
            " LEFT JOIN LATERAL (SELECT * FROM transparency_checkpoint x WHERE x.log_id = h.log_id"
            " ORDER BY x.size DESC LIMIT 1) c ON true LEFT JOIN transparency_standing s ON s.log_id = h.log_id"
            " WHERE h.log_id = %s",
            [log_id],
        )
        booked, size, root, note, vkeys, refusal = cursor.fetchone()
    keys = tuple(VerifierKey.parse(vkey) for vkey in vkeys)
    return _Stand(log_id, slug, booked, size or 0, bytes(root or EMPTY_ROOT), note or "", keys, refusal)


def _compare(stand: _Stand, *, current: VerifierKey) -> None:
    """The last checkpoint must be whole, ours by name, and signed by the key in use or by the one before it."""
    if not stand.size:
        return
    try:
        told = Statement.parse(parse_note(stand.note.encode()).text)
        if told.origin != origin_of(stand.slug):
            raise _RefusedError(Refusal.ORIGIN_DIFFERS)
        signed = open_checkpoint(data=stand.note.encode(), keys=stand.keys)
    except RefusedError as error:
        raise _RefusedError(Refusal.KEY_DIFFERS) from error
    if current not in (signed.key, stand.keys[-1]):
        raise _RefusedError(Refusal.KEY_DIFFERS)
    if (told.size, told.root) != (stand.size, stand.root):
        raise _RefusedError(Refusal.ROOT_DIFFERS)


def _target(stand: _Stand, tree: TreeFromTiles, mark: Watermark | None) -> int:
    """The size to sign next: what is booked, a batch at most; first of all the size that was signed before a crash."""
    try:
        whole = tree.root() == stand.root
    except FormatError:
        whole = False
    if not whole:
        raise _RefusedError(Refusal.ROOT_DIFFERS)
    if stand.booked < stand.size:
        raise _RefusedError(Refusal.OLDER_THAN_SIGNED)
    if mark is None:
        if stand.size:
            raise _RefusedError(Refusal.STATE_MISSING)
        return min(stand.booked, BATCH)
    if mark.origin != origin_of(stand.slug):
        raise _RefusedError(Refusal.ORIGIN_DIFFERS)
    if mark.size > stand.booked:
        raise _RefusedError(Refusal.OLDER_THAN_SIGNED)
    if mark.size > stand.size:
        return mark.size
    known = stand.root if mark.size == stand.size else tree_at(log_id=stand.log_id, size=mark.size).root()
    if known != mark.root:
        raise _RefusedError(Refusal.ROOT_DIFFERS)
    return min(stand.booked, stand.size + BATCH)


def _leaves(stand: _Stand, target: int) -> tuple[list[bytes], datetime]:
    """The leaf hashes of the entries from the signed size on, and when the oldest was booked.

    PostgreSQL hashes (SHA-256 of 0x00 and the body), so that the bodies need not travel.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(e.booked_at),"
            " string_agg(sha256('\\x00'::bytea || e.body), ''::bytea ORDER BY e.index)"
            " FROM transparency_entry e WHERE e.log_id = %s AND e.index >= %s AND e.index < %s",
            [stand.log_id, stand.size, target],
        )
        count, oldest, joined = cursor.fetchone()
    if count != target - stand.size:
        raise _RefusedError(Refusal.ENTRY_MISSING)
    hashes = bytes(joined)
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)], oldest


def _write_tiles(log_id: int, changed: dict[tuple[int, int], bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transparency_tile (log_id, level, index, hashes) SELECT %s, t.* FROM"
            " unnest(%s::smallint[], %s::bigint[], %s::bytea[]) AS t"
            " ON CONFLICT (log_id, level, index) DO UPDATE SET hashes = excluded.hashes",
            [log_id, [level for level, _ in changed], [index for _, index in changed], list(changed.values())],
        )


@transaction.atomic
def note_refusal(slug: str, why: Refusal, now: datetime) -> None:
    """Keep why a log signs nothing, and since when; its page shows it."""
    logger.error("The log of %s signs nothing: %s", slug, why.value)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transparency_standing (log_id, refusal, refused_at)"
            " SELECT l.id, %s, %s FROM transparency_log l WHERE l.slug = %s"
            " ON CONFLICT (log_id) DO UPDATE SET refusal = excluded.refusal, refused_at ="
            " CASE WHEN transparency_standing.refusal = excluded.refusal THEN transparency_standing.refused_at"
            " ELSE excluded.refused_at END",
            [why.value, now, slug],
        )


def adopt(*, slug: str) -> bool:
    """Record the database's last checkpoint as what was signed last, where that record is missing. An operator's word.

    False when a record exists or nothing was signed: an existing record is never overwritten.
    """
    with transaction.atomic():
        log_id = _taken(slug)
        if log_id is None or watermark.read(slug) is not None:
            return False
        stand = _stand(log_id, slug)
        if not stand.size:
            return False
        watermark.write(slug, Watermark(origin=origin_of(slug), size=stand.size, root=stand.root))
        return True
