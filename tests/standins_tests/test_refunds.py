"""Money that goes back: whole, in parts, too much, at another rate, late, and not at all."""

from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import wait_for

from .conftest import Shop, error_of


def charge_of(shop: Shop, **more: object) -> stripe.Charge:
    """A charge of 5 000.00 KZT whose fee is known, unless said otherwise."""
    session = shop.paid(**more)  # type: ignore[arg-type]
    shop.standin.wait_until_idle()
    return shop.client.v1.charges.list({"payment_intent": str(session.payment_intent)}).data[0]


def refunded(shop: Shop, charge: stripe.Charge, **params: Any) -> stripe.Refund:
    sent: Any = {"charge": charge.id, **params}
    return shop.client.v1.refunds.create(sent)


def plain(found: Any) -> dict[str, str]:
    """Metadata as a dictionary."""
    return dict(found.to_dict())


def movements(shop: Shop, source: str) -> list[tuple[str, int, int, str]]:
    found = shop.client.v1.balance_transactions.list({"source": source}).data
    return [(each.type, each.amount, each.fee, each.currency) for each in reversed(found)]


def net(shop: Shop) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in shop.client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter():
        sums[each.currency] = sums.get(each.currency, 0) + each.net
    return sums


def balance(shop: Shop) -> dict[str, int]:
    found: Any = shop.client.v1.balance.retrieve()
    sums: dict[str, int] = {}
    for part in [*found.pending, *found.available]:
        sums[part.currency] = sums.get(part.currency, 0) + part.amount
    return sums


def test_a_whole_refund_leaves_the_fee_with_stripe(shop: Shop) -> None:
    charge = charge_of(shop)
    made = refunded(shop, charge, reason="requested_by_customer", metadata={"gift": "gift-1"})
    assert (made.status, made.amount, made.currency, made.charge) == ("succeeded", 500_000, "kzt", charge.id)
    assert (plain(made.metadata), made.payment_intent) == ({"gift": "gift-1"}, charge.payment_intent)
    assert movements(shop, made.id) == [("refund", -500_000, 0, "kzt")]
    after = shop.client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (after.refunded, after.amount_refunded, after.amount) == (True, 500_000, 500_000)
    assert after.refunds is not None
    assert [each.id for each in after.refunds.data] == [made.id]
    assert net(shop) == {"kzt": -29_500} == balance(shop)
    shop.standin.wait_until_idle()
    assert {"refund.created", "charge.refunded"} <= set(shop.receiver.types())


def test_parts_add_up_and_never_to_more(shop: Shop) -> None:
    charge = charge_of(shop)
    first, second = refunded(shop, charge, amount=100_000), refunded(shop, charge, amount=399_999)
    assert shop.client.v1.charges.retrieve(charge.id).refunded is False
    with pytest.raises(stripe.InvalidRequestError) as caught:
        refunded(shop, charge, amount=2)
    assert (caught.value.http_status, caught.value.param) == (400, "amount")
    assert "is greater than unrefunded amount on charge" in error_of(caught.value)["message"]
    last = refunded(shop, charge)
    assert last.amount == 1
    with pytest.raises(stripe.InvalidRequestError) as again:
        refunded(shop, charge)
    assert again.value.code == "charge_already_refunded"
    listed = shop.client.v1.refunds.list({"payment_intent": str(charge.payment_intent)}).data
    assert [each.id for each in listed] == [last.id, second.id, first.id]


