"""What people and the enterprise give in the demo world besides gifts: a promise to add to gifts, work, a van."""

from datetime import datetime, timedelta

from common.clock import day_of
from common.ids import random_id
from common.money import Money
from funds.donations.actions.matching import match_gifts, pledge
from funds.ledger.models import Fund
from funds.projects.actions import accept_offer, deliver_offer, make_offer
from funds.projects.models import Project
from funds.projects.states import OfferKind
from portal.demo.projects import Story
from users.models import User


def promise(people: dict[str, User], fund: Fund, now: datetime) -> Story:
    """The town's enterprise doubles gifts, up to a million tenge."""
    began = now - timedelta(days=60)
    yield began
    made = pledge(
        actor=people["enterprise"],
        fund=fund,
        project=None,
        enterprise="ЖШС «Демо тау-кен комбинаты»",
        enterprise_bin="991240000013",
        percent=100,
        cap=Money(1_000_000_00, "KZT"),
        starts_date=day_of(began),
        ends_date=day_of(now + timedelta(days=120)),
        now=began,
    )
    yield now
    match_gifts(pledge_id=made.pk, now=now)


def offers(people: dict[str, User], fund: Fund, now: datetime) -> Story:
    """Work that was done for the lamps, and a van that nobody has answered yet."""
    yield now - timedelta(days=66)
    work = make_offer(
        fund=fund,
        project=None,
        kind=OfferKind.SKILL,
        title="Электриктің екі күндік жұмысы",
        text="Бағанаға шам орната аламын, құралым бар. Сенбі, жексенбі күндері боспын.",
        available_through=None,
        giver_name="Ерлан Қ.",
        giver_email="erlan@demo.invalid",
        name_public=True,
        language="kk",
        giver=None,
        submission_key=random_id(),
        now=now - timedelta(days=66),
    )
    yield now - timedelta(days=64)
    project = Project.objects.filter(fund=fund).order_by("opened_at").first()
    if project is not None:
        accept_offer(
            offer_id=work.pk,
            project=project,
            answer="Рақмет! Сенбіде сағат онда мектеп алдында кездесейік.",
            actor=people["secretary"],
            now=now - timedelta(days=64),
        )
        yield now - timedelta(days=40)
        deliver_offer(offer_id=work.pk, actor=people["treasurer"], now=now - timedelta(days=40))
    yield now - timedelta(days=4)
    make_offer(
        fund=fund,
        project=None,
        kind=OfferKind.TRANSPORT,
        title="Микроавтобус на выходные",
        text="Могу возить материалы из Алматы раз в месяц, до тонны. Топливо моё.",
        available_through=day_of(now + timedelta(days=180)),
        giver_name="",
        giver_email="van@demo.invalid",
        name_public=False,
        language="ru",
        giver=None,
        submission_key=random_id(),
        now=now - timedelta(days=4),
    )
