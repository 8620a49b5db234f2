"""Random steps against a plain Python model: after each one PostgreSQL's ledger says what the model says."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from common.errors import DomainError
from common.money import Money
from funds.ledger.actions import close_period, expire_holds, place_hold, post, void_hold
from funds.ledger.models import Earmark, Fund, Head, Hold, Period, Transaction
from funds.ledger.rules import Posting
from funds.ledger.rules.corrections import correction_key
from funds.ledger.states import AccountCode, Kind
from tests.conftest import NOW
from tests.ledger.books import DAY, Side, amounts, book, check_books, log_bodies, posting
from tests.ledger.model import Kept, Model, Place, Reserved
from tests.ledger.steps import AMOUNT, CURRENCY, DAYS_AGO, EARMARK, KINDS, ODD, approved_request, shapes
from tests.thread import Thread
from towns.models import Town

pytestmark = pytest.mark.django_db


class Books(RuleBasedStateMachine):
    """One fund with two projects. A step is wrapped in a savepoint, all of an example in a transaction undone."""

    @initialize()
    def found(self) -> None:
        self.around = transaction.atomic()
        self.around.__enter__()
        self.begin(Town.objects.get(slug="temirtau"))

    def begin(self, town: Town) -> None:
        self.slug = town.slug
        self.fund = Fund.objects.create(town=town, legal_entity="Tests", founded_date=DAY)
        self.thread = Thread(town=town, fund=self.fund, now=NOW)
        need = self.thread.need()
        decision = self.thread.decision(need)
        self.decision = decision.pk
        made = [self.thread.project(decision).pk]
        self.project = made[0]
        made.append(Earmark.objects.create(fund=self.fund, label="Another").pk)
        self.earmarks: list[UUID | None] = [None, *made]
        self.others = len(log_bodies(self.slug))
        self.model = Model(today=DAY)
        self.closes = 0

    def teardown(self) -> None:
        if hasattr(self, "around"):
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(minutes=self.model.hour)

    def send(self, *postings: Posting) -> None:
        """Post a batch, and do with the model what must become of it."""
        before = copied(self.model)
        fine = True
        expected: list[tuple[str, int, bool]] = []
        for one in postings:
            known = self.model.booked.get(one.key)
            if known is not None and known.posting.lines == one.lines and one.key not in {k for k, _, _ in expected}:
                expected.append((one.key, known.seq, False))
            elif known is None and self.model.may(one):
                expected.append((one.key, self.model.book(one), True))
            else:
                fine = False
                break
        try:
            with transaction.atomic():
                answers = post(postings=postings, now=self.now)
        except (DomainError, DatabaseError):
            assert not fine, f"refused although the model books it: {postings}"
            restore(self.model, before)
        else:
            assert fine, f"booked although the model refuses it: {postings}"
            assert {(b.key, b.seq, b.created) for b in answers} == set(expected)

    def made(self, kind: str, *sides: Side, ago: int = 0, **more: Any) -> Posting:
        """A posting about something; money is moved by the council's decision."""
        subject = self.decision if kind == "redesignation" else uuid4()
        return posting(self.fund, kind, *sides, day=DAY - timedelta(days=ago), subject=subject, **more)

    def usual(self, kind: str, minor: int, tied: int, other: int, currency: str, **more: Any) -> Posting:
        sides = shapes(kind, minor, self.earmarks[tied], self.earmarks[other], currency)
        return self.made(kind.rpartition(" ")[2], *sides, **more)

    @rule(kind=st.sampled_from(KINDS), minor=AMOUNT, tied=EARMARK, other=EARMARK, currency=CURRENCY, ago=DAYS_AGO)
    def one(self, kind: str, minor: int, tied: int, other: int, currency: str, ago: int) -> None:
        self.send(self.usual(kind, minor, tied, other, currency, ago=ago))

    @rule(parts=st.lists(st.tuples(st.sampled_from(KINDS), AMOUNT, EARMARK, EARMARK, CURRENCY), min_size=2, max_size=4))
    def several(self, parts: list[tuple[str, int, int, int, str]]) -> None:
        self.send(*(self.usual(*part) for part in parts))

    @rule(kind=st.sampled_from(KINDS), minor=AMOUNT, tied=EARMARK, ago=st.integers(0, 20))
    def late(self, kind: str, minor: int, tied: int, ago: int) -> None:
        self.send(self.usual(kind, minor, tied, 0, "KZT", ago=ago, late=True))

    @rule(odd=st.sampled_from(ODD), minor=AMOUNT, tied=EARMARK)
    def untrue(self, odd: tuple[str, tuple[str, str]], minor: int, tied: int) -> None:
        kind, (debit, credit) = odd
        self.send(self.made(kind, (debit, minor, self.earmarks[tied]), (credit, -minor)))

    @precondition(lambda self: self.model.booked)
    @rule(pick=st.integers(0, 10**6), other=st.booleans(), minor=AMOUNT)
    def again(self, pick: int, other: bool, minor: int) -> None:
        """A key that is booked, with the same lines or with others, alone or beside a new one."""
        kept = list(self.model.booked.values())[pick % len(self.model.booked)].posting
        if other:
            kept = self.usual("gift", minor + 1000, 0, 0, "KZT", key=kept.key)
        self.send(*([kept] if pick % 2 else [self.usual("gift", minor, 0, 0, "KZT"), kept]))

    @precondition(lambda self: self.model.booked)
    @rule(pick=st.integers(0, 10**6), off=st.sampled_from([0, 0, 0, 1]), twice=st.booleans())
    def reverse(self, pick: int, off: int, twice: bool) -> None:
        kept = list(self.model.booked.values())[pick % len(self.model.booked)]
        row = Transaction.objects.get(key=kept.posting.key)
        lines = tuple(replace(line, amount=-line.amount) for line in kept.posting.lines)
        if off:
            lines = tuple(replace(line, amount=Money(line.amount.minor * 2, line.amount.currency)) for line in lines)
        back = replace(self.made("gift", ("stripe", 1), ("gifts", -1)), kind=Kind.REVERSAL, lines=lines)
        for _ in range(2 if twice else 1):
            self.reverse_of(replace(back, key=correction_key(uuid4())), kept, row.pk)

    def reverse_of(self, back: Posting, kept: Kept, pk: UUID) -> None:
        """The model knows a transaction by its key, PostgreSQL by its identifier."""
        fine = self.model.may(replace(back, reverses=kept.name))
        try:
            with transaction.atomic():
                [booked] = book(self.now, replace(back, reverses=pk))
        except (DomainError, DatabaseError):
            assert not fine, f"refused although the model reverses it: {back}"
        else:
            assert fine, f"reversed although the model refuses it: {back}"
            assert booked.seq == self.model.book(replace(back, reverses=kept.name))

    @rule(minor=AMOUNT, tied=EARMARK, minutes=st.integers(1, 30), code=st.sampled_from(["bank", "bank", "cash"]))
    def reserve(self, minor: int, tied: int, minutes: int, code: str) -> None:
        money: Place = (AccountCode(code), "KZT", None)
        purse = (self.earmarks[tied], "KZT")
        fine = self.model.may_hold(money, purse, minor)
        try:
            with transaction.atomic():
                hold = place_hold(
                    fund=self.fund.pk,
                    account=money[0],
                    earmark=purse[0],
                    amount=Money(minor, "KZT"),
                    key=str(uuid4()),
                    expires_at=self.now + timedelta(minutes=minutes),
                    now=self.now,
                )
        except DomainError:
            assert not fine
        else:
            assert fine
            self.model.holds[hold] = Reserved(money, purse, minor, self.model.hour + minutes)

    @precondition(lambda self: self.model.holds)
    @rule(pick=st.integers(0, 10**6))
    def release(self, pick: int) -> None:
        hold = list(self.model.holds)[pick % len(self.model.holds)]
        assert [void_hold(hold=hold, now=self.now) for _ in range(2)] == [True, False]
        del self.model.holds[hold]

    @rule(pick=st.integers(0, 10**6), minor=AMOUNT, how=st.sampled_from(["hold", "hold", "all of it", "no hold"]))
    def pay(self, pick: int, minor: int, how: str) -> None:
        """A payment with the approvals that it needs, out of a hold or not; the hold ends with it."""
        model, tied = self.model, self.project
        hold = list(model.holds)[pick % len(model.holds)] if how != "no hold" and model.holds else None
        used = model.holds.get(hold) if hold else None
        if used and how == "all of it":
            minor = used.minor
        money = used.money[0] if used else AccountCode.BANK
        payment = self.made("payment", ("spending", minor, tied), (money.value, -minor))
        payment = replace(payment, subject=approved_request(self.thread, tied, minor), hold=hold)
        if used and hold:
            del model.holds[hold]
        fine = model.may(payment) and (used is None or (used.purse == (tied, "KZT") and minor <= used.minor))
        try:
            with transaction.atomic():
                [booked] = post(postings=[payment], now=self.now)
        except DomainError:
            assert not fine, f"refused although the model pays it: {payment}"
            if used and hold:
                model.holds[hold] = used
        else:
            assert fine, f"paid although the model refuses it: {payment}"
            assert booked.seq == model.book(payment)

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes: int) -> None:
        self.model.hour += minutes
        due = [hold for hold, kept in self.model.holds.items() if kept.expires <= self.model.hour]
        assert expire_holds(now=self.now) == len(due)
        for hold in due:
            del self.model.holds[hold]

    @rule(ago=st.integers(0, 12))
    def close(self, ago: int) -> None:
        ends = DAY - timedelta(days=ago)
        known = Period.objects.filter(fund=self.fund, ends_date=ends).exists()
        fine = known or (Head.objects.filter(fund=self.fund).exists() and self.model.closed < ends < DAY)
        try:
            with transaction.atomic():
                close_period(actor=None, fund=self.fund, ends=ends, now=self.now)
        except DomainError:
            assert not fine
            return
        assert fine
        if not known:
            self.closes += 1
            self.model.closed = ends
            said = json.loads(log_bodies(self.slug)[-1])
            trial = {(r["account"], r["currency"], r.get("project")): r["balance"] for r in said["trial"]}
            told = {(p[0].value, p[1], str(p[2]) if p[2] else None): n for p, n in self.model.trial(ends).items()}
            assert trial == told
            assert said["last_seq"] == len(self.model.booked)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        assert check_books(self.fund) == len(self.model.booked)
        assert amounts(self.fund) == {(p[0].value, *p[1:]): n for p, n in self.model.balances.items() if n}
        assert set(Hold.objects.filter(end__isnull=True).values_list("pk", flat=True)) == set(self.model.holds)
        assert len(log_bodies(self.slug)) == self.others + len(self.model.booked) + self.closes


def copied(model: Model) -> tuple[Any, ...]:
    return model.balances.copy(), model.purses.copy(), {key: replace(kept) for key, kept in model.booked.items()}


def restore(model: Model, before: tuple[Any, ...]) -> None:
    model.balances, model.purses, model.booked = before


def run(examples: int, steps: int, machine: type[Books] = Books) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a shorter example costs minutes; the failing steps are printed as they were
            derandomize=examples < 20,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_ledger_agrees_with_the_model() -> None:
    run(examples=8, steps=40)


@pytest.mark.soak
def test_the_ledger_agrees_with_the_model_for_thousands_of_steps() -> None:
    run(examples=60, steps=100)
