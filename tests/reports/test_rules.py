"""Comparing two sides: the remainder is what it is, and what is unpublished never shows."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from funds.reports.rules import card, ledgers

SUMS = st.dictionaries(st.sampled_from(["KZT", "EUR", "JPY"]), st.integers(-(10**12), 10**12))


@given(balance=SUMS, movements=SUMS, unpublished=SUMS)
def test_the_card_hop_tells_the_whole_difference(
    balance: dict[str, int], movements: dict[str, int], unpublished: dict[str, int]
) -> None:
    found = card(balance=balance, movements=movements, unpublished=unpublished)
    assert {one.currency: one.remainder for one in found} == {
        currency: balance.get(currency, 0) - movements.get(currency, 0)
        for currency in balance.keys() | movements.keys()
    }


def test_an_unpublished_gift_shows_in_neither_sum() -> None:
    [one] = card(balance={"KZT": 1_137_777}, movements={"KZT": 1_137_777}, unpublished={"KZT": 137_777})
    assert (one.outside, one.ours, one.remainder) == (1_000_000, 1_000_000, 0)
    [other] = ledgers(
        movements={"KZT": 1_137_777}, unpublished={"KZT": 137_777}, booked={"KZT": 1_000_000}, under_way={}, waiting={}
    )
    assert (other.outside, other.ours, other.remainder) == (1_000_000, 1_000_000, 0)


def test_what_the_processor_has_not_told_yet_is_no_difference_and_what_nobody_booked_is() -> None:
    day = date(2026, 11, 20)
    [one] = ledgers(
        movements={"EUR": 900},
        unpublished={},
        booked={"EUR": 1_500},
        under_way={"EUR": 1_000},
        waiting={"EUR": (2, day)},
    )
    assert (one.remainder, one.under_way, one.items_open, one.oldest_open) == (400, 1_000, 2, day)
