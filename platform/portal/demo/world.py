"""The demo world: an invented council and fund in a real town, built through the same actions that people use.

It must never be built where strangers give real money; `manage.py demo` refuses outside development.
"""

from datetime import datetime, timedelta

from django.db import transaction

from common.clock import day_of
from common.ids import random_id
from councils.members.actions import declare_interest, found_council
from councils.needs.actions import accept_need, file_need, refuse_need
from councils.needs.models import Need
from councils.needs.states import Category, RefusalReason
from funds.ledger.actions import found_fund
from funds.ledger.models import Fund
from portal.demo import bank, fellows, neighbours_help, priorities, projects, survey
from portal.demo.people import BY_KEY, NEIGHBOURS, PEOPLE, TOWN
from towns.invented import DEMO_AGREEMENT
from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User


def stands() -> bool:
    """True when the demo world has been built."""
    return User.objects.filter(email=BY_KEY["administrator"].email).exists()


@transaction.atomic
def build(*, now: datetime) -> None:
    """Build people, council, fund, needs, decisions, projects, gifts and payments. All or nothing."""
    town = Town.objects.get(slug=TOWN)
    people = _people(town, now - timedelta(days=240))
    fund, *others = (_fund(slug, now - timedelta(days=200)) for slug in (TOWN, *NEIGHBOURS))
    needs: dict[str, Need] = {}
    projects.in_order(
        *(_need(key, needs, town, people, now) for key in _TEXTS),
        projects.lamps(people, fund, needs, now),
        projects.water(people, fund, needs, now),
        projects.ice(people, needs, now),
        neighbours_help.promise(people, fund, now),
        neighbours_help.offers(people, fund, now),
        bank.accounts(people, fund, now),
        survey.earlier_wave(town, people, now),
        survey.closed_wave(town, people, now),
        priorities.adopted(town, people, now),
        survey.open_wave_for_you(town, people, now),
        projects.abroad(people, now),
        *(projects.neighbour(other, now) for other in others),
        fellows.council(others[0], now),
        fellows.surveys(people, now),
        fellows.needs(now),
    )


def _fund(slug: str, founded: datetime) -> Fund:
    return found_fund(
        actor=None,
        town=Town.objects.get(slug=slug),
        legal_entity="Demo Freundeskreis e.V. (invented)",
        founded_date=day_of(founded),
        now=founded,
    )


def _people(town: Town, since: datetime) -> dict[str, User]:
    found: dict[str, User] = {}
    for person in PEOPLE:
        user = User.objects.create_user(person.email, display_name=person.name)
        found[person.key] = user
        if person.role is not None:
            appoint(
                actor=None,
                user=user,
                role=person.role,
                town=None if person.everywhere else town,
                starts_date=day_of(since),
                ends_date=None,
                now=since,
                verified_by=None,
            )
    found_council(
        actor=None,
        town=town,
        seats=5,
        legal_basis=DEMO_AGREEMENT,
        founded_date=day_of(since),
        now=since,
    )
    stake = Appointment.objects.get(user=found["councillor4"], role="councillor")
    declare_interest(
        actor=found["councillor4"], appointment=stake, organisation="Demo Su Qubyry LLP", bin_number="", now=since
    )
    return found


_TEXTS: dict[str, tuple[Category, str, str, int]] = {
    "lamps": (
        Category.LIGHTING,
        "12-мектепке баратын жол",
        (
            "Мектепке баратын жолда шам жанбайды. Қыста балалар таңертең қараңғыда жүреді, "
            "екі рет құлап, қолын сындырған бала болды."
        ),
        120,
    ),
    "water": (
        Category.WATER,
        "2-й микрорайон",
        (
            "Во втором микрорайоне вода идёт только утром и вечером, на пятый этаж не "
            "поднимается вовсе. Насосу больше тридцати лет."
        ),
        75,
    ),
    "ice": (
        Category.ROADS,
        "Орталық базар маңы",
        "Базар алдындағы жаяу жол көктайғақ. Қарт адамдар құлап жатыр, құм себілмейді.",
        30,
    ),
    "bus": (
        Category.TRANSPORT,
        "Рудничный",
        "Последний автобус уходит в 19:00, со второй смены люди идут домой пешком пять километров.",
        21,
    ),
    "clinic": (
        Category.HEALTH,
        "Қалалық емхана",
        "Балалар дәрігеріне екі апта күтеміз. Талдықорғанға барып қаралуға мәжбүрміз.",
        3,
    ),
    "dogs": (Category.SAFETY, "Восточный", "Стая бездомных собак у садика «Балапан», дети боятся идти утром.", 2),
    "film": (Category.CULTURE, "Мәдениет үйі", "Жастарға кешкісін баратын жер жоқ: кино да, үйірме де жабылған.", 1),
    "tariff": (Category.OTHER, "", "Почему в соседнем городе пенсия больше? Поднимите пенсии всем пенсионерам.", 40),
}


_ANSWERED = {"lamps": 112, "water": 70, "ice": 26, "bus": 15, "tariff": 36}  # days ago


def _need(key: str, needs: dict[str, Need], town: Town, people: dict[str, User], now: datetime) -> projects.Story:
    """One need: filed, and answered where the council has answered. Puts it into `needs`."""
    category, quarter, text, days = _TEXTS[key]
    yield now - timedelta(days=days)
    needs[key] = file_need(
        town=town,
        text=text,
        page_language="kk",
        category=category,
        quarter=quarter,
        photo=None,
        author=people["resident"] if key == "lamps" else None,
        helper=people["helper"] if key == "water" else None,
        submission=random_id(),
        now=now - timedelta(days=days),
    )
    if key not in _ANSWERED:
        return
    moment = now - timedelta(days=_ANSWERED[key])
    yield moment
    if key != "tariff":
        accept_need(actor=people["chair"], need=needs[key], answer="", now=moment)
        return
    refuse_need(
        actor=people["councillor"],
        need=needs[key],
        reason=RefusalReason.NOT_LOCAL,
        answer="Размер пенсий определяет закон республики, совет города не может его изменить.",
        now=moment,
    )
