"""Money that a bank takes back: disputes, inquiries, warnings of fraud, reviews."""

from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import wait_for

from .conftest import Shop
from .test_refunds import balance, charge_of, movements, net

DISPUTED = "4000000000000259"
INQUIRED = "4000000000001976"


def dispute_of(shop: Shop, charge: stripe.Charge, **sent: object) -> stripe.Dispute:
    made = shop.standin.control("dispute", {"charge": charge.id, **sent})
    return shop.client.v1.disputes.retrieve(made["id"])


def test_a_dispute_takes_the_money_and_a_fee(shop: Shop) -> None:
    charge = charge_of(shop, currency="eur", amount=2_500)
    made = dispute_of(shop, charge, reason="fraudulent")
    assert (made.status, made.amount, made.charge, made.reason) == ("needs_response", 2_500, charge.id, "fraudulent")
    (movement,) = made.balance_transactions
    assert (movement.type, movement.reporting_category, movement.source) == ("adjustment", "dispute", made.id)
    assert (movement.amount, movement.fee, movement.net) == (-2_500, 1_500, -4_000)
    assert [(part.amount, part.currency, part.description) for part in movement.fee_details] == [
        (1_500, "eur", "Dispute fee")
    ]
    assert shop.client.v1.charges.retrieve(charge.id).disputed is True
    assert net(shop) == {"eur": 2_500 - 98 - 4_000} == balance(shop)
    shop.standin.wait_until_idle()
    assert {"charge.dispute.created", "charge.dispute.funds_withdrawn"} <= set(shop.receiver.types())
    assert [each.id for each in shop.client.v1.disputes.list({"charge": charge.id}).data] == [made.id]


@pytest.mark.parametrize(("returned", "left"), [(False, -1_500), (True, 0)])
def test_a_won_dispute_comes_back_as_another_adjustment(shop: Shop, returned: bool, left: int) -> None:
    shop.standin.control("settings", {"dispute_fee_returned": returned})
    charge = charge_of(shop, currency="eur", amount=2_500)
    made = dispute_of(shop, charge)
    answered = shop.client.v1.disputes.update(made.id, {"evidence": {"uncategorized_text": "The lamps stand there."}})
    assert (answered.status, answered.evidence.uncategorized_text) == ("under_review", "The lamps stand there.")
    assert (answered.evidence_details.has_evidence, answered.evidence_details.submission_count) == (True, 1)
    shop.standin.control("close_dispute", {"dispute": made.id, "as": "won"})
    won = shop.client.v1.disputes.retrieve(made.id)
    assert (won.status, len(won.balance_transactions)) == ("won", 2)
    assert net(shop) == {"eur": 2_500 - 98 + left} == balance(shop)
    shop.standin.wait_until_idle()
    assert {"charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"} <= set(
        shop.receiver.types()
    )
    with pytest.raises(AssertionError, match="is closed already"):
        shop.standin.control("close_dispute", {"dispute": made.id, "as": "lost"})
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        shop.client.v1.disputes.update(made.id, {"metadata": {"a": "b"}})


@pytest.mark.parametrize("end", ["lost", "prevented"])
def test_a_lost_dispute_stays_lost(shop: Shop, end: str) -> None:
    charge = charge_of(shop)
    made = dispute_of(shop, charge)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_disputed"
    shop.standin.control("close_dispute", {"dispute": made.id, "as": end})
    assert shop.client.v1.disputes.retrieve(made.id).status == end
    assert movements(shop, made.id) == [("adjustment", -500_000, 1_500, "kzt")]


def test_accepting_a_dispute_loses_it(shop: Shop) -> None:
    made = dispute_of(shop, charge_of(shop))
    assert shop.client.v1.disputes.close(made.id).status == "lost"


def test_an_inquiry_takes_nothing_until_it_becomes_a_dispute(shop: Shop) -> None:
    charge = charge_of(shop)
    made = dispute_of(shop, charge, inquiry=True)
    assert (made.status, made.balance_transactions, made.is_charge_refundable) == ("warning_needs_response", [], True)
    shop.standin.control("escalate_dispute", {"dispute": made.id})
    taken = shop.client.v1.disputes.retrieve(made.id)
    assert (taken.status, len(taken.balance_transactions)) == ("needs_response", 1)
    other = dispute_of(shop, charge_of(shop), inquiry=True)
    kept = shop.client.v1.disputes.update(other.id, {"evidence": {"customer_name": "A"}, "submit": False})
    assert kept.status == "warning_needs_response"
    assert shop.standin.control("close_dispute", {"dispute": other.id, "as": "warning_closed"})["status"] == (
        "warning_closed"
    )
    assert movements(shop, other.id) == []


