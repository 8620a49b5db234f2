"""What a page about one booked thing says of its seal: whether a checkpoint covers it yet, and where its proof lies.

The links made here may carry personal values only where the caller says that the reader is the person concerned.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from transparency.queries.proofs import proof_file
from transparency.rules.links import to_link
from transparency.rules.proofs import parse_proof


@dataclass(frozen=True, slots=True)
class Seal:
    """An entry of a town's log. `signed_at` is when the first checkpoint that covers it was signed; None: not yet.

    `personal` is whether something about a person is kept behind it that its own proof can open.
    """

    slug: str
    index: int
    signed_at: datetime | None
    personal: bool


def seal_of(*, slug: str, index: int) -> Seal:
    """The seal of the entry at this index. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT c.signed_at FROM transparency_checkpoint c WHERE c.log_id = l.id AND c.size > %s"
            " ORDER BY c.size LIMIT 1), EXISTS (SELECT 1 FROM transparency_opening o WHERE o.log_id = l.id"
            " AND o.index = %s) FROM transparency_log l WHERE l.slug = %s",
            [index, index, slug],
        )
        signed_at, personal = cursor.fetchone() or (None, False)
    return Seal(slug=slug, index=index, signed_at=signed_at, personal=personal)


def proof_link(
    *,
    slug: str,
    index: int,
    with_openings: bool = False,
    fields: Collection[str] | None = None,
    lasting: bool = False,
) -> str:
    """The whole proof as the part of a link after `#`; see `proof_file`. Refuses what no checkpoint covers yet."""
    return to_link(parse_proof(proof_file(slug, index, with_openings=with_openings, fields=fields, lasting=lasting)))
