"""Money that leaves for the bank: automatic and manual payouts, what they consist of, what comes back; any movement."""

from typing import Any

import pytest
import stripe

from tests.standins.stripe.payouts import _divisible
from tests.standins.stripe.running import wait_for

from .conftest import Shop
from .test_refunds import balance, charge_of, net

TYPES = [
    "stripe_fee",
    "stripe_fx_fee",
    "tax_fee",
    "reserve_hold",
    "reserve_release",
    "reserved_funds",
    "topup",
    "payment",
    "payment_refund",
    "payment_failure_refund",
    "payment_reversal",
    "adjustment",
    "moon_tax",
]


def members(shop: Shop, payout: str) -> list[stripe.BalanceTransaction]:
    """Everything in an automatic payout but its own row."""
    found = shop.client.v1.balance_transactions.list({"payout": payout, "limit": 100}).auto_paging_iter()
    return [each for each in found if each.source != payout]


def pay_out(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.standin.control("payout_now", {"available": True})["payouts"]
    return found


def test_a_payout_is_the_sum_of_its_members(shop: Shop) -> None:
    for currency, amount in (("kzt", 500_000), ("eur", 2_500), ("eur", 10_000)):
        charge_of(shop, currency=currency, amount=amount)
    last = charge_of(shop, currency="eur", amount=7_700)
    shop.client.v1.refunds.create({"charge": last.id, "amount": 700})
    shop.standin.control("dispute", {"charge": last.id, "amount": 1_000})
    before = net(shop)
    made = {each["currency"]: each for each in pay_out(shop)}
    assert {currency: each["amount"] for currency, each in made.items()} == before
    for each in made.values():
        assert sum(member.net for member in members(shop, each["id"])) == each["amount"]
        assert (each["automatic"], each["status"], each["reconciliation_status"]) == (True, "in_transit", "in_progress")
    assert net(shop) == {"eur": 0, "kzt": 0} == balance(shop)
    assert pay_out(shop) == []
    euro = made["eur"]["id"]
    shop.standin.control("advance", {"object": euro})
    wait_for("the bank", lambda: shop.client.v1.payouts.retrieve(euro).status == "paid")
    paid = shop.client.v1.payouts.retrieve(euro)
    assert paid.trace_id is not None
    assert (paid.reconciliation_status, paid.trace_id.status) == ("completed", "supported")
    shop.standin.wait_until_idle()
    assert {
        "balance.available",
        "payout.created",
        "payout.updated",
        "payout.paid",
        "payout.reconciliation_completed",
    } < (set(shop.receiver.types()))


def test_only_what_is_available_is_paid_out(shop: Shop) -> None:
    charge_of(shop)
    assert shop.standin.control("payout_now", {}) == {"payouts": []}
    assert {part.currency: part.amount for part in shop.client.v1.balance.retrieve().pending} == {"kzt": 470_500}
    assert shop.standin.control("available", {}) == {"available": 1}
    assert {part.currency: part.amount for part in shop.client.v1.balance.retrieve().available} == {"kzt": 470_500}
    assert [each["amount"] for each in shop.standin.control("payout_now", {"currency": "kzt"})["payouts"]] == [470_500]


def test_a_payout_that_fails_comes_back_and_goes_out_again(shop: Shop) -> None:
    charge_of(shop)
    (first,) = pay_out(shop)
    failed = shop.standin.control("fail_payout", {"payout": first["id"], "code": "account_closed"})
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    back = shop.client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert (back.type, back.amount, back.source) == ("payout_failure", 470_500, first["id"])
    assert net(shop) == {"kzt": 470_500}
    (second,) = pay_out(shop)
    assert [member.type for member in members(shop, second["id"])] == ["payout_failure"]
    assert sum(member.net for member in members(shop, first["id"])) == first["amount"]
    shop.standin.wait_until_idle()
    assert "payout.failed" in shop.receiver.types()
    with pytest.raises(AssertionError, match="is failed"):
        shop.standin.control("fail_payout", {"payout": first["id"]})


def test_a_manual_payout_has_no_known_members(shop: Shop) -> None:
    shop.standin.control("settings", {"payout_delay": 3600})
    charge_of(shop)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payouts.create({"amount": 100, "currency": "kzt"})
    assert caught.value.code == "balance_insufficient"
    shop.standin.control("available", {})
    made = shop.client.v1.payouts.create({"amount": 100_000, "currency": "kzt", "metadata": {"town": "zhanatas"}})
    assert (made.automatic, made.status, made.reconciliation_status) == (False, "pending", "not_applicable")
    with pytest.raises(stripe.InvalidRequestError, match="automatic transfers, not manual"):
        shop.client.v1.balance_transactions.list({"payout": made.id})
    assert net(shop) == {"kzt": 370_500} == balance(shop)
    canceled = shop.client.v1.payouts.cancel(made.id)
    moved = shop.client.v1.balance_transactions.list({"source": made.id}).data
    assert (canceled.status, [each.type for each in moved]) == ("canceled", ["payout_cancel", "payout"])
    assert net(shop) == {"kzt": 470_500}
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        shop.client.v1.payouts.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        shop.client.v1.balance_transactions.list({"payout": "po_none"})
    assert missing.value.code == "resource_missing"


@pytest.mark.parametrize("currency", ["huf", "twd"])
def test_forints_that_cannot_be_paid_out_stay(shop: Shop, currency: str) -> None:
    for amount in (1_000_050, 2_000_000, 730_000, 55_555, 60_001):
        shop.standin.control("movement", {"type": "charge", "amount": amount, "currency": currency})
    (made,) = pay_out(shop)
    assert made["amount"] % 100 == 0
    assert sum(member.net for member in members(shop, made["id"])) == made["amount"]
    assert net(shop) == balance(shop)
    assert net(shop)[currency] == 3_845_606 - made["amount"] > 0
    shop.standin.control("available", {})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payouts.create({"amount": 101, "currency": currency})
    assert caught.value.code == "parameter_invalid_integer"


def test_the_fewest_movements_are_left_behind() -> None:
    assert _divisible([(1, 130), (2, 250), (3, 70)], 100) == [(1, 130), (3, 70)]
    assert _divisible([(1, 10), (2, 20)], 100) == []
    assert _divisible([(1, 10), (2, 90)], 100) == [(1, 10), (2, 90)]
    assert _divisible([(1, 7)], 1) == [(1, 7)]
    assert _divisible([(1, -50), (2, 150), (3, 33)], 100) == [(1, -50), (2, 150)]


@pytest.mark.parametrize("kind", TYPES)
def test_any_type_of_movement_can_happen(shop: Shop, kind: str) -> None:
    made = shop.standin.control(
        "movement", {"type": kind, "amount": -1_234, "currency": "eur", "description": "Of the account", "fee": 10}
    )
    found = shop.client.v1.balance_transactions.list({"type": kind}).data
    assert [(each.id, each.type, each.amount, each.fee, each.net) for each in found] == [
        (made["id"], kind, -1_234, 10, -1_244)
    ]
    assert net(shop) == {"eur": -1_244} == balance(shop)


@pytest.mark.parametrize(
    "sent",
    [
        {"type": "topup", "amount": 5},
        {"type": "topup", "amount": 5, "currency": "xyz"},
        {"type": "topup", "amount": 5.5, "currency": "eur"},
        {"type": "", "amount": 5, "currency": "eur"},
        {"type": "topup", "amount": 5, "currency": "eur", "colour": "red"},
    ],
)
def test_movements_that_make_no_sense_are_refused(counter: Shop, sent: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="answered 400"):
        counter.standin.control("movement", sent)


def test_payouts_come_by_themselves_when_asked(shop: Shop) -> None:
    shop.standin.control("settings", {"payout_every": 0.05, "settles_after": 0})
    charge_of(shop)
    wait_for("a payout", lambda: shop.client.v1.payouts.list().data)
    shop.standin.control("settings", {"payout_every": 0})
    assert [timer["kind"] for timer in shop.standin.control("state")["timers"] if timer["object"] == "account"] == []
