"""What the card service is expected to keep: at least what it takes, never more than a step above."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import CURRENCIES, EXPONENTS, Money
from funds.donations.rules import FIXED, FeeRule
from funds.payments.rules import to_stripe


@pytest.mark.parametrize("currency", CURRENCIES)
@given(net=st.integers(1, 10**9))
def test_the_gross_covers_the_fee_and_can_be_carried(currency: str, net: int) -> None:
    rule = FeeRule(rate=Decimal("0.029"), fixed=Money(FIXED[currency], currency))
    gross = rule.gross_for(Money(net, currency))
    assert to_stripe(gross) is not None  # refuses what Stripe cannot carry
    step = 10 if EXPONENTS[currency] == 3 else 1
    fee = gross.minor * Decimal("0.029") + FIXED[currency]
    assert net <= gross.minor - fee
    assert gross.minor - fee < net + step


@pytest.mark.parametrize(
    ("net", "gross"),
    [(Money(100_00, "EUR"), Money(103_25, "EUR")), (Money(5_000, "JPY"), Money(5_191, "JPY"))],
)
def test_examples_by_hand(net: Money, gross: Money) -> None:
    assert FeeRule(rate=Decimal("0.029"), fixed=Money(FIXED[net.currency], net.currency)).gross_for(net) == gross


def test_an_estimate_never_keeps_more_than_all() -> None:
    rule = FeeRule(rate=Decimal("0.029"), fixed=Money(500, "EUR"))
    assert rule.estimate(Money(100, "EUR")) == Money(100, "EUR")
    assert rule.estimate(Money(100_00, "EUR")) == Money(7_90, "EUR")


@pytest.mark.parametrize(("rate", "fixed"), [("1", 0), ("-0.1", 0), ("0.029", -1)])
def test_a_fee_lies_between_nothing_and_the_whole(rate: str, fixed: int) -> None:
    with pytest.raises(ValueError, match="between nothing and the whole"):
        FeeRule(rate=Decimal(rate), fixed=Money(fixed, "EUR"))
