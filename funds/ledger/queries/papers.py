"""What stands behind a line of the ledger, told by the rooms above, which this room does not know.

Each room registers a finder when it starts. A finder gives only what everybody may open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from funds.ledger.states import Kind


@dataclass(frozen=True, slots=True)
class Paper:
    """A page, document or photo: its name in the language of the request, and its address."""

    title: str | Promise
    url: str


Finder = Callable[[UUID], list[Paper]]
_finders: dict[Kind, Finder] = {}


def register(*, kinds: tuple[Kind, ...], finder: Finder) -> None:
    """From now on `finder(subject_id)` tells what stands behind transactions of these kinds."""
    for kind in kinds:
        _finders[kind] = finder


def papers_of(*, kind: Kind, subject_id: UUID | None) -> list[Paper]:
    """What may be opened about a transaction; nothing where no room knows its kind or it has no subject."""
    finder = _finders.get(kind)
    return finder(subject_id) if finder is not None and subject_id is not None else []
