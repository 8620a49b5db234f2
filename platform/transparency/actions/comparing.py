"""What the sequencer compares before it signs anything: the log as the database has it, with what was signed last.

Whoever signs, and whoever ends a log, asks here first. Nothing here writes; a difference is never explained away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.postgresql.asking import ask
from transparency.actions import watermark
from transparency.actions.watermark import Watermark
from transparency.queries.keys import origin_of
from transparency.queries.proofs import reader, tree_at
from transparency.rules.checkpoints import Checkpoint as Statement
from transparency.rules.checkpoints import open_checkpoint
from transparency.rules.encoding import HASH_BYTES
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import SignerKey, VerifierKey, parse_note
from transparency.rules.refusals import FormatError, RefusedError
from transparency.rules.tiles import Appender, TreeFromTiles
from transparency.states import Refusal

BATCH: Final = 4096
LOCK: Final = 1634953586  # the same number in sql/log.sql and sql/generations.sql


class StoppedError(Exception):
    """The log must not sign, and why."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Stand:
    """A log as the database has it: entries booked, what was signed, the keys that it ever signed with.

    `generation` is the one that goes on, `since` the index of the entry with which it began (-1: the first). Until it
    has signed, `size`, `root` and `note` are of the generation before.
    """

    log_id: int
    slug: str
    booked: int
    size: int
    root: bytes
    note: str
    keys: tuple[VerifierKey, ...]
    refusal: str
    generation: int
    since: int

    @property
    def origin(self) -> str:
        """The name under which it signs."""
        return origin_of(self.slug, self.generation)

    @property
    def origins_before(self) -> set[str]:
        """The names of the generations that were ended."""
        return {origin_of(self.slug, number) for number in range(1, self.generation)}

    @property
    def begun(self) -> bool:
        """Whether the generation that goes on has signed something."""
        return self.size > max(self.since, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """What may be signed next: the size, its root, the tiles that change, and when the oldest new entry was booked."""

    size: int
    root: bytes
    tiles: dict[tuple[int, int], bytes]
    oldest: datetime


def next_step(stand: Stand, *, key: SignerKey) -> Step | None:
    """What this log may sign next; None when nothing waits. Raises StoppedError where it must not sign."""
    if stand.refusal == Refusal.ENTRY_CHANGED:
        raise StoppedError(Refusal.ENTRY_CHANGED)
    compare(stand, current=key.verifier)
    if watermark.read_statement(stand.slug, stand.generation + 1) is not None:
        raise StoppedError(Refusal.OLDER_THAN_SIGNED)  # another copy of this database ended this log
    mark = watermark.read(stand.slug, stand.generation)
    read = reader(log_id=stand.log_id, size=stand.size)
    target = _target(stand, TreeFromTiles(size=stand.size, read=read), mark)
    if target == stand.size:
        return None
    leaves, oldest = _leaves(stand, target)
    appender = Appender(size=stand.size, read=read)  # the edge whose root was just compared
    tiles = appender.append(leaves)
    root = appender.root()
    if mark is not None and mark.size == target and mark.root != root:
        raise StoppedError(Refusal.OLDER_THAN_SIGNED)
    return Step(target, root, tiles, oldest)


def taken(slug: str) -> int | None:
    """The log's number once this transaction alone works on it; None when there is no such log, or another does."""
    rows = ask(
        "SELECT l.id, pg_try_advisory_xact_lock($1::integer, l.id) FROM transparency_log l WHERE l.slug = $2",
        [LOCK, slug],
    )
    return int(rows[0][0]) if rows and rows[0][1] else None


def stand_of(log_id: int, slug: str) -> Stand:
    [(booked, size, root, note, vkeys, refusal, generation, since)] = ask(
        "SELECT h.size, c.size, c.root, c.note, array(SELECT k.vkey FROM transparency_signingkey k"
        " WHERE k.log_id = h.log_id ORDER BY k.id), coalesce(s.refusal, ''), coalesce(g.number, 1),"
        " coalesce(g.since, -1) FROM transparency_head h"
        " LEFT JOIN LATERAL (SELECT * FROM transparency_checkpoint x WHERE x.log_id = h.log_id"
        " ORDER BY x.size DESC LIMIT 1) c ON true LEFT JOIN transparency_standing s ON s.log_id = h.log_id"
        " LEFT JOIN LATERAL (SELECT * FROM transparency_generation y WHERE y.log_id = h.log_id"
        " ORDER BY y.number DESC LIMIT 1) g ON true"
        " WHERE h.log_id = $1",
        [log_id],
    )
    keys = tuple(VerifierKey.parse(vkey) for vkey in vkeys)
    return Stand(
        log_id, slug, booked, size or 0, bytes(root or EMPTY_ROOT), note or "", keys, refusal, generation, since
    )


def compare(stand: Stand, *, current: VerifierKey) -> None:
    """The last checkpoint must be whole, ours by name, and signed by the key in use or by the one before it."""
    if not stand.size:
        return
    try:
        told = Statement.parse(parse_note(stand.note.encode()).text)
        if told.origin not in ({stand.origin} if stand.begun else stand.origins_before):
            raise StoppedError(Refusal.ORIGIN_DIFFERS)
        signed = open_checkpoint(data=stand.note.encode(), keys=stand.keys)
    except RefusedError as error:
        raise StoppedError(Refusal.KEY_DIFFERS) from error
    if current not in (signed.key, stand.keys[-1]):
        raise StoppedError(Refusal.KEY_DIFFERS)
    if (told.size, told.root) != (stand.size, stand.root):
        raise StoppedError(Refusal.ROOT_DIFFERS)


def _target(stand: Stand, tree: TreeFromTiles, mark: Watermark | None) -> int:
    """The size to sign next: what is booked, a batch at most; first of all the size that was signed before a crash."""
    try:
        whole = tree.root() == stand.root
    except FormatError:
        whole = False
    if not whole:
        raise StoppedError(Refusal.ROOT_DIFFERS)
    if stand.booked < stand.size:
        raise StoppedError(Refusal.OLDER_THAN_SIGNED)
    # The first signature of a generation covers the entry with which it begins, however much lies before it.
    most = max(stand.size + BATCH, stand.since + 1)
    if mark is None:
        if stand.begun:
            raise StoppedError(Refusal.STATE_MISSING)
        return min(stand.booked, most)
    if mark.origin != stand.origin:
        raise StoppedError(Refusal.ORIGIN_DIFFERS)
    if mark.size > stand.booked:
        raise StoppedError(Refusal.OLDER_THAN_SIGNED)
    if mark.size > stand.size:
        return mark.size
    known = stand.root if mark.size == stand.size else tree_at(log_id=stand.log_id, size=mark.size).root()
    if known != mark.root:
        raise StoppedError(Refusal.ROOT_DIFFERS)
    return min(stand.booked, most)


def _leaves(stand: Stand, target: int) -> tuple[list[bytes], datetime]:
    """The leaf hashes of the entries from the signed size on, and when the oldest was booked.

    PostgreSQL hashes (SHA-256 of 0x00 and the body), so that the bodies need not travel.
    """
    [(count, oldest, joined)] = ask(
        "SELECT count(*), min(e.booked_at), string_agg(sha256('\\x00'::bytea || e.body), ''::bytea ORDER BY e.index)"
        " FROM transparency_entry e WHERE e.log_id = $1 AND e.index >= $2 AND e.index < $3",
        [stand.log_id, stand.size, target],
    )
    if count != target - stand.size:
        raise StoppedError(Refusal.ENTRY_MISSING)
    hashes = bytes(joined)
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)], oldest
