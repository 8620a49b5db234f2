"""Gifts, refunds, disputes, renewals and payouts in random order, with kills in between: the sums stay true.

What is promised here is the ground that the site's own chaos test stands on.
"""

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.standins.stripe.running import StandIn, wait_for

from .conftest import SECRET, Shop
from .test_monthly import monthly
from .test_refunds import balance, net

CURRENCIES = {"kzt": 500_000, "eur": 2_500, "jpy": 3_000, "kwd": 5_120, "ugx": 5_000_000, "huf": 1_000_000}


def everything(shop: Shop, kind: str) -> list[dict[str, Any]]:
    """All objects of a kind, through the API."""
    service: Any = getattr(shop.client.v1, kind)
    return [each.to_dict() for each in service.list({"limit": 100}).auto_paging_iter()]


def an_act(chance: random.Random, paid: list[str], subscriptions: list[str]) -> dict[str, object]:
    """Something that may happen to a payment; what Stripe would refuse is refused and changes nothing."""
    word = chance.choice(["refund", "refund", "dispute", "renew", "movement", "fraud_warning", "payout_now"])
    if word == "renew":
        return {"do": word, "subscription": chance.choice(subscriptions)}
    if word == "movement":
        return {"do": word, "type": "stripe_fee", "amount": -chance.randrange(1, 900), "currency": "eur"}
    if word == "payout_now":
        return {"do": word, "available": True}
    act: dict[str, object] = {"do": word, "session": chance.choice(paid)}
    if word == "refund":
        act["amount"] = chance.randrange(1, 40) * 100
    return act


@pytest.mark.parametrize("settlement", [[], ["eur"], ["eur", "huf"]])
def test_whatever_happens_the_balance_is_the_sum_of_its_movements(tmp_path: Path, settlement: list[str]) -> None:
    chance = random.Random(repr(settlement))
    wild = {"fee_delay": 0.2, "delivery": "held", "settlement": settlement, "rate_drift": 0.05, "refund_delay": 0.1}
    with StandIn(tmp_path, "http://127.0.0.1:9/", SECRET, settings=wild) as standin:
        shop = Shop(standin, receiver=None)  # type: ignore[arg-type]
        four = [code for code in CURRENCIES for _ in range(4)]
        paid = [shop.session(amount=CURRENCIES[code], currency=code).id for code in four]
        cards = ["4242424242424242", "4000000000000259", "4000000000007726", "4000000000005126", "4000000000000002"]
        acts: list[dict[str, object]] = [{"do": "pay", "session": each, "card": chance.choice(cards)} for each in paid]
        each_month = [monthly(shop, currency=code, amount=amount).id for code, amount in CURRENCIES.items()]
        acts += [{"do": "pay", "session": each} for each in each_month]
        begun = standin.control("many", {"acts": acts})["results"]
        subscriptions = [each["subscription"] for each in begun if each["subscription"]]
        assert len(subscriptions) == len(CURRENCIES)
        for _ in range(4):
            acts = [an_act(chance, paid, subscriptions) for _ in range(40)]
            results = standin.control("many", {"acts": acts})["results"]
            assert len(results) == len(acts)
            for each in everything(shop, "disputes"):
                if each["status"] == "needs_response" and chance.random() < 0.5:
                    standin.control("close_dispute", {"dispute": each["id"], "as": chance.choice(["won", "lost"])})
            standin.kill()
            standin.start()
        standin.control("advance", {})
        wait_for("all timers", lambda: not awaited(standin))
        assert net(shop) == balance(shop)
        check_charges(shop)
        check_payouts(shop)


def awaited(standin: StandIn) -> list[str]:
    """Timers that still have to run: all but those that come again or wait for days."""
    timers = [timer["kind"] for timer in standin.control("state")["timers"]]
    return [kind for kind in timers if kind not in {"renewal", "session_expiry", "retry"}]


def check_charges(shop: Shop) -> None:
    """Each charge has one movement and has given back no more than it took."""
    movements = everything(shop, "balance_transactions")
    refunds = everything(shop, "refunds")
    for charge in everything(shop, "charges"):
        of_charge = [each for each in movements if each["source"] == charge["id"]]
        assert [each["type"] for each in of_charge] == (["charge"] if charge["paid"] else [])
        back = sum(each["amount"] for each in refunds if each["charge"] == charge["id"] and each["status"] != "failed")
        assert back == charge["amount_refunded"] <= charge["amount"]
    for refund in refunds:
        of_refund = [each["amount"] for each in movements if each["source"] == refund["id"]]
        assert len(of_refund) == (2 if refund["status"] == "failed" else 1)
        assert refund["status"] != "failed" or sum(of_refund) == 0


def check_payouts(shop: Shop) -> None:
    """Each payout is the sum of its members, and no movement is in two."""
    seen: list[str] = []
    for payout in everything(shop, "payouts"):
        found: Any = shop.client.v1.balance_transactions.list({"payout": payout["id"], "limit": 100})
        members = [each for each in found.auto_paging_iter() if each.source != payout["id"]]
        assert sum(each.net for each in members) == payout["amount"] > 0
        seen += [each.id for each in members]
    assert len(seen) == len(set(seen)) > 0


def cpu_of(standin: StandIn) -> float:
    """Seconds of CPU time that the stand-in has used."""
    fields = Path(f"/proc/{standin.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_gift_costs_the_stand_in_less_than_three_milliseconds(tmp_path: Path) -> None:
    with StandIn(tmp_path, "http://127.0.0.1:9/", SECRET, settings={"fee_delay": 0, "delivery": "held"}) as standin:
        shop = Shop(standin, receiver=None)  # type: ignore[arg-type]
        sessions = [shop.session().id for _ in range(200)]
        before = cpu_of(standin)
        acts = [{"do": "pay", "session": each} for each in sessions]
        paid = standin.control("many", {"acts": acts})["results"]
        wait_for("the fees", lambda: not awaited(standin))
        spent = cpu_of(standin) - before
        assert [each["status"] for each in paid] == ["complete"] * 200
        assert shop.client.v1.balance.retrieve().pending[0].amount == 200 * 470_500
        assert spent / len(sessions) < 0.003
