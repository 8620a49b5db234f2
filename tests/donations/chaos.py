"""A wild month at the card service: what happens to many gifts there, in an order that a seed decides, and what has to
be true here when all of it has arrived, late, twice, shuffled or not at all."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import Sum

from audit.models import Record
from common.money import Money
from funds.donations import actions
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.rules import dispute_may_move, may_move, refund_may_move
from funds.donations.states import DisputeState, GiftState, RefundState
from funds.donations.tasks import look_again, mail_receipts, sweep_waiting_gifts
from funds.ledger.models import Balance, Fund
from funds.payments.models import Movement, StripeEvent
from funds.payments.states import EventState, MovementState
from funds.payments.stripe import fetch_balance
from funds.payments.tasks import book_movements, sweep_events, sweep_inbox, sweep_movements
from funds.projects.models import Project
from tests.payments.stage import make_gift
from tests.standins.stripe.running import StandIn

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

    def act(self, acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Many things at once at the card service; what makes no sense there is refused there and nothing else."""
        done: list[dict[str, Any]] = []
        for start in range(0, len(acts), 200):
            done += self.stripe.control("many", {"acts": acts[start : start + 200]})["results"]
        return done

    def trouble(self, share: float) -> None:
        """Refunds of a part and of all, disputes with every end, inquiries and warnings, in random order."""
        payments = list(Gift.objects.exclude(checkout_session=None).values_list("checkout_session", "amount_minor"))
        chosen = self.random.sample(payments, int(len(payments) * share))
        first: list[dict[str, Any]] = []
        for session, _amount in chosen:
            kind = self.random.choice(["part", "twice", "whole", "dispute", "inquiry", "warning"])
            whose = {"session": session}
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
        look_again()
        Gift.objects.filter(next_check_at__isnull=False).update(next_check_at=now - timedelta(days=1))
        while sweep_waiting_gifts():
            self.look()
        book_movements()
        actions.publish_due(now=now + timedelta(days=8))
        book_movements()
        mail_receipts()
        self.look()

    def check(self) -> None:
        """The ledger is the card account to the last minor unit; nothing waits, nothing failed, nothing went back."""
        held = Balance.objects.filter(account__code="stripe").values_list("account__currency")
        ledger = {code: total for code, total in held.annotate(total=Sum("amount_minor")) if total}
        account = {code: total for code, total in fetch_balance().total.items() if total}
        failed = list(StripeEvent.objects.filter(state=EventState.FAILED).values_list("type", "error"))
        waiting = list(
            Movement.objects.filter(state=MovementState.WAITING).values_list(
                "type", "category", "payment_id", "trouble"
            )
        )
        assert (failed, waiting, self.backwards) == ([], [], [])
        assert ledger == account
        stayed = Movement.objects.values_list("currency").annotate(total=Sum("net_minor"))
        assert {code: total for code, total in stayed if total} == account
        thanked = Counter(Record.objects.filter(action="donations.receipt").values_list("object_id", flat=True))
        owed = Gift.objects.filter(state=GiftState.SUCCEEDED).exclude(donor_email="").values_list("pk", flat=True)
        assert thanked == Counter(str(pk) for pk in owed)
