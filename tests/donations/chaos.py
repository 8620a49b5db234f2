"""A wild month at the card service: what happens to many gifts there, once and monthly, as a seed decides it.

And what has to be true here when all of it has arrived, late, twice, shuffled or not at all.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import stripe
from django.conf import settings
from django.db.models import Sum

from audit.models import Record
from common.money import Money
from funds.donations import actions
from funds.donations.models import Dispute, Gift, MonthlyGift, Refund
from funds.donations.rules import dispute_may_move, may_move, refund_may_move
from funds.donations.rules.letter_ids import letter_id
from funds.donations.states import DisputeState, GiftState, RefundState
from funds.donations.tasks import look_again, mail_receipts, sweep_monthlies, sweep_waiting_gifts
from funds.ledger.models import Balance, Fund
from funds.payments.actions import book_movement
from funds.payments.models import Movement, StripeEvent
from funds.payments.queries import waiting_movements
from funds.payments.queries.payouts import untold_shares
from funds.payments.states import EventState, MovementState
from funds.payments.stripe import fetch_balance
from funds.payments.tasks import book_movements, sweep_events, sweep_inbox, sweep_movements
from funds.payments.tasks.payouts import sweep_payouts
from funds.projects.models import Project
from tests.donations.months import FAILS_LATER, make_monthly
from tests.donations.spool import letters_in
from tests.payments.stage import KEY, make_gift
from tests.standins.stripe.lapses import RENEWAL_JOB, RETRY_JOB
from tests.standins.stripe.running import StandIn, wait_for

SUMS = [
    Money(5_000_00, "KZT"),
    Money(1_234_56, "KZT"),
    Money(25_00, "EUR"),
    Money(33_33, "EUR"),
    Money(40_00, "USD"),
    Money(1_500, "JPY"),
    Money(7_120, "KWD"),
    Money(9_900_50, "HUF"),
    Money(40_000, "UGX"),
    Money(19_900, "KRW"),
    Money(1_990, "ISK"),
]
CARDS = ["4242424242424242"] * 8 + ["4000000000000002", "4000000000005126", "4000000000007726"]


@dataclass
class Chaos:
    """The gifts of one run, what was done to them, and what was seen of them along the way."""

    stripe: StandIn
    fund: Fund
    projects: list[Project]
    now: datetime
    random: Random
    spool: Path
    subscriptions: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[str, object], str] = field(default_factory=dict)
    backwards: list[str] = field(default_factory=list)

    def give(self, count: int) -> None:
        """Begin gifts of all kinds and pay their pages: with good cards, declined ones, cards whose refunds fail."""
        sessions = []
        for number in range(count):
            named = self.random.random() < 0.6
            gift = make_gift(
                self.fund,
                self.now,
                amount=self.random.choice(SUMS),
                project=self.random.choice([None, *self.projects]),
                donor_name=f"Giver {number}" if named else "",
                name_public=named,
                donor_email=f"giver{number}@example.com" if self.random.random() < 0.5 else "",
            )
            sessions.append(actions.open_checkout(gift=gift).id)
        self.act([{"do": "pay", "session": key, "card": self.random.choice(CARDS)} for key in sessions])

    def give_monthly(self, count: int) -> None:
        """Begin monthly gifts and pay their first month; every third one's card fails from the second month on."""
        acts: list[dict[str, Any]] = []
        for number in range(count):
            named = self.random.random() < 0.6
            monthly = make_monthly(
                self.fund,
                self.now,
                amount=self.random.choice(SUMS),
                project=self.random.choice([None, *self.projects]),
                donor_name=f"Monthly giver {number}" if named else "",
                name_public=named,
                donor_email=f"monthly{number}@example.com",
            )
            actions.open_monthly_checkout(monthly=monthly)
            monthly.refresh_from_db()
            card = FAILS_LATER if number % 3 == 0 else CARDS[0]
            acts.append({"do": "pay", "session": monthly.checkout_session, "card": card})
        for sent, done in zip(acts, self.act(acts), strict=True):
            self.subscriptions[done["subscription"]] = sent["card"]

    def renew(self) -> None:
        """The next month of every monthly gift, for some the one after it too; some who could not pay do it later."""
        twice = [key for key, card in self.subscriptions.items() if card != FAILS_LATER and self.random.random() < 0.5]
        months = [*self.subscriptions, *twice]
        self.random.shuffle(months)
        begun = self.act([{"do": "renew", "subscription": key} for key in months])
        failed = [one["latest_invoice"] for one in begun if self.subscriptions[one["id"]] == FAILS_LATER]
        paid = failed[: len(failed) // 2]
        self.act([{"do": "collect", "invoice": key, "card": CARDS[0]} for key in paid])

    def time_passes(self) -> None:
        """Fees arrive, pending refunds go through, pages that nobody paid expire; the next month does not begin."""

        def over() -> bool:
            timers = self.stripe.control("state")["timers"]
            waiting = [one["object"] for one in timers if one["kind"] not in {RENEWAL_JOB, RETRY_JOB}]
            for key in waiting:
                self.stripe.control("advance", {"object": key})
            return not waiting

        wait_for("nothing waits at the card service", over, seconds=120)

    def happen(self) -> None:
        """Fees, a transfer to the bank, trouble, and transfers one of which comes back."""
        self.time_passes()
        self.pay_out(failing=False)
        self.trouble(0.4)
        self.time_passes()
        self.pay_out(failing=True)
        self.time_passes()

    def pay_out(self, *, failing: bool) -> None:
        """All that is available leaves for the bank, in each currency; if `failing`, the bank sends one back."""
        made = self.stripe.control("payout_now", {"available": True})["payouts"]
        if made and failing:
            self.stripe.control("fail_payout", {"payout": self.random.choice(made)["id"]})

    def act(self, acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Many things at once at the card service; what makes no sense there is refused there and nothing else."""
        done: list[dict[str, Any]] = []
        for start in range(0, len(acts), 200):
            done += self.stripe.control("many", {"acts": acts[start : start + 200]})["results"]
        return done

    def trouble(self, share: float) -> None:
        """Refunds of a part and of all, disputes with every end, inquiries and warnings, in random order."""
        sessions = Gift.objects.exclude(checkout_session=None).values_list("checkout_session", flat=True)
        payments = [{"session": key} for key in sessions] + [{"subscription": key} for key in self.subscriptions]
        chosen = self.random.sample(payments, int(len(payments) * share))
        first: list[dict[str, Any]] = []
        for whose in chosen:
            kind = self.random.choice(["part", "twice", "whole", "dispute", "inquiry", "warning"])
            if kind == "part":
                first.append({"do": "refund", **whose, "amount": 1_000})
            elif kind == "twice":
                first += [{"do": "refund", **whose, "amount": 100}, {"do": "refund", **whose, "amount": 200}]
            elif kind == "whole":
                first.append({"do": "refund", **whose})
            elif kind == "warning":
                first.append({"do": "fraud_warning", **whose})
            else:
                first.append({"do": "dispute", **whose, "inquiry": kind == "inquiry"})
        self.random.shuffle(first)
        made = [one for one in self.act(first) if isinstance(one, dict)]
        disputes = [one for one in made if one.get("object") == "dispute"]
        refunds = [one for one in made if one.get("object") == "refund"]
        second: list[dict[str, Any]] = []
        for one in disputes:
            if one["status"].startswith("warning"):
                end = self.random.choice(["escalate", "warning_closed", ""])
            else:
                end = self.random.choice(["won", "lost", "prevented", ""])
            if end == "escalate":
                second.append({"do": "escalate_dispute", "dispute": one["id"]})
            elif end:
                second.append({"do": "close_dispute", "dispute": one["id"], "as": end})
        second += [{"do": "fail_refund", "refund": one["id"]} for one in refunds if self.random.random() < 0.2]
        self.random.shuffle(second)
        self.act(second)
        self.renew()

    def look(self) -> None:
        """Remember every state; note each that went a way that is no way."""
        kinds: list[tuple[str, Iterable[tuple[UUID, str]], Callable[[str, str], bool]]] = [
            ("gift", Gift.objects.values_list("pk", "state"), lambda a, b: may_move(GiftState(a), GiftState(b))),
            (
                "refund",
                Refund.objects.values_list("pk", "state"),
                lambda a, b: refund_may_move(RefundState(a), RefundState(b)),
            ),
            (
                "dispute",
                Dispute.objects.values_list("pk", "state"),
                lambda a, b: dispute_may_move(DisputeState(a), DisputeState(b)),
            ),
        ]
        for kind, rows, may in kinds:
            for pk, state in rows:
                before = self.seen.get((kind, pk), state)
                if before != state and not may(before, state):
                    self.backwards.append(f"{kind} {pk}: {before} -> {state}")
                self.seen[kind, pk] = state

    def sweep(self, now: datetime) -> None:
        """One sweep of everything, as the clock does it within an hour."""
        sweep_events()
        StripeEvent.objects.filter(state__in=[EventState.RECEIVED, EventState.FAILED]).update(next_attempt_at=now)
        sweep_inbox()
        sweep_movements()
        MonthlyGift.objects.filter(next_check_at__isnull=False).update(next_check_at=now - timedelta(days=1))
        sweep_monthlies()
        look_again()
        Gift.objects.filter(next_check_at__isnull=False).update(next_check_at=now - timedelta(days=1))
        while sweep_waiting_gifts():
            self.look()
        sweep_payouts()
        book_movements()
        later = now + timedelta(days=8)  # what waits for others has waited long enough
        actions.publish_due(now=later)
        for movement in waiting_movements():
            book_movement(movement_pk=movement, now=later)
        book_movements()
        while mail_receipts():  # a hundred letters at a time, every minute
            self.look()
        self.look()

    def check(self) -> None:
        """The ledger is the card account to the last minor unit; nothing failed, nothing went back, and nothing waits
        but transfers that are told with others: those count as being on the card account."""
        held = Balance.objects.filter(account__code="stripe").values_list("account__currency")
        ledger = {code: total for code, total in held.annotate(total=Sum("amount_minor")) if total}
        account = {code: total for code, total in fetch_balance().total.items() if total}
        untold = Counter(dict(account))
        for code, minor in untold_shares().values_list("payout__currency", "amount_minor"):
            untold[code] += minor
        failed = list(StripeEvent.objects.filter(state=EventState.FAILED).values_list("type", "error"))
        waiting = list(
            Movement.objects.filter(state=MovementState.WAITING)
            .exclude(source_id__in=untold_shares().values("payout__payout_id"), type="payout")
            .values_list("type", "category", "payment_id", "trouble")
        )
        assert (failed, waiting, self.backwards) == ([], [], []), (failed, waiting, self.backwards)
        assert ledger == {code: total for code, total in untold.items() if total}, (ledger, account, untold)
        stayed = Movement.objects.values_list("currency").annotate(total=Sum("net_minor"))
        assert {code: total for code, total in stayed if total} == account
        thanked = Counter(Record.objects.filter(action="donations.receipt").values_list("object_id", flat=True))
        owed = Gift.objects.filter(state=GiftState.SUCCEEDED).exclude(donor_email="").values_list("pk", flat=True)
        assert thanked == Counter(str(pk) for pk in owed)
        self._check_months()

    def _check_months(self) -> None:
        """Each paid bill is one gift and each paid gift of a month one paid bill; each is standing as it is there."""
        sdk = stripe.StripeClient(KEY, base_addresses={"api": self.stripe.base})
        bills = Counter(one.id for one in sdk.v1.invoices.list({"status": "paid", "limit": 100}).auto_paging_iter())
        gifts = Gift.objects.filter(state=GiftState.SUCCEEDED, monthly__isnull=False)
        assert Counter(gifts.values_list("invoice", flat=True)) == bills
        assert set(bills.values()) == {1}
        there = {key: sdk.v1.subscriptions.retrieve(key).status for key in self.subscriptions}
        assert dict(MonthlyGift.objects.values_list("subscription", "state")) == there

    def check_letters(self, *, kills: int) -> None:
        """One letter of thanks for each gift with an address, one for each monthly gift that began, one for each bill
        that stayed unpaid; what was sent twice, at most once for each killed worker, is the same letter.
        """
        host = urlsplit(settings.SITE_URL).hostname or ""
        thanks = {
            letter_id(row_id=pk, letter="receipt", host=host): email
            for pk, email in Gift.objects.filter(state=GiftState.SUCCEEDED)
            .exclude(donor_email="")
            .values_list("pk", "donor_email")
        }
        begun = {
            letter_id(row_id=pk, letter="begun", host=host): email
            for pk, email in MonthlyGift.objects.values_list("pk", "donor_email")
        }
        sdk = stripe.StripeClient(KEY, base_addresses={"api": self.stripe.base})
        unpaid, failed = dict[str, str](), dict[str, str]()
        for pk, email, key in MonthlyGift.objects.values_list("pk", "donor_email", "subscription"):
            for one in sdk.v1.invoices.list({"subscription": str(key)}).data:
                letter = letter_id(row_id=pk, letter=f"failed:{one.id}", host=host)
                (unpaid if one.status == "open" else failed)[letter] = email
        sent = letters_in(self.spool)
        told = {letter.id: letter.to for letter in sent}
        # A bill that was paid before its failure was heard of needs no letter; one that failed first may have one.
        assert {key: to for key, to in told.items() if key not in failed} == {**thanks, **begun, **unpaid}
        assert len(told) == len(set(sent))
        assert len(sent) - len(told) <= kills
