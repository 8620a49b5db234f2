"""The wall of donors: named gifts with amounts, the others by bands and without an order; and a giver's own page."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django.asserts import assertNumQueries

from common.clock import now as this_moment
from common.ids import random_id
from common.money import Money
from funds.donations.models import Batch, Gift, MonthlyGift
from funds.donations.queries.wall import WALL_PAGE
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from tests.donations.months import make_monthly
from tests.ledger.books import confirm_reversals, mirror
from tests.payments.stage import Stage, make_fund, make_project, text_of
from users.models import User

PAGE = "/en/donors/temirtau/"
MINE = "/en/me/gifts/"


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


def booked(fund: Fund, amount: Money, now: datetime) -> UUID:
    lines = (Line(AccountCode.CASH, amount), Line(AccountCode.GIFTS, -amount))
    posting = Posting(
        fund=fund.pk, kind=Kind.GIFT, effective_date=now.date(), key=f"cash:{uuid4()}", lines=lines, late=True
    )
    return post(postings=[posting], now=now)[0].transaction_id


def received(fund: Fund, amount: Money, now: datetime, *, batch: Batch | None = None, **facts: object) -> Gift:
    """A gift that was received; booked alone if it is named, else in `batch`, else it waits."""
    named = bool(facts.get("name_public"))
    return Gift.objects.create(
        receipt_code=random_id().hex,
        submission_key=uuid4(),
        fund=fund,
        amount_minor=amount.minor,
        currency=amount.currency,
        language="en",
        state="succeeded",
        created_at=now,
        succeeded_at=now,
        transaction_id=booked(fund, amount, now) if named else None,
        batch=batch,
        **facts,
    )


def batch_of(fund: Fund, total: Money, now: datetime) -> Batch:
    return Batch.objects.create(
        fund=fund,
        currency=total.currency,
        gifts_count=3,
        transaction_id=booked(fund, total, now),
        published_at=now,
    )


def test_named_gifts_stand_with_amounts_the_others_by_bands(client: Client, fund: Fund, now: datetime) -> None:
    project = make_project(fund, now)
    received(
        fund,
        Money(12_345_00, "KZT"),
        now,
        donor_name="Aigul",
        name_public=True,
        message="For my school",
        project=project,
    )
    batch = batch_of(fund, Money(15_777_00, "KZT"), now)
    for minor, name in ((7_777_00, "Secret Giver"), (3_000_00, ""), (5_000_00, "")):
        received(fund, Money(minor, "KZT"), now - timedelta(days=3), batch=batch, donor_name=name)
    text = text_of(client.get(PAGE).content)
    for words in ("Aigul", "For my school", "12 345 ₸", project.title, "5 000 ₸ – 10 000 ₸", "2 000 ₸ – 5 000 ₸"):
        assert words in text.replace("\xa0", " ")
    for hidden in ("Secret Giver", "7 777", "3 000"):
        assert hidden not in text.replace("\xa0", " ")


def test_what_waits_was_given_back_or_was_never_paid_does_not_stand_there(
    client: Client, fund: Fund, now: datetime
) -> None:
    received(fund, Money(1_000_00, "KZT"), now)  # waits for its batch
    back = received(fund, Money(2_000_00, "KZT"), now, donor_name="Went back", name_public=True)
    Gift.objects.filter(pk=back.pk).update(refunded_minor=2_000_00)
    part = received(fund, Money(9_000_00, "KZT"), now, donor_name="Part", name_public=True)
    Gift.objects.filter(pk=part.pk).update(refunded_minor=4_000_00)
    undone = received(fund, Money(3_000_00, "KZT"), now, donor_name="Undone", name_public=True)
    assert undone.transaction_id is not None
    post(postings=[mirror(undone.transaction_id, fund)], now=now)
    confirm_reversals(fund)
    text = text_of(client.get(PAGE).content).replace("\xa0", " ")
    assert "Anonymous" not in text
    assert "Went back" not in text
    assert "Undone" not in text
    assert "5 000 ₸" in text


@pytest.mark.parametrize("gifts", [1, 3])
def test_the_wall_asks_as_often_for_three_gifts_as_for_one(
    client: Client, fund: Fund, now: datetime, gifts: int
) -> None:
    for number in range(gifts):
        received(fund, Money(5_000_00, "KZT"), now, donor_name=f"N{number}", name_public=True)
    with assertNumQueries(3):  # version, fund, gifts
        client.get(PAGE)


def test_the_wall_is_paged_and_cacheable(client: Client, fund: Fund, now: datetime) -> None:
    batch = batch_of(fund, Money(5_000_00 * (WALL_PAGE + 1), "KZT"), now)
    for _number in range(WALL_PAGE + 1):
        received(fund, Money(5_000_00, "KZT"), now, batch=batch)
    first, second = client.get(PAGE), client.get(f"{PAGE}?page=2")
    assert (first.content.count(b"Anonymous"), second.content.count(b"Anonymous")) == (WALL_PAGE, 1)
    assert b"?page=2" in first.content
    assert client.get(PAGE, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert "Cookie" not in first.get("Vary", "")
    for wrong in ("3", "0", "-1", "x", "9999", "²"):
        assert client.get(f"{PAGE}?page={wrong}").status_code == 404


def test_an_empty_wall_and_a_town_without_a_fund(client: Client, fund: Fund) -> None:
    assert "Nobody stands here yet" in text_of(client.get(PAGE).content)
    assert client.get("/en/donors/balkhash/").status_code == 404


@pytest.fixture
def giver(db: None) -> User:
    return User.objects.create_user("giver@example.com")


def test_my_page_shows_all_my_gifts_with_the_way_of_each(
    client: Client, fund: Fund, giver: User, stage: Stage, now: datetime
) -> None:
    project = make_project(fund, now)
    mine = received(fund, Money(1_234_00, "KZT"), now, donor=giver, project=project)
    received(fund, Money(5_555_00, "KZT"), now, donor=User.objects.create_user("other@example.com"))
    monthly = make_monthly(fund, this_moment(), donor=giver)
    client.force_login(giver)
    page = client.get(MINE).content.decode()
    text = text_of(page.encode()).replace("\xa0", " ")
    assert "1 234 ₸" in text
    assert "5 555" not in text
    assert f"/en/give/gift/{mine.receipt_code}/" in page
    assert f"/en/chain/{project.decision.need_id}/" in page
    assert f"{monthly.pk.hex}-1." in page
    assert "/en/me/gifts/statement/" in page


@pytest.mark.parametrize("gifts", [1, 3])
def test_my_page_asks_as_often_for_three_gifts_as_for_one(
    client: Client, fund: Fund, giver: User, now: datetime, gifts: int
) -> None:
    for _number in range(gifts):
        received(fund, Money(5_000_00, "KZT"), now, donor=giver)
    client.force_login(giver)
    with assertNumQueries(7):  # session, account, gifts, what was taken back, monthly gifts, both kinds of guests
        client.get(MINE)


def test_gifts_of_a_guest_with_my_address_join_when_i_ask(
    client: Client, fund: Fund, giver: User, stage: Stage, now: datetime
) -> None:
    guest = received(fund, Money(1_234_00, "KZT"), now, donor_email="Giver@Example.com")
    other = received(fund, Money(5_000_00, "KZT"), now, donor_email="giver@example.com.evil")
    make_monthly(fund, this_moment(), donor_email="giver@example.com")
    client.force_login(giver)
    before = text_of(client.get(MINE).content)
    assert "Given without an account, with the address giver@example.com: 2" in before
    assert "1 234" not in before.replace("\xa0", " ")
    answer = client.post(f"{MINE}join/")
    assert (answer.status_code, answer["Location"]) == (302, f"{MINE}?done=joined")
    assert "1 234" in text_of(client.get(MINE).content).replace("\xa0", " ")
    guest.refresh_from_db()
    other.refresh_from_db()
    assert (guest.donor, other.donor, MonthlyGift.objects.get().donor) == (giver, None, giver)
    assert "Given without an account" not in text_of(client.get(MINE).content)


def test_my_page_is_mine_alone(client: Client, fund: Fund) -> None:
    for answer in (client.get(MINE), client.post(f"{MINE}join/")):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/en/account/")
