"""An open wave, five hundred residents of its town, and what each of them answers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from common.clock import day_of
from councils.surveys import actions
from councils.surveys.models import Wave
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience
from tests.surveys.conftest import small_form
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

PEOPLE = 500


@dataclass(frozen=True)
class World:
    """An open wave and its residents. Person n wishes for "secret-n-...": that is what the attacks try to find."""

    wave: Wave
    people: list[User]
    tag: str = field(default_factory=lambda: token_hex(6))  # tells this world's secrets from those of other tests

    def secret(self, number: int) -> str:
        """What person `number` wishes for."""
        return f"secret-{number}-{self.tag}"


def crowd(town: Town, now: datetime) -> World:
    """The wave of a small questionnaire, opened today."""
    version = actions.import_questionnaire(
        actor=None, slug="gardens", content=small_form(), filename="gardens.md", now=now
    )
    wave = actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=day_of(now),
        closes_date=day_of(now) + timedelta(days=9),
        audience=Audience.DECLARED,
        now=now,
    )
    people = User.objects.bulk_create([User.unconfirmed(f"person{number}@example.org") for number in range(PEOPLE)])
    Appointment.objects.bulk_create(
        [Appointment(user=one, town=town, role=Role.RESIDENT, starts_date=day_of(now)) for one in people]
    )
    return World(wave=wave, people=people)


def answer(world: World, number: int, now: datetime) -> None:
    """Person `number` answers, and wishes for the secret of that number."""
    actions.submit_answers(
        wave=world.wave,
        who=Respondent(user_id=world.people[number].pk),
        answers={"garden": "yes", "flowers": "Tulips", "trees": str(number % 50), "wish": world.secret(number)},
        now=now,
    )
