"""The sequencer: takes a town's booked entries into the tree and signs the new checkpoint, in one transaction.

Two checkpoints that disagree would end all trust in the log. Before it extends a tree it therefore compares name, key
and root with the last signature, in the database and on disk, and refuses when anything differs. One works at a time.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from common.postgresql.asking import ask
from transparency.actions import watermark
from transparency.actions.comparing import StoppedError, next_step, stand_of, taken
from transparency.actions.watermark import Watermark
from transparency.models import Generation, SigningKey, Standing
from transparency.queries.keys import log_key, origin_of
from transparency.queries.logs import Signed
from transparency.rules.checkpoints import Checkpoint as Statement
from transparency.rules.checkpoints import sign_checkpoint
from transparency.states import Refusal

_LONGEST_MS: Final = 2**31 - 1
_KEEP: Final = (
    "WITH tiles AS (INSERT INTO transparency_tile (log_id, level, index, hashes)"
    " SELECT $1, t.* FROM unnest($2::smallint[], $3::bigint[], $4::bytea[]) AS t"
    " ON CONFLICT (log_id, level, index) DO UPDATE SET hashes = excluded.hashes)"
    " INSERT INTO transparency_checkpoint (log_id, size, root, note, signed_at, waited_ms)"
    " VALUES ($1, $5, $6, $7, $8, $9) RETURNING size"
)

logger = logging.getLogger(__name__)


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
        except StoppedError as refusal:
            note_refusal(slug, refusal.why, now)
            return last
        if step is None:
            return last
        last, until = step, until or booked
    return last


@transaction.atomic
def _one_pass(slug: str, now: datetime) -> tuple[Signed | None, int]:
    """The new checkpoint, if there is something to sign, and how many entries were booked when this began."""
    log_id = taken(slug)
    if log_id is None:
        return None, 0
    stand = stand_of(log_id, slug)
    key = log_key(slug, stand.generation)
    step = next_step(stand, key=key)
    if stand.refusal:
        Standing.objects.filter(log_id=log_id).update(refusal=Refusal.NONE, refused_at=None)
    if step is None:
        return None, stand.booked
    statement = Statement(origin=key.name, size=step.size, root=step.root)
    if key.verifier not in stand.keys:
        SigningKey.objects.create(log_id=log_id, vkey=key.verifier.vkey, since_size=stand.size, recorded_at=now)
    note = sign_checkpoint(checkpoint=statement, key=key).data.decode()
    waited = max(now - step.oldest, timedelta()) // timedelta(milliseconds=1)
    places = list(step.tiles)
    ask(
        _KEEP,
        [
            log_id,
            [level for level, _ in places],
            [index for _, index in places],
            list(step.tiles.values()),
            *(step.size, step.root, note, now, min(waited, _LONGEST_MS)),
        ],
    )
    # The last step before the commit: from here on an older database is recognised.
    watermark.write(slug, Watermark(origin=key.name, size=step.size, root=step.root), stand.generation)
    return Signed(log_id, slug, step.size, step.root, note, now), stand.booked


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

    With it comes back what is recorded of the logs that ended before it. False when a record exists or nothing was
    signed: an existing record is never overwritten.
    """
    with transaction.atomic():
        log_id = taken(slug)
        if log_id is None:
            return False
        stand = stand_of(log_id, slug)
        if not stand.begun or watermark.read(slug, stand.generation) is not None:
            return False
        for one in Generation.objects.filter(log_id=log_id).order_by("number"):
            _remember_ended(slug, one)
        watermark.write(slug, Watermark(stand.origin, stand.size, stand.root), stand.generation)
        return True


def _remember_ended(slug: str, one: Generation) -> None:
    before = one.number - 1
    if watermark.read_statement(slug, one.number) is None:
        watermark.write_statement(slug, one.number, one.statement)
    if one.ended_size and watermark.read(slug, before) is None:
        watermark.write(slug, Watermark(origin_of(slug, before), one.ended_size, bytes(one.ended_root)), before)
