"""The random steps of test_machine.py with several people at once: what PostgreSQL made of them is what the model makes
of them one after the other, in the order of their numbers.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from common.errors import DomainError
from funds.ledger.actions import Booked, post, post_directly, void_hold
from funds.ledger.models import Transaction
from funds.ledger.rules import Posting
from funds.ledger.rules.corrections import correction_key
from funds.ledger.states import Kind
from tests.ledger.books import ASKS_AND_CONFIRMS, book
from tests.ledger.model import Kept
from tests.ledger.steps import AMOUNT, CURRENCY, EARMARK, KINDS
from tests.ledger.test_machine import Books, copied, run
from towns.models import Town
from users.models import User

PART = st.tuples(st.sampled_from(KINDS), AMOUNT, EARMARK, EARMARK, CURRENCY)


class Crowd(Books):
    """Every example has a town of its own, and what it books is committed: other connections have to see it."""

    @initialize()
    def found(self) -> None:
        town = Town.objects.filter(fund=None).order_by("slug").first()
        assert town is not None
        self.begin(town)
        for name in ASKS_AND_CONFIRMS:  # who is made by two at once is made once and refused once
            User.objects.get_or_create(email=name)

    def teardown(self) -> None:
        """Nothing of this example expires in the next one."""
        for hold in self.model.holds if hasattr(self, "model") else ():
            void_hold(hold=hold, now=self.now)

    def at_once(self, pairs: Sequence[tuple[Posting, Posting]], *, combined: bool) -> list[Booked | None]:
        """Post each on a connection of its own, all at the same moment; None stands for a refusal.

        Of each pair the first is for PostgreSQL, the second for the model.
        """
        start, now = Barrier(len(pairs)), self.now
        send = post if combined else post_directly

        def one(posting: Posting) -> Booked | None:
            try:
                start.wait(timeout=60)
                return book(now, posting)[0] if posting.reverses else send(postings=[posting], now=now)[0]
            except (DomainError, DatabaseError):
                return None
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(pairs)) as pool:
            return list(pool.map(one, [posting for posting, _told in pairs]))

    def settle(self, pairs: Sequence[tuple[Posting, Posting]], answers: Sequence[Booked | None]) -> None:
        """Book in the model what was booked, in its order; what was refused is refused somewhere on that way."""
        states = [copied(self.model)]
        new = [(one, told) for one, (_posting, told) in zip(answers, pairs, strict=True) if one and one.created]
        for booked, told in sorted(new, key=lambda both: both[0].seq):
            assert self.model.may(told), f"booked although the model refuses it: {told}"
            assert self.model.book(told) == booked.seq
            states.append(copied(self.model))
        for answer, (posting, told) in zip(answers, pairs, strict=True):
            if answer is None:
                may = [
                    replace(self.model, balances=balances, purses=purses, booked=booked).may(told)
                    for balances, purses, booked in states
                ]
                assert not all(may), f"refused although the model books it at any moment: {told}"
            else:
                assert self.model.booked[posting.key].seq == answer.seq

    @rule(parts=st.lists(PART, min_size=2, max_size=5), twice=st.booleans(), combined=st.booleans())
    def together(self, parts: list[tuple[str, int, int, int, str]], twice: bool, combined: bool) -> None:
        """Different postings at once; one of them perhaps from two senders under one key."""
        postings = [self.usual(*part) for part in parts]
        postings += postings[:1] if twice else []
        pairs = [(one, one) for one in postings]
        answers = self.at_once(pairs, combined=combined)
        self.settle(pairs, answers)
        if twice:
            same = [one for one, posting in zip(answers, postings, strict=True) if posting.key == postings[0].key]
            assert sum(one is not None and one.created for one in same) == any(one is not None for one in same)

    @precondition(lambda self: self.model.booked)
    @rule(pick=st.integers(0, 10**6), beside=PART, combined=st.booleans())
    def reversed_by_two(self, pick: int, beside: tuple[str, int, int, int, str], combined: bool) -> None:
        """Two undo the same line at once while a third books something else."""
        kept: Kept = list(self.model.booked.values())[pick % len(self.model.booked)]
        row = Transaction.objects.get(key=kept.posting.key)
        lines = tuple(replace(line, amount=-line.amount) for line in kept.posting.lines)
        other = self.usual(*beside)
        pairs = [(other, other)]
        for _person in range(2):
            back = replace(self.made("gift", ("stripe", 1), ("gifts", -1)), kind=Kind.REVERSAL, lines=lines)
            back = replace(back, key=correction_key(uuid4()))
            pairs.append((replace(back, reverses=row.pk), replace(back, reverses=kept.name)))
        answers = self.at_once(pairs, combined=combined)
        self.settle(pairs, answers)
        assert sum(one is not None for one in answers[1:]) <= 1


@pytest.mark.usefixtures("committed_db")
def test_a_crowd_agrees_with_the_model() -> None:
    run(examples=2, steps=12, machine=Crowd)


@pytest.mark.soak
@pytest.mark.usefixtures("committed_db")
def test_a_crowd_agrees_with_the_model_for_a_thousand_steps() -> None:
    run(examples=20, steps=60, machine=Crowd)
