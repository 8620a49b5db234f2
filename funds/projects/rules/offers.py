"""How an offer of skills or goods moves, and which projects it may suit. It is thanked for whatever becomes of it, and
never counted as money. Pure.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from funds.projects.states import OfferState
from towns.rules.spelling import fold

_STEM: Final = 5
"""Letters by which two forms of one word are taken for the same: endings of Kazakh, Russian and German come after."""

_MOVES: Final = {
    OfferState.OFFERED: frozenset({OfferState.ACCEPTED, OfferState.DECLINED, OfferState.WITHDRAWN}),
    OfferState.ACCEPTED: frozenset({OfferState.DELIVERED, OfferState.DECLINED, OfferState.WITHDRAWN}),
    OfferState.DELIVERED: frozenset[OfferState](),
    OfferState.DECLINED: frozenset[OfferState](),
    OfferState.WITHDRAWN: frozenset[OfferState](),
}
# What everybody may see: what stands open, what is agreed and what was given. The rest is between two people.
PUBLIC: Final = (OfferState.OFFERED, OfferState.ACCEPTED, OfferState.DELIVERED)


def likely_projects(*, offer: str, projects: Mapping[UUID, str]) -> dict[UUID, tuple[str, ...]]:
    """Projects that share words with an offer, most of them first, with the offer's words as folded. A word that all of
    several projects share tells none apart and does not count; nor do words of fewer than five letters."""
    words = {key: {word[:_STEM] for word in _words(text)} for key, text in projects.items()}
    common = set.intersection(*words.values()) if len(words) > 1 else set()
    found = {
        key: tuple(dict.fromkeys(word for word in _words(offer) if word[:_STEM] in stems - common))
        for key, stems in words.items()
    }
    return {key: found[key] for key in sorted(found, key=lambda key: (-len(found[key]), key)) if found[key]}


def _words(text: str) -> list[str]:
    return [word for word in fold(text).split() if len(word) >= _STEM]


def may_move(old: OfferState, new: OfferState) -> bool:
    """Whether an offer may go from one state to the other."""
    return new in _MOVES[old]
