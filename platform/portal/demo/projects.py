"""The projects of the demo world: one whole chain, one that collects, one decision still without a project."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from uuid import UUID

from common.clock import day_of
from common.ids import random_id
from common.money import Money
from councils.meetings.actions import publish_minutes, record_decision
from councils.meetings.models import Decision
from councils.meetings.rules import Ballot
from councils.meetings.states import Choice
from councils.members.queries import voting_members
from councils.needs.models import Need
from funds.donations.actions import publish_due
from funds.donations.actions.duties import mark_notified, note_foreign_gifts
from funds.donations.models import ForeignNotice
from funds.donations.rules import Giver
from funds.donations.states import Origin
from funds.ledger.models import Fund
from funds.payments.models import BankAccount
from funds.projects.actions import open_project
from funds.projects.models import Project
from funds.spending.actions import decide, publish_proof, record_payment, submit_request
from funds.spending.models import Request
from funds.spending.states import ApprovalVerdict
from portal.demo import transfers
from portal.demo.papers import invoice, street_at_night
from portal.demo.people import DOMAIN
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

Story = Iterator[datetime]  # gives the moment of each of its writes before it makes it


def in_order(*stories: Story) -> None:
    """Tell all stories at once, each write in its turn of time: the public log's moments never run backwards."""
    waiting = [(moment, place, story) for place, story in enumerate(stories) if (moment := next(story, None))]
    heapify(waiting)
    while waiting:
        _moment, place, story = heappop(waiting)
        moment = next(story, None)
        if moment is not None:
            heappush(waiting, (moment, place, story))


def _minutes(people: dict[str, User], town: Town, *, sitting: datetime, now: datetime) -> None:
    """The minutes of a sitting at which everybody was there."""
    day = day_of(sitting)
    publish_minutes(
        actor=people["secretary"],
        town=town,
        sitting_date=day,
        text=(
            "Кеңес 12-мектеп жолының жарығын қарады. Тұрғындар хабарлаған қажеттілік оқылды, ақшаны қор арқылы "
            "жинау ұсынылды. Дауыс беру хаттамаға қосылды."
        ),
        language="kk",
        present={member.appointment_id: True for member in voting_members(town=town, on=day)},
        submission=random_id(),
        now=now,
    )


def decide_on(
    people: dict[str, User], need: Need, title: str, text: str, now: datetime, recused: str = "", language: str = "kk"
) -> Decision:
    members = voting_members(town=need.town, on=day_of(now))
    roll: dict[UUID, Ballot] = {}
    for member in members:
        stake = recused and member.user_id == people[recused].pk
        ballot = Ballot(Choice.RECUSED, "Demo Su Qubyry LLP") if stake else Ballot(Choice.FOR)
        roll[member.appointment_id] = ballot
    last = members[-1].appointment_id
    if roll[last].choice == Choice.FOR and not recused:
        roll[last] = Ballot(Choice.ABSTAIN)
    return record_decision(
        actor=people["secretary"],
        need=need,
        title=title,
        text=text,
        language=language,
        decided_date=day_of(now),
        roll=roll,
        submission=random_id(),
        now=now,
    )


def _ask(
    people: dict[str, User], project: Project, purpose: str, payee: tuple[str, str], minor: int, now: datetime
) -> Request:
    name, bin_number = payee
    return submit_request(
        actor=people["treasurer"],
        project=project,
        purpose=purpose,
        payee_name=name,
        payee_bin=bin_number,
        amount=Money(minor, "KZT"),
        document=invoice(title="INVOICE", lines=[f"Payee BIN {bin_number}", f"Amount KZT {minor / 100:.2f}"]),
        now=now,
    )


def _approve(people: dict[str, User], request: Request, now: datetime) -> Story:
    for hours, approver in enumerate(("approver", "approver2")):
        yield now + timedelta(hours=hours)
        decide(
            actor=people[approver],
            request=request,
            verdict=ApprovalVerdict.APPROVE,
            reason="",
            now=now + timedelta(hours=hours),
        )


def lamps(people: dict[str, User], fund: Fund, needs: Mapping[str, Need], now: datetime) -> Story:
    """A whole chain, from the need to the proof."""
    yield now - timedelta(days=100)
    decision = decide_on(
        people,
        needs["lamps"],
        "12-мектеп жолына жарық орнату",
        "12-мектепке баратын жолға 18 жарықдиодты шам орнатылсын. Ақша қордан, есеп ашық жарияланады.",
        now - timedelta(days=100),
    )
    yield now - timedelta(days=99)
    _minutes(people, fund.town, sitting=now - timedelta(days=100), now=now - timedelta(days=99))
    yield now - timedelta(days=98)
    project = open_project(
        actor=people["secretary"],
        decision=decision,
        title="12-мектеп жолына 18 шам",
        summary=(
            "Мектеп жолының бойына 18 жарықдиодты шам орнатамыз. Жұмыс екі аптада бітеді, шамды қала желісі күтеді."
        ),
        low_carbon_note="Жарықдиодты шам ескі шамнан үш есе аз ток жұмсайды.",
        goal=Money(1_260_000_00, "KZT"),
        language="kk",
        now=now - timedelta(days=98),
    )
    gifts = [(400_000_00, "Нұрлан Әбдіров"), (250_000_00, ""), (300_000_00, "Елена Ковалёва"), (360_000_00, "")]
    account, keeper = _account(fund, "KZT"), people["treasurer"]
    for number, (minor, name) in enumerate(gifts):
        moment = now - timedelta(days=90 - number * 7)
        yield moment
        transfers.gift(keeper, account, Money(minor, "KZT"), project=project, name=name, now=moment)
    yield now - timedelta(days=61)
    publish_due(now=now - timedelta(days=61))
    yield now - timedelta(days=55)
    request = _ask(
        people,
        project,
        "18 шам және орнату",
        ("Demo Jaryq LLP", "991240000013"),
        1_240_000_00,
        now - timedelta(days=55),
    )
    yield from _approve(people, request, now - timedelta(days=54))
    yield now - timedelta(days=50)
    payment = record_payment(
        actor=keeper,
        request=request,
        paid_date=day_of(now - timedelta(days=50)),
        bank_reference="PO-000117",
        now=now - timedelta(days=50),
    )
    yield now - timedelta(days=49)
    transfers.paid(keeper, account, payment, now=now - timedelta(days=49))
    yield now - timedelta(days=19)
    publish_proof(
        actor=people["treasurer"],
        request=request,
        document=invoice(title="ACT OF WORK", lines=["18 LED lamps installed", "Amount KZT 1240000.00"]),
        photo=street_at_night(),
        note="18 шам орнатылып, 3 қарашада жанды.",
        now=now - timedelta(days=19),
    )


