"""The register of gifts from abroad: every one with its deadline, told once, reminded of in time, for few eyes."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils.translation import override
from openpyxl import load_workbook
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from audit.models import Record
from common.errors import DomainError, Forbidden
from common.money import Money
from funds.donations.actions.duties import mark_notified, note_foreign_gifts, remind_of_notices
from funds.donations.models import ForeignNotice, Gift
from funds.donations.queries.duties import register_of
from funds.donations.states import GiftState, Origin
from funds.ledger.models import Fund
from tests.payments.stage import make_fund, make_gift, text_of
from users.models import Appointment, User
from users.states import Role

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 12, 10, 19, 30, tzinfo=UTC)  # the 11th in Kazakhstan
PAGE = "/en/treasury/temirtau/register/"


@pytest.fixture
def fund(now: datetime) -> Fund:
    return make_fund(now)


def someone(fund: Fund, role: Role, *, everywhere: bool = False, name: str = "Ms Keeper") -> User:
    user = User.objects.create_user(f"{role}@example.com", display_name=name, language="en")
    town = None if everywhere else fund.town
    Appointment.objects.create(user=user, town=town, role=role, starts_date=date(2026, 1, 1))
    return user


@pytest.fixture
def treasurer(fund: Fund) -> User:
    return someone(fund, Role.TREASURER)


def received(fund: Fund, *, at: datetime = RECEIVED, **facts: Any) -> Gift:
    """A gift that arrived; what the form does not ask yet is set on the row."""
    gift = make_gift(
        fund, at, donor_name="Nora Weber", name_public=False, amount=facts.pop("amount", Money(100_00, "EUR"))
    )
    Gift.objects.filter(pk=gift.pk).update(state=GiftState.SUCCEEDED, succeeded_at=at, **facts)
    gift.refresh_from_db()
    return gift


def noted(fund: Fund, **facts: Any) -> ForeignNotice:
    gift = received(fund, origin=Origin.FOREIGN, **facts)
    note_foreign_gifts(now=RECEIVED)
    return ForeignNotice.objects.get(gift=gift)


@pytest.mark.parametrize(
    ("origin", "country", "in_register"),
    [
        ("foreign", "DE", True),
        ("foreign", "", True),
        ("stateless", "", True),
        ("", "DE", True),
        ("", "KZ", False),
        ("", "", False),
        ("kz", "DE", False),
        ("kz", "KZ", False),
    ],
)
def test_gifts_from_abroad_are_noted_and_others_are_not(
    fund: Fund, origin: str, country: str, in_register: bool
) -> None:
    received(fund, origin=origin, country=country)
    assert note_foreign_gifts(now=RECEIVED) == int(in_register)


def test_the_deadline_counts_working_days_of_kazakhstan_and_each_gift_once(fund: Fund, settings: Settings) -> None:
    notice = noted(fund)
    # 16 December is free.
    assert (notice.received_date, notice.due_date) == (date(2026, 12, 11), date(2026, 12, 28))
    assert note_foreign_gifts(now=RECEIVED) == 0
    settings.FOREIGN_NOTICE_DAYS = 1
    received(fund, origin=Origin.STATELESS)
    note_foreign_gifts(now=RECEIVED)
    assert ForeignNotice.objects.order_by("due_date")[0].due_date == date(2026, 12, 14)
    assert Record.objects.filter(action="donations.note_foreign", town_slug="temirtau").count() == 2


def test_a_gift_that_is_not_received_is_not_in_the_register(fund: Fund) -> None:
    gift = make_gift(fund, RECEIVED)
    Gift.objects.filter(pk=gift.pk).update(origin=Origin.FOREIGN)
    assert note_foreign_gifts(now=RECEIVED) == 0


def test_the_treasurer_marks_it_as_told_once(fund: Fund, treasurer: User) -> None:
    notice, later = noted(fund), RECEIVED + timedelta(days=3)
    mark_notified(actor=treasurer, notice_id=notice.pk, number="KGD-17", day=date(2026, 12, 14), now=later)
    notice.refresh_from_db()
    assert (notice.notice_number, notice.notified_date, notice.notified_by) == ("KGD-17", date(2026, 12, 14), treasurer)
    with pytest.raises(DomainError) as refused:
        mark_notified(actor=treasurer, notice_id=notice.pk, number="KGD-18", day=date(2026, 12, 14), now=later)
    assert refused.value.code == "notified_already"
    assert Record.objects.get(action="donations.tell_foreign").actor_id == treasurer.pk


@pytest.mark.parametrize(("day", "code"), [(date(2026, 12, 15), "day_to_come"), (date(2026, 12, 10), "before_gift")])
def test_days_that_cannot_be_are_refused(fund: Fund, treasurer: User, day: date, code: str) -> None:
    notice = noted(fund)
    with pytest.raises(DomainError) as refused:
        mark_notified(actor=treasurer, notice_id=notice.pk, number="1", day=day, now=RECEIVED + timedelta(days=3))
    assert refused.value.code == code


def test_nobody_but_the_treasurer_of_the_town_marks(fund: Fund) -> None:
    notice = noted(fund)
    for role in (Role.AUDITOR, Role.APPROVER, Role.CHAIR):
        with pytest.raises(Forbidden):
            mark_notified(
                actor=someone(fund, role), notice_id=notice.pk, number="1", day=date(2026, 12, 11), now=RECEIVED
            )


def test_tenge_are_told_only_where_they_are_known(fund: Fund) -> None:
    tenge = {
        str(noted(fund, **facts).gift_id): wanted
        for facts, wanted in (
            ({"amount": Money(5_000_00, "KZT")}, Money(5_000_00, "KZT")),
            ({"settled_currency": "KZT", "settled_minor": 57_500_00}, Money(57_500_00, "KZT")),
            ({"settled_currency": "EUR", "settled_minor": 100_00}, None),
            ({}, None),
        )
    }
    rows = register_of(fund_id=fund.pk, today=RECEIVED.date(), named=True)
    assert {str(row.gift.pk): row.tenge for row in rows} == tenge


def test_the_treasurer_is_written_to_once_three_working_days_before(fund: Fund, treasurer: User) -> None:
    noted(fund)
    noted(fund)
    quiet, loud = datetime(2026, 12, 22, 6, tzinfo=UTC), datetime(2026, 12, 23, 6, tzinfo=UTC)
    assert [remind_of_notices(now=moment) for moment in (quiet, loud, loud, loud + timedelta(days=1))] == [0, 1, 0, 0]
    [letter] = mail.outbox
    assert letter.to == [treasurer.email]
    assert "2 gifts from abroad wait to be told to the tax authority, the first by 28 December 2026" in letter.body
    assert PAGE in letter.body
    assert [word for word in ("Nora", "Weber", "100") if word in letter.body] == []


def test_a_fund_without_a_treasurer_is_reminded_when_it_has_one(fund: Fund) -> None:
    noted(fund)
    late = datetime(2026, 12, 29, 6, tzinfo=UTC)
    assert remind_of_notices(now=late) == 0
    someone(fund, Role.TREASURER)
    assert remind_of_notices(now=late) == 1


def test_what_was_told_is_not_reminded_of(fund: Fund, treasurer: User) -> None:
    notice = noted(fund)
    mark_notified(actor=treasurer, notice_id=notice.pk, number="1", day=date(2026, 12, 11), now=RECEIVED)
    assert remind_of_notices(now=datetime(2026, 12, 28, 6, tzinfo=UTC)) == 0


def seen(client: Client, user: User, at: datetime, path: str = PAGE) -> str:
    with time_machine.travel(at, tick=False):
        client.force_login(user)
        return text_of(client.get(path).content)


def test_the_page_says_overdue_in_words_and_names_the_giver_to_the_treasurer_alone(
    client: Client, fund: Fund, treasurer: User
) -> None:
    noted(fund)
    soon = seen(client, treasurer, datetime(2026, 12, 28, 6, tzinfo=UTC))
    late = seen(client, treasurer, datetime(2026, 12, 29, 6, tzinfo=UTC))
    assert ("Overdue" in soon, "Overdue" in late, "28/12/2026" in late, "Nora Weber" in late) == (
        False,
        True,
        True,
        True,
    )
    auditor = seen(client, someone(fund, Role.AUDITOR, everywhere=True), RECEIVED)
    assert ("Nora Weber" in auditor, "Not shown to auditors" in auditor, "Mark as told" in auditor) == (
        False,
        True,
        False,
    )


def test_the_form_says_what_is_wrong_keeps_it_and_then_marks(client: Client, fund: Fund, treasurer: User) -> None:
    notice = noted(fund)
    page = f"/en/treasury/notice/{notice.pk}/"
    with time_machine.travel(RECEIVED + timedelta(days=3), tick=False):
        client.force_login(treasurer)
        wrong = client.post(page, {"day": "2026-12-10", "number": "KGD-17"})
        assert (wrong.status_code, "had not arrived on that day" in text_of(wrong.content)) == (422, True)
        assert 'value="KGD-17"' in wrong.content.decode()
        empty = text_of(client.post(page, {}).content)
        assert "Write the day on which" in empty
        assert "Write the number of the notice." in empty
        right = client.post(page, {"day": "2026-12-14", "number": "KGD-17"})
        assert (right.status_code, right["Location"]) == (302, PAGE)
        assert "KGD-17" in text_of(client.get(PAGE).content)
        assert "Mark as told" not in text_of(client.get(page).content)


def test_the_files_hold_the_register_and_no_names_for_the_auditor(client: Client, fund: Fund, treasurer: User) -> None:
    noted(fund, country="DE", settled_currency="KZT", settled_minor=57_500_50)
    noted(fund, at=RECEIVED - timedelta(days=365))
    client.force_login(treasurer)
    rows = list(csv.DictReader(io.StringIO(client.get(f"{PAGE[:-1]}.csv").content.decode("utf-8-sig"))))
    assert [row["Received"] for row in rows] == ["2025-12-11", "2026-12-11"]
    newest = rows[1]
    assert (newest["Giver"], newest["Country"], newest["Amount"], newest["Currency"], newest["Amount in tenge"]) == (
        "Nora Weber",
        "DE",
        "100.00",
        "EUR",
        "57500.50",
    )
    only = list(csv.DictReader(io.StringIO(client.get(f"{PAGE[:-1]}.csv?year=2025").content.decode("utf-8-sig"))))
    assert [row["Received"] for row in only] == ["2025-12-11"]
    sheet = load_workbook(io.BytesIO(client.get(f"{PAGE[:-1]}.xlsx").content)).worksheets[0]
    assert [cell.value for cell in list(sheet.iter_rows())[2]][9:12] == [100, "EUR", 57500.5]
    client.force_login(someone(fund, Role.AUDITOR, everywhere=True))
    for form in ("csv", "xlsx"):
        body = client.get(f"{PAGE[:-1]}.{form}").content
        assert b"Nora" not in body
    assert "Nora" not in client.get(f"{PAGE[:-1]}.csv").content.decode("utf-8-sig")


@pytest.mark.parametrize("gifts", [1, 3])
def test_the_register_is_one_query_however_many_gifts(fund: Fund, gifts: int) -> None:
    for _number in range(gifts):
        noted(fund)
    with assertNumQueries(1), override("en"):
        assert len(register_of(fund_id=fund.pk, today=RECEIVED.date(), named=True)) == gifts
