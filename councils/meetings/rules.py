"""How a roll call becomes a decision. Pure arithmetic: the outcome is always computed, never typed.

The rule, as the minutes explain it: whoever answered the roll is present, also those who abstain and those who step
aside because of an interest, since they came and are named. With a quorum present a proposal is adopted when more
members voted for it than against it; a tie rejects it, and so does a roll in which nobody voted for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from councils.meetings.states import Choice, Outcome


@dataclass(frozen=True, slots=True)
class Ballot:
    """Where one member stood. `interest` names what a recused member has a stake in, and is empty for all others."""

    choice: Choice
    interest: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """A roll call in numbers of members."""

    in_favour: int
    against: int
    abstained: int
    recused: int
    absent: int

    @property
    def present(self) -> int:
        return self.in_favour + self.against + self.abstained + self.recused


def tally(ballots: Iterable[Ballot]) -> Tally:
    count = Counter(ballot.choice for ballot in ballots)
    return Tally(
        in_favour=count[Choice.FOR],
        against=count[Choice.AGAINST],
        abstained=count[Choice.ABSTAIN],
        recused=count[Choice.RECUSED],
        absent=count[Choice.ABSENT],
    )


def outcome(of: Tally, quorum: int) -> Outcome:
    """What the roll call decided, given how many members must be present."""
    if of.present < quorum:
        return Outcome.NO_QUORUM
    return Outcome.ADOPTED if of.in_favour > of.against else Outcome.REJECTED


def says_why(ballot: Ballot) -> bool:
    """A recused member names the interest; nobody else has one to name."""
    return bool(ballot.interest.strip()) == (ballot.choice == Choice.RECUSED)


def contradicts(choices: Iterable[Choice], *, present: bool) -> bool:
    """Whether a member who is said to have been (or not to have been) there stood otherwise in a roll call that day."""
    return any((choice == Choice.ABSENT) == present for choice in choices)


def submission_key(nonce: UUID, need: str, title: str, text: str, day: str, roll: Mapping[UUID, Ballot]) -> UUID:
    """The same form sent twice with the same words and votes is one decision. `nonce` was drawn for the form."""
    votes = sorted(f"{member}={ballot.choice}={ballot.interest}" for member, ballot in roll.items())
    return uuid5(nonce, "\x1f".join([need, title, text, day, *votes]))