def water(people: dict[str, User], fund: Fund, needs: Mapping[str, Need], now: datetime) -> Story:
    """A project that collects: one payment waits for approvals, one only for the treasurer."""
    yield now - timedelta(days=60)
    decision = decide_on(
        people,
        needs["water"],
        "Новый насос для второго микрорайона",
        "Заменить насос и частотный привод в насосной второго микрорайона. Деньги собирает фонд.",
        now - timedelta(days=60),
        recused="councillor4",
        language="ru",
    )
    yield now - timedelta(days=58)
    project = open_project(
        actor=people["chair"],
        decision=decision,
        title="Насос для второго микрорайона",
        summary=(
            "Новый насос с частотным приводом: вода до пятого этажа круглые сутки. Монтаж за "
            "одну неделю после поставки."
        ),
        low_carbon_note="Насос с частотным приводом берёт на 40 % меньше электричества.",
        goal=Money(3_400_000_00, "KZT"),
        language="ru",
        now=now - timedelta(days=58),
    )
    keeper = people["treasurer"]
    for days, minor, currency, name in (
        (50, 500_000_00, "KZT", "Серік пен Сәуле"),
        (44, 150_00, "EUR", "Dmitri Weber"),
        (31, 350_000_00, "KZT", ""),
        (20, 80_00, "USD", ""),
        (9, 420_000_00, "KZT", "Одноклассники 1998 года"),
    ):
        moment, abroad = now - timedelta(days=days), name == "Dmitri Weber"
        yield moment
        transfers.gift(
            keeper,
            _account(fund, currency),
            Money(minor, currency),
            project=project,
            name=name,
            message="Туған жерге көмек" if name and currency == "KZT" else "",
            donor=people["donor"] if abroad else None,
            giver=Giver(origin=Origin.FOREIGN, country="DE") if abroad else Giver(),
            now=moment,
        )
    yield now - timedelta(days=8)
    publish_due(now=now - timedelta(days=8))
    payee = ("Demo Nasos LLP", "991241001803")
    yield now - timedelta(days=6)
    ready = _ask(people, project, "Аванс за насос", payee, 600_000_00, now - timedelta(days=6))
    yield from _approve(people, ready, now - timedelta(days=5))
    yield now - timedelta(days=2)
    _ask(people, project, "Монтажные работы", payee, 180_000_00, now - timedelta(days=2))


def ice(people: dict[str, User], needs: Mapping[str, Need], now: datetime) -> Story:
    """A decision that has no project yet."""
    yield now - timedelta(days=12)
    decide_on(
        people,
        needs["ice"],
        "Базар алдындағы жолға құм себу",
        "Базар алдындағы жаяу жолға күн сайын құм себілсін, қорап қойылсын.",
        now - timedelta(days=12),
    )


def abroad(people: dict[str, User], now: datetime) -> Story:
    """The gift from Germany stands in the register, and the authority was told of it in time."""
    yield now - timedelta(days=43)
    note_foreign_gifts(now=now - timedelta(days=43))
    yield now - timedelta(days=39)
    mark_notified(
        actor=people["treasurer"],
        notice_id=ForeignNotice.objects.get().pk,
        number="DEMO-1",
        day=day_of(now - timedelta(days=39)),
        now=now - timedelta(days=39),
    )


def _account(fund: Fund, currency: str) -> BankAccount:
    """The fund's account at the bank; Kaspi is for those who bring their own statement."""
    return BankAccount.objects.select_related("fund__town").get(fund=fund, currency=currency, kind="bank")


def neighbour(fund: Fund, now: datetime) -> Story:
    """Another town's fund with two gifts to the fund as a whole: its log is a witness of the others."""
    slug, began = fund.town.slug, now - timedelta(days=70)
    yield began
    keeper = User.objects.create_user(f"treasurer.{slug}@{DOMAIN}", display_name="Ботагөз Әлі")
    appoint(
        actor=None,
        user=keeper,
        role=Role.TREASURER,
        town=fund.town,
        starts_date=day_of(began),
        ends_date=None,
        now=began,
        verified_by=None,
    )
    for days, minor, currency in ((64, 200_000_00, "KZT"), (23, 40_00, "EUR")):
        moment = now - timedelta(days=days)
        yield moment
        account = transfers.opened(keeper, fund, currency=currency, now=moment)
        transfers.gift(keeper, account, Money(minor, currency), now=moment)
        yield moment + timedelta(days=8)
        publish_due(now=moment + timedelta(days=8))