@pytest.mark.parametrize(("card", "status"), [(DISPUTED, "needs_response"), (INQUIRED, "warning_needs_response")])
def test_the_test_cards_of_disputes(shop: Shop, card: str, status: str) -> None:
    made = shop.session(amount=5_000, currency="eur")
    assert shop.pay(made, card=card).status == 303
    (found,) = wait_for("the dispute", lambda: shop.client.v1.disputes.list().data)
    assert (found.status, found.amount) == (status, 5_000)


def test_a_dispute_is_settled_in_the_currency_of_its_charge(shop: Shop) -> None:
    shop.standin.control("settings", {"settlement": ["eur"], "rates": {"kzt": 0.0022, "eur": 1.1}, "rate_drift": 0.1})
    made = dispute_of(shop, charge_of(shop), amount=250_000)
    (movement,) = made.balance_transactions
    assert (made.currency, movement.currency, movement.fee) == ("kzt", "eur", 1_500)
    assert 450 <= -movement.amount <= 550


def test_only_one_dispute_is_open_at_a_time_and_never_for_more_than_was_paid(shop: Shop) -> None:
    charge = charge_of(shop)
    with pytest.raises(AssertionError, match="cannot be disputed"):
        dispute_of(shop, charge, amount=500_001)
    dispute_of(shop, charge, amount=1)
    with pytest.raises(AssertionError, match="is disputed already"):
        dispute_of(shop, charge)


def test_a_warning_of_fraud_is_told_and_listed(shop: Shop) -> None:
    made = shop.session()
    shop.pay(made, card="4000000000005423")
    (warning,) = wait_for("the warning", lambda: shop.client.v1.radar.early_fraud_warnings.list().data)
    charge = shop.client.v1.charges.list().data[0]
    assert (warning.actionable, warning.charge) == (True, charge.id)
    shop.client.v1.refunds.create({"charge": charge.id})
    after = shop.client.v1.radar.early_fraud_warnings.list({"charge": charge.id}).data
    assert [each.actionable for each in after] == [False]
    told = shop.standin.control("fraud_warning", {"session": made.id, "fraud_type": "made_with_lost_card"})
    assert (told["fraud_type"], told["actionable"]) == ("made_with_lost_card", False)
    other = charge_of(shop)
    shop.standin.control("fraud_warning", {"charge": other.id})
    dispute_of(shop, other)
    (warned,) = shop.client.v1.radar.early_fraud_warnings.list({"charge": other.id}).data
    assert warned.actionable is False
    shop.standin.wait_until_idle()
    assert shop.receiver.types().count("radar.early_fraud_warning.created") == 3


def test_a_review_is_opened_and_closed(shop: Shop) -> None:
    charge = charge_of(shop)
    made = shop.standin.control("review", {"charge": charge.id})
    assert shop.client.v1.charges.retrieve(charge.id).review == made["id"]
    assert shop.client.v1.reviews.retrieve(made["id"]).open is True
    closed = shop.client.v1.reviews.approve(made["id"])
    assert (closed.open, closed.closed_reason) == (False, "approved")
    other: Any = shop.standin.control("review", {"charge": charge.id})
    assert shop.standin.control("close_review", {"review": other["id"], "reason": "refunded"})["reason"] == "refunded"
    shop.standin.wait_until_idle()
    told = [kind for kind in shop.receiver.types() if kind.startswith("review.")]
    assert sorted(told) == ["review.closed"] * 2 + ["review.opened"] * 2


@pytest.mark.parametrize(
    ("act", "sent", "why"),
    [
        ("dispute", {"charge": "ch_none"}, "no charge ch_none"),
        ("dispute", {}, "name one of"),
        ("dispute", {"charge": "x", "colour": "red"}, "unknown colour"),
        ("dispute", {"charge": 5}, "charge must be a text"),
        ("close_dispute", {"dispute": "dp_none", "as": "won"}, "no dispute dp_none"),
        ("pay", {"session": "cs_none"}, "no checkout.session cs_none"),
        ("refund", {"charge": "ch_none", "amount": "5"}, "amount must be a whole number"),
    ],
)
def test_acts_say_what_is_wrong(counter: Shop, act: str, sent: dict[str, Any], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        counter.standin.control(act, sent)
