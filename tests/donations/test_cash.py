"""Cash boxes: two people count, the second without knowing the first sum; only the same sum is money."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from common.clock import day_of
from common.errors import DomainError, Forbidden
from common.money import Money
from funds.donations.actions.bank_lines import match_deposit
from funds.donations.actions.cash import confirm_count, record_count, refuse_count
from funds.donations.models import CashCount, Gift
from funds.donations.states import GiftState, Method
from funds.ledger.models import Entry, Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from tests.banking import a_line
from tests.thread import PDF, Thread, document
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

SUM = Money(12_345_00, "KZT")


def counted(thread: Thread, actor: User | None = None, **change: Any) -> CashCount:
    facts: dict[str, Any] = {
        "project": None,
        "amount": SUM,
        "counted_date": day_of(thread.now - timedelta(days=3)),
        "place": "Базар",
        "slip": document(),
    }
    who = actor or thread.the(Role.COUNCILLOR)
    return record_count(actor=who, fund=thread.fund, now=thread.now - timedelta(days=2), **{**facts, **change})


def refusal(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code, str(caught.value.message)


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def test_two_people_count_the_same_and_it_is_money(thread: Thread) -> None:
    project = thread.project()
    count = counted(thread, project=project)
    assert Transaction.objects.count() == 0
    confirm_count(actor=thread.the(Role.APPROVER), count_id=count.pk, amount=SUM, now=thread.now)
    count.refresh_from_db()
    gift = Gift.objects.get()
    assert (count.gift_id, gift.method, gift.state, gift.amount_minor) == (
        gift.pk,
        Method.CASH,
        GiftState.SUCCEEDED,
        SUM.minor,
    )
    booked = Transaction.objects.get()
    assert (booked.key, booked.kind, booked.memo, booked.effective_date) == (
        f"cash:{count.pk}",
        Kind.GIFT,
        f"Slip sha256:{hashlib.sha256(PDF).hexdigest()}",
        count.counted_date,
    )
    legs = [(one.account.code, one.amount_minor, one.account.earmark_id) for one in Entry.objects.order_by("line")]
    assert legs == [("cash", SUM.minor, None), ("gifts", -SUM.minor, project.pk)]


def test_another_sum_is_no_money_and_tells_nobody_the_first_one(thread: Thread) -> None:
    count = counted(thread)
    # The sum is tried once: not even the right one counts after a wrong one, whoever types it.
    for typed, role in ((SUM.minor - 1, Role.APPROVER), (SUM.minor, Role.APPROVER), (SUM.minor, Role.TREASURER)):
        amount = Money(typed, "KZT")
        second = partial(confirm_count, actor=thread.the(role), count_id=count.pk, amount=amount)
        code, message = refusal(partial(second, now=thread.now))
        assert (code, "12" in message) == ("counts_differ", False)
    count.refresh_from_db()
    assert (count.confirmed_at, count.differed_at) == (None, thread.now)
    assert (Gift.objects.count(), Transaction.objects.count()) == (0, 0)
    client = Client()
    client.force_login(thread.the(Role.APPROVER))
    page = text(client.get(f"/en/treasury/count/{count.pk}/"))
    assert ("this one is locked" in page, 'name="amount"' in page) == (True, False)
    # Both count anew, with the same slip.
    refuse_count(actor=thread.the(Role.APPROVER), count_id=count.pk, reason="They differ", now=thread.now)
    anew = counted(thread)
    confirm_count(actor=thread.the(Role.APPROVER), count_id=anew.pk, amount=SUM, now=thread.now)
    assert Gift.objects.get().amount_minor == SUM.minor


def test_whoever_counted_first_never_confirms(thread: Thread) -> None:
    first = thread.the(Role.COUNCILLOR)
    count = counted(thread, first)
    thread.appoint(first, Role.TREASURER)
    for act in (confirm_count, refuse_count):
        facts: dict[str, Any] = {"amount": SUM} if act is confirm_count else {"reason": "Mine"}
        with pytest.raises(Forbidden):
            act(actor=first, count_id=count.pk, now=thread.now, **facts)
    with pytest.raises(IntegrityError, match="cash_two_people"), transaction.atomic():
        CashCount.objects.filter(pk=count.pk).update(confirmed_by=first)


@pytest.mark.parametrize("role", [Role.CHAIR, Role.SECRETARY, Role.AUDITOR, Role.RESIDENT, Role.ADMINISTRATOR])
def test_other_roles_count_nothing(thread: Thread, role: Role) -> None:
    with pytest.raises(Forbidden):
        counted(thread, thread.the(role))
    count = counted(thread)
    with pytest.raises(Forbidden):
        confirm_count(actor=thread.the(role), count_id=count.pk, amount=SUM, now=thread.now)


def test_a_refused_count_is_never_money(thread: Thread) -> None:
    count = counted(thread)
    approver = thread.the(Role.APPROVER)
    assert refusal(lambda: refuse_count(actor=approver, count_id=count.pk, reason=" ", now=thread.now))[0] == (
        "reason_missing"
    )
    refuse_count(actor=approver, count_id=count.pk, reason="A note is missing.", now=thread.now)
    code, _message = refusal(lambda: confirm_count(actor=approver, count_id=count.pk, amount=SUM, now=thread.now))
    assert (code, Gift.objects.count()) == ("count_answered", 0)
    # The same slip may come again once its count was refused.
    assert counted(thread).pk != count.pk


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": Money(0, "KZT")}, "amount_not_positive"),
        ({"counted_date": "tomorrow"}, "counted_in_future"),
    ],
)
def test_a_count_that_cannot_be_is_refused(thread: Thread, change: dict[str, Any], code: str) -> None:
    if change.get("counted_date"):
        change = {"counted_date": day_of(thread.now + timedelta(days=1))}
    assert refusal(lambda: counted(thread, **change))[0] == code


def test_one_slip_is_one_box(thread: Thread) -> None:
    counted(thread)
    assert refusal(lambda: counted(thread, thread.the(Role.TREASURER)))[0] == "slip_known"


def test_counted_cash_comes_to_the_bank(thread: Thread) -> None:
    count = counted(thread)
    confirm_count(actor=thread.the(Role.APPROVER), count_id=count.pk, amount=SUM, now=thread.now)
    line = a_line(thread, "12000,00", "Взнос наличными")
    match_deposit(actor=thread.the(Role.TREASURER), line_id=line.pk, now=thread.now)
    places = {code: balance_of(fund=thread.fund, code=code, currency="KZT").minor for code in (AccountCode.CASH, AccountCode.BANK)}  # fmt: skip  # noqa: E501
    assert places == {AccountCode.CASH: 345_00, AccountCode.BANK: 12_000_00}
    assert Transaction.objects.get(key=f"bank:{line.pk}").kind == Kind.DEPOSIT


def test_no_page_tells_the_first_sum_before_the_second_count(thread: Thread) -> None:
    first, second = thread.the(Role.COUNCILLOR), thread.the(Role.APPROVER)
    today = day_of(clock.now()).isoformat()
    facts = {"amount": "12 345,00", "currency": "KZT", "counted_date": today, "place": "Базар", "purpose": "fund"}
    slip = SimpleUploadedFile("slip.pdf", PDF, content_type="application/pdf")
    made = entered(first).post(f"/en/treasury/{thread.town.slug}/cash/new/", {**facts, "slip": slip})
    count = CashCount.objects.get()
    page = f"/en/treasury/count/{count.pk}/"
    assert (made.status_code, made["Location"]) == (302, page)
    for who in (second, thread.the(Role.TREASURER), thread.the(Role.AUDITOR)):
        client = entered(who)
        for address in (page, f"/en/treasury/{thread.town.slug}/cash/"):
            assert "12 345" not in text(client.get(address))
        assert client.get(f"{page}slip/").status_code == HTTPStatus.FORBIDDEN
    assert entered(first).get(f"{page}slip/").status_code == HTTPStatus.OK
    wrong = entered(second).post(page, {"amount": "12 344"})
    assert (wrong.status_code, "12 345" in text(wrong), "counts differ" in text(wrong)) == (422, False, True)
    own = entered(first).post(page, {"amount": "12 345"})
    assert own.status_code == HTTPStatus.FORBIDDEN
    late = entered(second).post(page, {"amount": "12 345"})  # one try: now it is locked
    assert (late.status_code, Transaction.objects.count()) == (422, 0)
    assert entered(second).post(page, {"what": "refuse", "reason": "They differ"}).status_code == HTTPStatus.FOUND
    # The box is counted anew, so who may count it still does not learn the first sum; the auditor reads both.
    assert "12 345" not in text(entered(second).get(page)) + text(
        entered(second).get(f"/en/treasury/{thread.town.slug}/cash/")
    )
    assert [entered(who).get(f"{page}slip/").status_code for who in (second, first)] == [403, 200]
    read = text(entered(thread.the(Role.AUDITOR)).get(page))
    assert ["12 345 ₸" in read, "12 344 ₸" in read, "−1 ₸" in read or "-1 ₸" in read] == [True, True, True]
    slip = SimpleUploadedFile("slip.pdf", PDF, content_type="application/pdf")
    page = entered(first).post(f"/en/treasury/{thread.town.slug}/cash/new/", {**facts, "slip": slip})["Location"]
    right = entered(second).post(page, {"amount": "12 345"})
    assert (right.status_code, Transaction.objects.get().kind) == (302, Kind.GIFT)
    assert "12 345 ₸" in text(entered(thread.the(Role.AUDITOR)).get(page))
    assert entered(second).get(f"{page}slip/")["Content-Security-Policy"].startswith("sandbox")


def test_what_is_no_slip_is_refused(thread: Thread) -> None:
    facts = {"amount": "5", "currency": "KZT", "counted_date": "2026-11-01", "place": "x", "purpose": "fund"}
    slip = SimpleUploadedFile("slip.jpg", b"MZ this program", content_type="image/jpeg")
    answer = entered(thread.the(Role.COUNCILLOR)).post(
        f"/en/treasury/{thread.town.slug}/cash/new/", {**facts, "slip": slip}
    )
    assert (answer.status_code, "is not a picture" in text(answer)) == (422, True)
    assert CashCount.objects.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_however_many_there_are(thread: Thread, number: int) -> None:
    for at in range(number):
        slip = document(PDF + b"\n" * at + b"%%EOF\n", "slip.pdf")
        count = counted(thread, slip=slip, project=None)
        confirm_count(actor=thread.the(Role.APPROVER), count_id=count.pk, amount=SUM, now=thread.now)
    client = entered(thread.the(Role.TREASURER))
    with CaptureQueriesContext(connection) as caught:
        assert client.get(f"/en/treasury/{thread.town.slug}/cash/").status_code == HTTPStatus.OK
    assert len(caught) == 9
