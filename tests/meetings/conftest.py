"""A council of five seats (quorum four) in Temirtau, and a need that it has accepted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils.translation import override

from councils.meetings.actions import record_decision
from councils.meetings.models import Decision
from councils.meetings.rules import Ballot
from councils.meetings.states import Choice
from councils.members.actions import found_council
from councils.members.models import Council
from councils.needs.actions import accept_need, file_need
from councils.needs.models import Need
from councils.needs.states import Category
from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User
from users.states import Role

NAMES = ("Dana", "Marat", "Aigul", "Sergey", "Bota")
LETTERS = {
    "+": Choice.FOR,
    "-": Choice.AGAINST,
    "0": Choice.ABSTAIN,
    "r": Choice.RECUSED,
    "a": Choice.ABSENT,
}


@dataclass(frozen=True)
class Hall:
    """The council and its people: the chair is the first of the voting seats."""

    council: Council
    seats: tuple[Appointment, ...]
    secretary: User

    @property
    def chair(self) -> User:
        return self.seats[0].user

    def roll(self, letters: str) -> dict[UUID, Ballot]:
        """One letter per seat: + - 0 r a."""
        return {
            seat.pk: Ballot(LETTERS[letter], "Owner of Lamps LLP" if letter == "r" else "")
            for seat, letter in zip(self.seats, letters, strict=True)
        }


def seated(role: Role, town: Town, now: datetime, name: str = "", **term: date) -> Appointment:
    user = User.objects.create_user(f"{role}-{uuid4().hex[:8]}@example.org", display_name=name)
    starts = term.get("starts", (now - timedelta(days=60)).date())
    return appoint(actor=None, user=user, role=role, town=town, starts_date=starts, ends_date=term.get("ends"), now=now)


def set_up_hall(town: Town, now: datetime) -> Hall:
    council = found_council(
        actor=None,
        town=town,
        seats=5,
        legal_basis="Charter of the council",
        founded_date=(now - timedelta(days=60)).date(),
        now=now,
    )
    return Hall(
        council=council,
        seats=tuple(seated(Role.COUNCILLOR if i else Role.CHAIR, town, now, name) for i, name in enumerate(NAMES)),
        secretary=seated(Role.SECRETARY, town, now, "Saule").user,
    )


def set_up_need(hall: Hall, town: Town, now: datetime, text: str = "The street lamps are dark since October.") -> Need:
    need = file_need(
        town=town,
        text=text,
        page_language="en",
        category=Category.LIGHTING,
        quarter="",
        photo=None,
        author=None,
        helper=None,
        submission=uuid4(),
        now=now - timedelta(days=20),
    )
    return accept_need(actor=hall.secretary, need=need, now=now - timedelta(days=10))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def hall(town: Town, now: datetime) -> Hall:
    return set_up_hall(town, now)


@pytest.fixture
def need(hall: Hall, town: Town, now: datetime) -> Need:
    return set_up_need(hall, town, now)


@pytest.fixture
def another_need(hall: Hall, town: Town, now: datetime) -> Callable[..., Need]:
    def make(text: str = "The bus does not come any more.") -> Need:
        return set_up_need(hall, town, now, text)

    return make


@pytest.fixture
def decide(hall: Hall, need: Need, now: datetime) -> Callable[..., Decision]:
    """Record a decision; letters are the roll call, one per seat."""

    def make(
        letters: str = "+++++",
        *,
        on: Need | None = None,
        actor: User | None = None,
        title: str = "Light for school 12",
        text: str = "The fund is asked to raise money for twelve lamps.",
        day: date | None = None,
        roll: Mapping[UUID, Ballot] | None = None,
        submission: UUID | None = None,
    ) -> Decision:
        return record_decision(
            actor=actor or hall.secretary,
            need=on or need,
            title=title,
            text=text,
            language="en",
            decided_date=day or (now - timedelta(days=2)).date(),
            roll=hall.roll(letters) if roll is None else roll,
            submission=submission or uuid4(),
            now=now,
        )

    return make
