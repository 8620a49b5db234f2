"""What a page about one booked thing says of its seal: whether a checkpoint covers it yet, and where its proof lies.

The links made here may carry personal values only where the caller says that the reader is the person concerned.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from transparency.queries.proofs import proof_file
from transparency.rules.links import to_link
from transparency.rules.proofs import parse_proof


@dataclass(frozen=True, slots=True)
class Seal:
    """An entry of a town's log. `signed_at` is when the first checkpoint that covers it was signed; None: not yet."""

    slug: str
    index: int
    signed_at: datetime | None


def seal_of(*, slug: str, index: int) -> Seal:
    """The seal of the entry at this index. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.signed_at FROM transparency_log l JOIN transparency_checkpoint c ON c.log_id = l.id"
            " WHERE l.slug = %s AND c.size > %s ORDER BY c.size LIMIT 1",
            [slug, index],
        )
        row = cursor.fetchone()
    return Seal(slug=slug, index=index, signed_at=row[0] if row else None)


def proof_link(*, slug: str, index: int, with_openings: bool = False) -> str:
    """The whole proof as the part of a link after `#`. Refuses an entry that no checkpoint covers yet."""
    return to_link(parse_proof(proof_file(slug, index, with_openings=with_openings)))