def test_a_refund_through_the_intent_and_one_too_large(shop: Shop) -> None:
    charge = charge_of(shop)
    with pytest.raises(stripe.InvalidRequestError, match="is greater than charge amount"):
        refunded(shop, charge, amount=500_001)
    made = shop.client.v1.refunds.create({"payment_intent": str(charge.payment_intent), "amount": 5})
    assert (made.charge, made.amount) == (charge.id, 5)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "charge"),
        ({"charge": "ch_none"}, "charge"),
        ({"payment_intent": "pi_none"}, "payment_intent"),
        ({"charge": "x", "payment_intent": "y"}, "charge"),
        ({"charge": "x", "reason": "because"}, "reason"),
        ({"charge": "x", "amount": 0}, "amount"),
        ({"charge": "x", "instructions_email": "a@b.c"}, "instructions_email"),
    ],
)
def test_what_makes_no_sense_is_refused(counter: Shop, params: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        counter.client.v1.refunds.create(params)  # type: ignore[arg-type]
    assert caught.value.param == param


def test_the_same_key_refunds_once(shop: Shop) -> None:
    charge = charge_of(shop)
    options: Any = {"idempotency_key": "refund:1"}
    made = [shop.client.v1.refunds.create({"charge": charge.id, "amount": 7}, options).id for _ in range(3)]
    assert made == [made[0]] * 3
    assert shop.client.v1.charges.retrieve(charge.id).amount_refunded == 7


def test_a_refund_before_the_fee_is_known_books_the_fee_first(shop: Shop) -> None:
    shop.standin.control("settings", {"fee_delay": 3600})
    session = shop.paid()
    made = shop.client.v1.refunds.create({"payment_intent": str(session.payment_intent)})
    assert movements(shop, str(made.charge)) == [("charge", 500_000, 29_500, "kzt")]
    assert net(shop) == {"kzt": -29_500}


def test_a_refund_converts_at_the_rate_of_its_day(shop: Shop) -> None:
    shop.standin.control("settings", {"settlement": ["eur"], "rates": {"kzt": 0.0022, "eur": 1.1}, "rate_drift": 0.1})
    charge = charge_of(shop)
    made = refunded(shop, charge, amount=250_000)
    (came,) = movements(shop, charge.id)
    ((kind, amount, fee, currency),) = movements(shop, made.id)
    assert came == ("charge", 1_000, 54, "eur")
    assert (kind, fee, currency) == ("refund", 0, "eur")
    assert 450 <= -amount <= 550
    movement = shop.client.v1.balance_transactions.list({"source": made.id}).data[0]
    assert movement.exchange_rate is not None
    assert round(-250_000 * movement.exchange_rate) == amount


@pytest.mark.parametrize(("currency", "amount", "wrong"), [("kwd", 5_120, 5), ("ugx", 500_000, 150)])
def test_refunds_keep_the_steps_of_their_currency(shop: Shop, currency: str, amount: int, wrong: int) -> None:
    charge = charge_of(shop, currency=currency, amount=amount)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        refunded(shop, charge, amount=wrong)
    assert caught.value.code == "parameter_invalid_integer"


def test_a_failed_refund_brings_the_money_back(shop: Shop) -> None:
    charge = charge_of(shop)
    made = refunded(shop, charge, amount=200_000)
    shop.standin.control("fail_refund", {"refund": made.id, "reason": "expired_or_canceled_card"})
    after = shop.client.v1.refunds.retrieve(made.id, {"expand": ["failure_balance_transaction"]})
    back: Any = after.failure_balance_transaction
    assert (after.status, after.failure_reason) == ("failed", "expired_or_canceled_card")
    assert (back.type, back.amount, back.reporting_category) == ("refund_failure", 200_000, "refund_failure")
    assert movements(shop, made.id) == [("refund", -200_000, 0, "kzt"), ("refund_failure", 200_000, 0, "kzt")]
    assert shop.client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert refunded(shop, charge).amount == 500_000
    shop.standin.wait_until_idle()
    assert {"refund.failed", "refund.updated"} <= set(shop.receiver.types())
    with pytest.raises(AssertionError, match="is failed"):
        shop.standin.control("fail_refund", {"refund": made.id})


@pytest.mark.parametrize(
    ("card", "first", "last"),
    [("4000000000007726", "pending", "succeeded"), ("4000000000005126", "succeeded", "failed")],
)
def test_the_test_cards_of_refunds(shop: Shop, card: str, first: str, last: str) -> None:
    shop.standin.control("settings", {"refund_delay": 3600})
    made = shop.session()
    shop.pay(made, card=card)
    intent = str(shop.client.v1.checkout.sessions.retrieve(made.id).payment_intent)
    refund = shop.client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == first
    shop.standin.control("advance", {"object": refund.id})
    wait_for("its end", lambda: shop.client.v1.refunds.retrieve(refund.id).status == last)


def test_a_refund_that_needs_the_payer_takes_nothing_until_it_is_settled(shop: Shop) -> None:
    shop.standin.control("settings", {"refund_status": "requires_action"})
    charge = charge_of(shop)
    first, second = refunded(shop, charge, amount=100), refunded(shop, charge, amount=200)
    assert (first.status, first.balance_transaction) == ("requires_action", None)
    assert shop.client.v1.refunds.cancel(first.id).status == "canceled"
    settled = shop.standin.control("settle_refund", {"refund": second.id})
    assert settled["status"] == "succeeded"
    assert movements(shop, first.id) == []
    assert movements(shop, second.id) == [("refund", -200, 0, "kzt")]
    assert shop.client.v1.charges.retrieve(charge.id).amount_refunded == 200
    with pytest.raises(stripe.InvalidRequestError, match="only cancel refunds that require customer action"):
        shop.client.v1.refunds.cancel(second.id)


def test_metadata_of_a_refund_can_be_changed(shop: Shop) -> None:
    made = refunded(shop, charge_of(shop), metadata={"a": "1", "b": "2"})
    after = shop.client.v1.refunds.update(made.id, {"metadata": {"a": "", "c": "3"}})
    assert plain(after.metadata) == {"b": "2", "c": "3"}
    shop.standin.wait_until_idle()
    assert shop.receiver.types().count("refund.updated") == 1


def test_a_declined_payment_cannot_be_refunded(shop: Shop) -> None:
    made = shop.session()
    shop.pay(made, card="4000000000000002")
    charge = shop.client.v1.charges.list().data[0]
    with pytest.raises(stripe.InvalidRequestError, match="has not succeeded"):
        refunded(shop, charge)
    assert charge.payment_intent is not None
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        shop.client.v1.refunds.create({"payment_intent": str(charge.payment_intent)})


def test_many_acts_at_once_fail_one_by_one(shop: Shop) -> None:
    sessions = [shop.session() for _ in range(3)]
    acts: list[dict[str, object]] = [{"do": "pay", "session": made.id} for made in sessions]
    acts.append({"do": "pay", "session": sessions[0].id, "card": "4242"})
    acts.append({"do": "refund", "session": sessions[0].id, "amount": 100})
    acts.append({"do": "refund", "session": sessions[0].id, "amount": 500_000})
    acts.append({"do": "dance"})
    results = shop.standin.control("many", {"acts": acts})["results"]
    assert [result.get("status") for result in results] == ["complete"] * 3 + [None, "succeeded", None, None]
    assert "is greater than" in results[5]["error"]
    assert shop.client.v1.charges.retrieve(results[4]["charge"]).amount_refunded == 100
    shop.standin.wait_until_idle()
    assert net(shop) == {"kzt": 3 * 470_500 - 100} == balance(shop)
