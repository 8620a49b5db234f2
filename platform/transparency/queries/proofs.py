"""Proof files: one entry with its way to a signed root, to be checked without us.

A file for the public must never hold openings: they are the personal values behind an entry's commitments.
"""

from collections.abc import Collection

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from transparency.models import Opening as KeptOpening
from transparency.queries.logs import (
    NOT_THERE,
    Signed,
    checkpoint_at,
    cosignature_lines,
    entry_at,
    latest_checkpoint,
    not_served,
    read_tile,
    read_tiles,
    signed_in,
)
from transparency.rules.encoding import to_base64
from transparency.rules.proofs import Extra, Opening, ProofFile, format_extra, format_proof
from transparency.rules.tiles import TILE_HEIGHT, TILE_WIDTH, ReadTile, TreeFromTiles


def reader(*, log_id: int, size: int, leaf: int | None = None) -> ReadTile:
    """Reads a log's tiles: one query for the right edge and the tiles above `leaf`, others as they are needed."""
    places: set[tuple[int, int]] = set()
    level = 0
    while count := size >> (TILE_HEIGHT * level):
        places.add((level, (count - 1) // TILE_WIDTH))
        if leaf is not None:
            places.add((level, leaf >> (TILE_HEIGHT * (level + 1))))
        level += 1
    known = read_tiles(log_id=log_id, places=sorted(places)) if places else {}

    def read(level: int, index: int) -> bytes:
        return known.get((level, index)) or read_tile(log_id=log_id, level=level, index=index)

    return read


def tree_at(*, log_id: int, size: int, leaf: int | None = None) -> TreeFromTiles:
    """The log's tree as it was at `size` entries, at most what is signed."""
    return TreeFromTiles(size=size, read=reader(log_id=log_id, size=size, leaf=leaf))


def _confirmed_size(log_id: int) -> int:
    """The size of the newest checkpoint of the log that goes on which some witness confirmed; 0 when none did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(w.size), 0) FROM transparency_cosignature w WHERE w.log_id = %s AND w.size >"
            " coalesce((SELECT max(g.since) FROM transparency_generation g WHERE g.log_id = w.log_id), 0)",
            [log_id],
        )
        return int(cursor.fetchone()[0])


def covering(slug: str, index: int) -> Signed:
    """The checkpoint that a proof leads to: the newest that a witness confirmed, if it covers the entry, else the last.

    Refuses an entry that no checkpoint covers yet.
    """
    last = latest_checkpoint(slug)
    if last is None or not 0 <= index < last.size:
        raise NotFound(NOT_THERE, _("This entry is not signed yet. Try again in a few seconds."))
    return _confirmed(last, index)


def _confirmed(last: Signed, index: int) -> Signed:
    """The newest checkpoint over the entry that a witness confirmed, else this one. Of a log that goes on: what was
    confirmed of one that ended lies below, and what is confirmed of the next one above."""
    confirmed = _confirmed_size(last.log_id)
    return (checkpoint_at(last.slug, confirmed) if index < confirmed < last.size else None) or last


def covering_in(slug: str, index: int, generation: int) -> Signed:
    """The checkpoint of one generation, at its own address, that a proof of the entry leads to. Refuses an entry that
    is not known to be one of this generation's."""
    found = signed_in(slug, generation)
    if found is None or not 0 <= index < found.size:
        raise not_served(slug, generation, end=index + 1, sentence=_("This log has no such entry."))
    return _confirmed(found, index)


def first_covering(slug: str, index: int) -> Signed:
    """The checkpoint that a printed proof leads to: the first over the entry that a witness confirmed, else the first.

    It stays the same however the log grows. Refuses an entry that no checkpoint covers yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.size FROM transparency_log l JOIN transparency_checkpoint c ON c.log_id = l.id AND c.size > %s"
            " WHERE l.slug = %s ORDER BY NOT EXISTS (SELECT 1 FROM transparency_cosignature w"
            " WHERE w.log_id = c.log_id AND w.size = c.size), c.size LIMIT 1",
            [index, slug],
        )
        row = cursor.fetchone()
    found = checkpoint_at(slug, row[0]) if row and index >= 0 else None
    if found is None:
        raise NotFound(NOT_THERE, _("This entry is not signed yet. Try again in a few seconds."))
    return found


def openings_of(slug: str, index: int, *, fields: Collection[str] | None = None) -> list[Opening]:
    """What stands behind the entry's commitments and was not erased. Only for whom the entry concerns.

    `fields`: which of them concern that person; None means all.
    """
    kept = KeptOpening.objects.filter(log_id=entry_at(slug, index).log_id, index=index).order_by("field")
    if fields is not None:
        kept = kept.filter(field__in=fields)
    return [Opening(field=one.field, key=to_base64(bytes(one.key)), value=one.value) for one in kept]


def published_proof(slug: str, index: int, *, generation: int = 1) -> bytes:
    """The `.tlog-proof` at the address of one generation, without anything personal."""
    return _file(slug, index, covering_in(slug, index, generation), ())


def proof_file(
    slug: str, index: int, *, with_openings: bool = False, fields: Collection[str] | None = None, lasting: bool = False
) -> bytes:
    """The `.tlog-proof` of an entry. `with_openings` adds personal values: for the person's own receipt alone, and of
    the named `fields` alone where the entry concerns several people.

    `lasting` leads to the first checkpoint instead of the newest: the same bytes however the log grows.
    """
    signed = first_covering(slug, index) if lasting else covering(slug, index)
    return _file(slug, index, signed, tuple(openings_of(slug, index, fields=fields)) if with_openings else ())


def _file(slug: str, index: int, signed: Signed, openings: tuple[Opening, ...]) -> bytes:
    body = bytes(entry_at(slug, index).body)
    lines = "".join(cosignature_lines(log_id=signed.log_id, size=signed.size))
    return format_proof(
        ProofFile(
            index=index,
            proof=tuple(tree_at(log_id=signed.log_id, size=signed.size, leaf=index).inclusion_proof(index=index)),
            checkpoint=(signed.note + lines).encode(),
            extra=format_extra(Extra(entry=body, openings=openings)),
        )
    )
