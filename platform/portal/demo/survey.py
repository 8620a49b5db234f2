"""The surveys of the demo town: two waves that invented residents answered and that have closed, and one that is open.

The population tables are invented too, and say so wherever they are shown.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from common.clock import day_of
from councils.indicators.actions import count_wave
from councils.surveys import actions
from councils.surveys.actions.invitations import make_invitations, respondent_of
from councils.surveys.actions.reading import Reading, add_code, read_answers
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.queries.reading import waiting_answers
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel, InvitationKind, OpenAnswerState
from portal.demo import residents
from towns.actions import replace_margins
from towns.invented import DEMO_FIGURES
from towns.models import Town
from towns.states import MarginDimension
from users.actions import appoint
from users.models import User
from users.states import Role

QUESTIONNAIRE = Path(__file__).parents[3] / "councils" / "surveys" / "data" / "life_in_our_town.xlsx"
WITH_ACCOUNTS, BY_LETTERS, EARLIER = 150, 170, 150
_SLUG = "life-in-our-town"
PEOPLE_OF_16 = {
    "female_age_16_17": 410,
    "female_age_18_29": 1690,
    "female_age_30_44": 2750,
    "female_age_45_64": 3300,
    "female_age_65_plus": 1980,
    "male_age_16_17": 430,
    "male_age_18_29": 1820,
    "male_age_30_44": 2640,
    "male_age_45_64": 2750,
    "male_age_65_plus": 1020,
}
# Who answers is not who lives there: more women and more people over 45 than in the town.
HERE = residents.Place(answering={"female": (2, 12, 22, 34, 18), "male": (2, 10, 9, 15, 9)})
# Half a year before: people were worse off with the roads, which have been mended since, and better with the water.
BEFORE = replace(HERE, roads=0.1, water=0.6, often={**HERE.often, "roads": 40, "water": 14})
_OPEN = "one_change"


def questionnaire(now: datetime) -> QuestionnaireVersion:
    """The questionnaire that ships, imported once."""
    found = QuestionnaireVersion.objects.filter(questionnaire__slug=_SLUG).order_by("-number").first()
    return found or actions.import_questionnaire(
        actor=None, slug=_SLUG, content=QUESTIONNAIRE.read_bytes(), filename=QUESTIONNAIRE.name, now=now
    )


def population(town: Town, counts: Mapping[str, int], now: datetime) -> None:
    """The table that a town's answers are weighted to."""
    replace_margins(
        town=town,
        dimension=MarginDimension.SEX_AGE,
        counts=counts,
        year=now.year,
        source=DEMO_FIGURES,
        actor_id=None,
        now=now,
    )


def by_letters(
    wave: Wave, place: residents.Place, *, number: int, dice: random.Random, helper: User | None, now: datetime
) -> None:
    """People answer by the codes of their letters; two of five on paper or, where there is one, with a helper."""
    codes = make_invitations(actor=None, wave=wave, kind=InvitationKind.PERSON, number=number, batch="Demo", now=now)
    for at, code in enumerate(codes):
        who, channel = respondent_of(wave=wave, code=code), (Channel.WEB, Channel.WEB, Channel.PAPER)[at % 3]
        if helper is not None and at % 5 == 0:
            who, channel = replace(who, helper_id=helper.pk), Channel.HELPER
        actions.submit_answers(wave=wave, who=who, answers=residents.answers_of(place, dice), channel=channel, now=now)


def _opened(town: Town, people: dict[str, User], audience: Audience, began: datetime) -> Wave:
    """A wave of three weeks."""
    return actions.open_wave(
        actor=people["secretary"],
        town=town,
        version=questionnaire(began),
        opens_date=day_of(began),
        closes_date=day_of(began + timedelta(days=20)),
        audience=audience,
        now=began,
    )


def earlier_wave(town: Town, people: dict[str, User], now: datetime) -> Iterator[datetime]:
    """A smaller wave half a year ago, so that there is something to compare with."""
    began = now - timedelta(days=190)
    yield began
    population(town, PEOPLE_OF_16, began)
    wave = _opened(town, people, Audience.INVITED, began)
    dice = random.Random(1988)  # noqa: S311 - the same invented answers every time
    by_letters(wave, BEFORE, number=EARLIER, dice=dice, helper=people["helper"], now=began)
    yield now - timedelta(days=169)
    closed = actions.close_wave(actor=people["secretary"], wave=wave, now=now - timedelta(days=169))
    count_wave(wave_id=closed.pk, now=now - timedelta(days=169))


def closed_wave(town: Town, people: dict[str, User], now: datetime) -> Iterator[datetime]:
    """A wave of last month with its answers, closed and counted."""
    began = now - timedelta(days=70)
    yield began
    wave = _opened(town, people, Audience.DECLARED, began)
    dice = random.Random(1989)  # noqa: S311 - the same invented answers every time
    for number in range(WITH_ACCOUNTS):
        answered = began + timedelta(days=number % 18)
        person = User.objects.create_user(f"resident-{number}@demo.example")
        appoint(
            actor=None, user=person, role=Role.RESIDENT, town=town, starts_date=day_of(began), ends_date=None, now=began
        )
        answers = residents.answers_of(HERE, dice)
        actions.submit_answers(wave=wave, who=Respondent(user_id=person.pk), answers=answers, now=answered)
    by_letters(wave, HERE, number=BY_LETTERS, dice=dice, helper=people["helper"], now=began)
    yield now - timedelta(days=48)
    closed = actions.close_wave(actor=people["secretary"], wave=wave, now=now - timedelta(days=48))
    count_wave(wave_id=closed.pk, now=now - timedelta(days=48))
    _read(closed, people["secretary"], now - timedelta(days=47))


def _read(wave: Wave, reader: User, now: datetime) -> None:
    """The secretary reads most of the open answers and gives each its code; some still wait."""
    codes = {
        kk: add_code(actor=reader, wave=wave, question=_OPEN, labels={"kk": kk, "ru": ru}, now=now).code
        for kk, ru in dict.fromkeys((kk, ru) for _text, kk, ru in residents.WISHES)
    }
    by_text = {text: codes[kk] for text, kk, _ru in residents.WISHES}
    waiting = waiting_answers(wave, _OPEN, limit=WITH_ACCOUNTS + BY_LETTERS)
    readings = [
        Reading(answer_id=one.pk, state=OpenAnswerState.APPROVED, codes=(by_text[one.text],)) for one in waiting[5:]
    ]
    read_answers(actor=reader, wave=wave, question=_OPEN, readings=readings, now=now)


def open_wave_for_you(town: Town, people: dict[str, User], now: datetime) -> Iterator[datetime]:
    """The wave that the demo resident can answer."""
    yield now - timedelta(days=3)
    actions.open_wave(
        actor=people["secretary"],
        town=town,
        version=questionnaire(now),
        opens_date=day_of(now - timedelta(days=3)),
        closes_date=day_of(now + timedelta(days=28)),
        audience=Audience.DECLARED,
        now=now - timedelta(days=3),
    )
