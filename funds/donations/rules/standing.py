"""What a gift has come to, told from its own state, its refunds and its disputes; and how each of these moves. Pure.

Each facet moves forward only: a received gift stays received, a decided dispute stays decided, a refund that failed
stays failed. What is told of the whole follows from the facets and from nothing else.
"""

from collections.abc import Sequence
from typing import Final

from funds.donations.states import DisputeState, GiftState, RefundState, Standing
from funds.payments.rules import DisputeStatus, RefundStatus

_REFUND_MOVES: Final = {
    RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED, RefundState.CANCELED}),
    RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset[RefundState](),
    RefundState.CANCELED: frozenset[RefundState](),
}
_DISPUTE_MOVES: Final = {
    DisputeState.WARNING: frozenset(
        {DisputeState.OPEN, DisputeState.WON, DisputeState.LOST, DisputeState.AVERTED},
    ),
    DisputeState.OPEN: frozenset({DisputeState.WON, DisputeState.LOST, DisputeState.AVERTED}),
    # A lost dispute may be won on appeal; a won one stays won.
    DisputeState.LOST: frozenset({DisputeState.WON}),
    DisputeState.WON: frozenset[DisputeState](),
    DisputeState.AVERTED: frozenset[DisputeState](),
}
_REFUND_STATES: Final = {
    RefundStatus.PENDING: RefundState.PENDING,
    RefundStatus.SUCCEEDED: RefundState.SUCCEEDED,
    RefundStatus.FAILED: RefundState.FAILED,
    RefundStatus.CANCELED: RefundState.CANCELED,
}
_OF_REFUNDS: Final = {
    RefundState.PENDING: Standing.REFUND_PENDING,
    RefundState.FAILED: Standing.REFUND_FAILED,
}
_OF_DISPUTES: Final = {
    DisputeState.WARNING: Standing.DISPUTED,
    DisputeState.OPEN: Standing.DISPUTED,
    DisputeState.LOST: Standing.DISPUTE_LOST,
    DisputeState.WON: Standing.DISPUTE_WON,
    DisputeState.AVERTED: Standing.SUCCEEDED,
}
# Higher tells more: what stands highest among the facets is what is told.
_ORDER: Final = (
    Standing.SUCCEEDED,
    Standing.WARNED,
    Standing.DISPUTE_WON,
    Standing.REFUND_FAILED,
    Standing.REFUND_PENDING,
    Standing.REFUNDED_PART,
    Standing.DISPUTED,
    Standing.DISPUTE_LOST,
    Standing.REFUNDED,
)


def refund_may_move(old: RefundState, new: RefundState) -> bool:
    """Whether a refund may go from one state to the other. Staying is no move."""
    return new in _REFUND_MOVES[old]


def dispute_may_move(old: DisputeState, new: DisputeState) -> bool:
    """Whether a dispute may go from one state to the other. Staying is no move."""
    return new in _DISPUTE_MOVES[old]


def refund_state(status: RefundStatus) -> RefundState:
    """Our state for Stripe's."""
    return _REFUND_STATES[status]


def dispute_state(status: DisputeStatus, *, took_money: bool) -> DisputeState:
    """Our state for Stripe's. What was prevented after it had taken the money is lost all the same."""
    if status in {DisputeStatus.PREVENTED, DisputeStatus.CLOSED}:
        return DisputeState.LOST if took_money else DisputeState.AVERTED
    return {
        DisputeStatus.WARNING: DisputeState.WARNING,
        DisputeStatus.OPEN: DisputeState.OPEN,
        DisputeStatus.WON: DisputeState.WON,
        DisputeStatus.LOST: DisputeState.LOST,
    }[status]


def standing(
    *,
    state: GiftState,
    amount_minor: int,
    warned: bool = False,
    refunds: Sequence[tuple[RefundState, int]] = (),
    disputes: Sequence[DisputeState] = (),
) -> Standing:
    """What the gift has come to. `refunds` are (state, minor units in the gift's currency)."""
    if state != GiftState.SUCCEEDED:
        return Standing(state.value)
    told = {Standing.SUCCEEDED, *(_OF_DISPUTES[one] for one in disputes)}
    if warned:
        told.add(Standing.WARNED)
    states = {refund for refund, _minor in refunds}
    told |= {_OF_REFUNDS[one] for one in states if one in _OF_REFUNDS}
    back = sum(minor for refund, minor in refunds if refund == RefundState.SUCCEEDED)
    if back:
        told.add(Standing.REFUNDED if back >= amount_minor else Standing.REFUNDED_PART)
    return max(told, key=_ORDER.index)
