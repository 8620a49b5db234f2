"""People, a small questionnaire and the real one, and waves. Nothing here is used by the tests of the rules."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from councils.surveys import actions
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.states import Audience
from tests.surveys.pages import wave_from_today
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

MakePerson = Callable[..., User]
MakeWave = Callable[..., Wave]

REAL = Path("councils/surveys/data/life_in_our_town.xlsx")
LANGUAGES = {"kk": "Қазақша (kk)", "ru": "Русский (ru)", "en": "English (en)", "de": "Deutsch (de)"}

_numbers = count(1)


def small_form(*, without: str = "") -> bytes:
    """Three sections as Markdown: relevance within a section, ticks, a number with bounds, free text.

    `without` leaves a text out, as `choice:no:kk`.
    """

    def labels(kind: str, name: str, text: str) -> str:
        return " | ".join("" if without == f"{kind}:{name}:{code}" else f"{text} {code}" for code in LANGUAGES)

    columns = " | ".join(f"label::{language}" for language in LANGUAGES.values())
    messages = " | ".join(f"constraint_message::{language}" for language in LANGUAGES.values())
    empty = " | ".join([""] * len(LANGUAGES))

    def row(kind: str, name: str, text: str, rest: str = " | | ", message: str = "") -> str:
        words = labels("label", name, text) if text else empty
        said = labels("message", name, message) if message else empty
        return f"| | {kind} | {name} | {words} | {rest} | {said} |"

    titles = " | ".join(f"public_title::{language}" for language in LANGUAGES.values())
    return "\n".join(
        [
            f"| survey | | | {empty} | | | | {empty} |",
            f"| | type | name | {columns} | required | relevant | constraint | {messages} |",
            row("begin_group", "first", "First part"),
            row("select_one yes_no", "garden", "Have you a garden?", "yes | | "),
            row("text", "flowers", "Which flowers?", "yes | ${garden} = 'yes' | "),
            row("end_group", "", ""),
            row("begin_group", "second", "Second part"),
            row("select_multiple tools", "tools", "Which tools?"),
            row("integer", "trees", "How many trees?", " | | . >= 0 and . <= 50", "Between 0 and 50, please"),
            row("end_group", "", ""),
            row("begin_group", "third", "Third part", " | ${garden} = 'yes' | "),
            row("text", "wish", "A wish?"),
            row("end_group", "", ""),
            f"| choices | | | {empty} |",
            f"| | list_name | name | {columns} |",
            *(
                f"| | {name} | {value} | {labels('choice', value, text)} |"
                for name, value, text in [
                    ("yes_no", "yes", "Yes"),
                    ("yes_no", "no", "No"),
                    ("tools", "spade", "Spade"),
                    ("tools", "rake", "Rake"),
                ]
            ),
            "| settings | | | | | | | |",
            f"| | form_title | form_id | version | default_language | {titles} |",
            f"| | Gardens | gardens | 1 | {LANGUAGES['kk']} | {labels('title', '', 'Gardens')} |",
        ]
    ).encode()


@pytest.fixture
def person(town: Town, now: datetime) -> MakePerson:
    """A signed-up person; with a role, they have held it for a month in the town (in all towns: everywhere=True)."""

    def make(
        role: Role | None = None,
        *,
        everywhere: bool = False,
        where: Town | None = None,
        verified_by: User | None = None,
    ) -> User:
        user = User.objects.create_user(f"person{next(_numbers)}@example.org")
        if role is not None:
            appoint(
                actor=None,
                user=user,
                role=role,
                town=None if everywhere else where or town,
                starts_date=(now - timedelta(days=30)).date(),
                ends_date=None,
                now=now,
                verified_by=verified_by,
            )
        return user

    return make


@pytest.fixture
def elsewhere(town: Town) -> Town:
    """Another town."""
    return Town.objects.exclude(pk=town.pk).order_by("slug")[0]


@pytest.fixture
def resident(person: MakePerson) -> User:
    return person(Role.RESIDENT)


@pytest.fixture
def secretary(person: MakePerson) -> User:
    return person(Role.SECRETARY)


@pytest.fixture
def administrator(person: MakePerson) -> User:
    return person(Role.ADMINISTRATOR, everywhere=True)


@pytest.fixture
def small_version(db: None, now: datetime) -> QuestionnaireVersion:
    return actions.import_questionnaire(
        actor=None, slug="gardens", content=small_form(), filename="gardens.md", now=now
    )


@pytest.fixture
def real_version(db: None, now: datetime) -> QuestionnaireVersion:
    return actions.import_questionnaire(
        actor=None, slug="life-in-our-town", content=REAL.read_bytes(), filename=REAL.name, now=now
    )


@pytest.fixture
def open_a_wave(town: Town, now: datetime) -> MakeWave:
    """Opens a wave from yesterday for two weeks."""

    def make(
        version: QuestionnaireVersion,
        *,
        where: Town | None = None,
        audience: Audience = Audience.DECLARED,
        opens_in: int = -1,
        closes_in: int = 14,
    ) -> Wave:
        return actions.open_wave(
            actor=None,
            town=where or town,
            version=version,
            opens_date=(now + timedelta(days=opens_in)).date(),
            closes_date=(now + timedelta(days=closes_in)).date(),
            audience=audience,
            now=now,
        )

    return make


@pytest.fixture
def wave(open_a_wave: MakeWave, small_version: QuestionnaireVersion) -> Wave:
    return open_a_wave(small_version)


@pytest.fixture
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def today_wave(town: Town, small_version: QuestionnaireVersion) -> Wave:
    """A wave that is open on the day the test runs: pages read the clock."""
    return wave_from_today(town, small_version)


@pytest.fixture
def signed_in(client: Client, resident: User) -> Client:
    client.force_login(resident)
    return client
