"""Whose money a transfer carries: nothing is lost by rounding, and the same money is always divided alike."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from funds.ledger.states import AccountCode, Kind
from funds.payments.rules.payouts import divided, returned_posting, sent_posting

FUNDS = [UUID(int=number) for number in range(1, 8)]
DAY = date(2026, 11, 22)


@given(amount=st.integers(0, 10**14), weights=st.dictionaries(st.sampled_from(FUNDS), st.integers(-(10**9), 10**12)))
def test_shares_add_up_and_follow_the_weights(amount: int, weights: dict[UUID, int]) -> None:
    positive = {fund: weight for fund, weight in weights.items() if weight > 0}
    if not positive:
        with pytest.raises(ValueError, match="nothing to divide"):
            divided(amount, weights)
        return
    shares, total = divided(amount, weights), sum(positive.values())
    assert sum(shares.values()) == amount
    for fund, weight in positive.items():
        # Never a whole unit away from the exact share.
        assert abs(shares.get(fund, 0) * total - amount * weight) < total
    assert shares == divided(amount, dict(reversed(weights.items())))


def test_known_answers() -> None:
    one, two, three = FUNDS[:3]
    assert divided(100, {one: 1, two: 1, three: 1}) == {one: 34, two: 33, three: 33}
    assert divided(1, {one: 1, two: 2}) == {two: 1}
    assert divided(0, {one: 5}) == {}
    with pytest.raises(ValueError, match="nothing to divide"):
        divided(-1, {one: 1})


def test_what_comes_back_mirrors_what_left() -> None:
    fund, payout, sent = FUNDS[:3]
    gone = sent_posting(fund=fund, movement_id="txn_1", share=Money(500, "EUR"), payout=payout, day=DAY)
    back = returned_posting(fund=fund, movement_id="txn_2", share=Money(500, "EUR"), payout=payout, sent=sent, day=DAY)
    assert [(line.code, line.amount.minor) for line in gone.lines] == [
        (AccountCode.TRANSIT, 500),
        (AccountCode.STRIPE, -500),
    ]
    assert [(line.code, -line.amount) for line in back.lines] == [(line.code, line.amount) for line in gone.lines]
    assert (gone.kind, back.kind, back.reverses, gone.key) == (
        Kind.SENT,
        Kind.REVERSAL,
        sent,
        f"stripe:txn_1:sent:{fund}",
    )
