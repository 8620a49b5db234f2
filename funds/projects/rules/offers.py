"""How an offer of skills or goods moves. It is thanked for whatever becomes of it, and never counted as money. Pure."""

from typing import Final

from funds.projects.states import OfferState

_MOVES: Final = {
    OfferState.OFFERED: frozenset({OfferState.ACCEPTED, OfferState.DECLINED, OfferState.WITHDRAWN}),
    OfferState.ACCEPTED: frozenset({OfferState.DELIVERED, OfferState.DECLINED, OfferState.WITHDRAWN}),
    OfferState.DELIVERED: frozenset[OfferState](),
    OfferState.DECLINED: frozenset[OfferState](),
    OfferState.WITHDRAWN: frozenset[OfferState](),
}
# What everybody may see: what stands open, what is agreed and what was given. The rest is between two people.
PUBLIC: Final = (OfferState.OFFERED, OfferState.ACCEPTED, OfferState.DELIVERED)


def may_move(old: OfferState, new: OfferState) -> bool:
    """Whether an offer may go from one state to the other."""
    return new in _MOVES[old]
