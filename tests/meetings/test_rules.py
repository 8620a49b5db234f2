"""How a roll call becomes an outcome, without a database."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.meetings.rules import Ballot, Tally, outcome, says_why, submission_key, tally
from councils.meetings.states import Choice, Outcome


def test_a_tally_counts_everybody_once() -> None:
    ballots = [Ballot(c) for c in (Choice.FOR, Choice.FOR, Choice.AGAINST, Choice.ABSTAIN, Choice.ABSENT)]
    counted = tally([*ballots, Ballot(Choice.RECUSED, "Owner")])
    assert counted == Tally(in_favour=2, against=1, abstained=1, recused=1, absent=1)
    assert counted.present == 5


@pytest.mark.parametrize(
    ("numbers", "quorum", "expected"),
    [
        ((4, 0, 0, 0, 1), 4, Outcome.ADOPTED),
        ((3, 0, 0, 0, 2), 4, Outcome.NO_QUORUM),  # everybody who came agreed, and too few came
        ((2, 2, 0, 0, 1), 4, Outcome.REJECTED),  # a tie
        ((2, 1, 1, 0, 1), 4, Outcome.ADOPTED),
        ((1, 2, 2, 0, 0), 4, Outcome.REJECTED),
        ((0, 0, 5, 0, 0), 4, Outcome.REJECTED),  # nobody wanted it
        ((1, 0, 0, 3, 1), 4, Outcome.ADOPTED),  # those who step aside are present
        ((1, 0, 0, 2, 2), 4, Outcome.NO_QUORUM),
        ((0, 0, 0, 0, 5), 4, Outcome.NO_QUORUM),
    ],
)
def test_outcomes(numbers: tuple[int, int, int, int, int], quorum: int, expected: Outcome) -> None:
    assert outcome(Tally(*numbers), quorum) == expected


@given(st.tuples(*[st.integers(0, 20)] * 5), st.integers(1, 60))
def test_no_outcome_without_its_reason(numbers: tuple[int, int, int, int, int], quorum: int) -> None:
    counted = Tally(*numbers)
    decided = outcome(counted, quorum)
    assert (decided == Outcome.NO_QUORUM) == (counted.present < quorum)
    if decided == Outcome.ADOPTED:
        assert counted.in_favour > counted.against


@given(st.tuples(*[st.integers(0, 20)] * 5), st.integers(1, 60))
def test_one_more_in_favour_never_harms(numbers: tuple[int, int, int, int, int], quorum: int) -> None:
    if outcome(Tally(*numbers), quorum) == Outcome.ADOPTED:
        assert outcome(Tally(numbers[0] + 1, *numbers[1:]), quorum) == Outcome.ADOPTED


def test_who_steps_aside_says_why_and_nobody_else_does() -> None:
    right = {
        (choice, interest) for choice in Choice for interest in ("", " ", "Owner") if says_why(Ballot(choice, interest))
    }
    others = [choice for choice in Choice if choice != Choice.RECUSED]
    assert right == {(Choice.RECUSED, "Owner"), *((c, i) for c in others for i in ("", " "))}


def test_the_same_form_has_one_key_whatever_the_order_of_its_votes() -> None:
    nonce, a, b = uuid4(), uuid4(), uuid4()
    votes = {a: Ballot(Choice.FOR), b: Ballot(Choice.AGAINST)}
    turned = {b: Ballot(Choice.AGAINST), a: Ballot(Choice.FOR)}
    other = {a: Ballot(Choice.AGAINST), b: Ballot(Choice.FOR)}
    key = submission_key(nonce, "need", "t", "x", "2026-11-20", votes)
    assert submission_key(nonce, "need", "t", "x", "2026-11-20", turned) == key
    assert submission_key(nonce, "need", "t", "x", "2026-11-20", other) != key
    assert submission_key(uuid4(), "need", "t", "x", "2026-11-20", votes) != key
