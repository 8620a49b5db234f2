"""Other towns of the demo world: what they asked their residents, what they need and build, for whoever looks around.

Their survey was opened in all of them together and has just closed. It is not counted here: workers do that, as they
do for everybody.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from common.clock import day_of
from common.ids import random_id
from common.money import Money
from councils.members.actions import found_council
from councils.needs.actions import accept_need, file_need
from councils.needs.models import Need
from councils.needs.states import Category
from councils.surveys import actions
from councils.surveys.models import Wave
from councils.surveys.states import Audience
from funds.ledger.models import Fund
from funds.projects.actions import open_project
from portal.demo import residents, survey
from portal.demo.people import DOMAIN
from portal.demo.projects import Story, decide_on
from towns.invented import DEMO_AGREEMENT
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

_ANSWERS = 120  # of each town: enough for an interval, few enough for a first start
_CLOSED = timedelta(hours=1)
# Here schools and a college were visited, so more of the young answered.
_VISITED = {"female": (9, 34, 15, 17, 8), "male": (8, 30, 11, 12, 6)}
_OFTEN = {"water": 10, "roads": 16, "jobs": 24, "health": 18, "heating": 20, "lighting": 6, "environment": 22}
PLACES: Mapping[str, residents.Place] = {
    "rudny": residents.Place(answering=_VISITED, water=0.62, roads=0.35, air=0.2, core=70, often=_OFTEN),
    "satpayev": residents.Place(answering=_VISITED, water=0.15, air=0.35, core=60, staying=2),
    "ridder": residents.Place(answering=_VISITED, water=0.7, roads=0.5, air=0.25, core=35, often=_OFTEN),
}
_COUNCIL = (
    ("secretary", "Алма Жүніс", Role.SECRETARY),
    ("chair", "Игорь Савченко", Role.CHAIR),
    ("councillor", "Сәндуғаш Әбен", Role.COUNCILLOR),
    ("councillor2", "Вера Бауэр", Role.COUNCILLOR),
)
_AIR = "Когда ветер со стороны комбината, дети в школе кашляют. Сколько пыли в воздухе, нам никто не говорит."
_WAITING = {
    "satpayev": (Category.WATER, "kk", "Жазда су тәулігіне екі сағат қана келеді, бесінші қабатқа мүлде шықпайды."),
    "ridder": (Category.TRANSPORT, "ru", "Автобус до горной больницы ходит раз в день, старики добираются пешком."),
}


def surveys(people: dict[str, User], now: datetime) -> Story:
    """One survey in all towns of `PLACES`, closed an hour ago and waiting for its count."""
    began = now - timedelta(days=26)
    yield began
    towns = list(Town.objects.filter(slug__in=PLACES).order_by("slug"))
    for town in towns:
        survey.population(town, _people_of_16(town), began)
    waves = actions.open_campaign(
        actor=people["administrator"],
        towns=towns,
        version=survey.questionnaire(began),
        opens_date=day_of(began),
        closes_date=day_of(now),
        audience=Audience.INVITED,
        now=began,
    )
    for wave in waves:
        _answer(wave, began)
    yield now - _CLOSED
    for wave in waves:
        actions.close_wave(actor=None, wave=wave, now=now - _CLOSED)


def _answer(wave: Wave, now: datetime) -> None:
    dice = random.Random(wave.town.slug)  # noqa: S311 - the same invented answers every time
    survey.by_letters(wave, PLACES[wave.town.slug], number=_ANSWERS, dice=dice, helper=None, now=now)


def _people_of_16(town: Town) -> dict[str, int]:
    """The demo town's shares of people, as many as live here: no census either."""
    own = (town.population or 0) / sum(survey.PEOPLE_OF_16.values()) * 0.7
    return {group: round(people * own) for group, people in survey.PEOPLE_OF_16.items()}


def council(fund: Fund, now: datetime) -> Story:
    """A council that heard a need, decided and opened a project, which others may copy."""
    town, began = fund.town, now - timedelta(days=150)
    yield began
    found_council(
        actor=None,
        town=town,
        seats=3,
        legal_basis=DEMO_AGREEMENT,
        founded_date=day_of(began),
        now=began,
    )
    people = {key: _member(key, name, role, town, began) for key, name, role in _COUNCIL}
    yield now - timedelta(days=84)
    need = _need(town, Category.ENVIRONMENT, "ru", _AIR, now - timedelta(days=84))
    yield now - timedelta(days=80)
    accept_need(actor=people["chair"], need=need, answer="", now=now - timedelta(days=80))
    yield now - timedelta(days=75)
    decision = decide_on(
        people,
        need,
        "Датчики воздуха у школ",
        "Поставить у трёх школ датчики воздуха и показывать их данные на экране в фойе. Деньги собирает фонд.",
        now - timedelta(days=75),
        language="ru",
    )
    yield now - timedelta(days=72)
    open_project(
        actor=people["secretary"],
        decision=decision,
        title="Датчики воздуха у трёх школ",
        summary="Шесть датчиков пыли и диоксида серы, экран в каждой школе, данные открыты всем.",
        low_carbon_note="Датчики работают от солнечных панелей.",
        goal=Money(960_000_00, "KZT"),
        language="ru",
        now=now - timedelta(days=72),
    )


def needs(now: datetime) -> Story:
    """What residents of other towns have filed and nobody has answered yet."""
    for days, (slug, (category, language, text)) in enumerate(_WAITING.items()):
        moment = now - timedelta(days=9 - days)
        yield moment
        _need(Town.objects.get(slug=slug), category, language, text, moment)


def _member(key: str, name: str, role: Role, town: Town, now: datetime) -> User:
    person = User.objects.create_user(f"{key}.{town.slug}@{DOMAIN}", display_name=name)
    appoint(actor=None, user=person, role=role, town=town, starts_date=day_of(now), ends_date=None, now=now)
    return person


def _need(town: Town, category: Category, language: str, text: str, now: datetime) -> Need:
    return file_need(
        town=town,
        text=text,
        page_language=language,
        category=category,
        quarter="",
        photo=None,
        author=None,
        helper=None,
        submission=random_id(),
        now=now,
    )
