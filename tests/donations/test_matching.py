"""Pledges of enterprises: what they add to gifts, never beyond cap, day and purpose, and never money by themselves."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.actions import publish_batch, purse_of
from funds.donations.actions.matching import match_gifts, pledge, withdraw_pledge
from funds.donations.models import Gift, Match, Pledge
from funds.donations.queries.matching import HEARD_OF_LATE, pledges_of_fund, running_pledges, waiting_pledges
from funds.donations.rules.matching import added, runs
from funds.donations.states import GiftState, PledgeState
from funds.donations.tasks import match_new_gifts
from funds.ledger.models import Entry, Transaction
from tests.payments.stage import at_once
from tests.thread import BIN, Thread
from users.states import Role

TENGE = 100


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def promised(thread: Thread, **change: Any) -> Pledge:
    """Before the gifts of the thread, which arrive eight days ago."""
    moment = thread.now - timedelta(days=20)
    facts: dict[str, Any] = {
        "project": None,
        "enterprise": "Steel works",
        "enterprise_bin": BIN,
        "percent": 100,
        "cap": Money(100_000 * TENGE, "KZT"),
        "starts_date": day_of(moment),
        "ends_date": day_of(thread.now + timedelta(days=30)),
    }
    return pledge(actor=thread.the(Role.ENTERPRISE), fund=thread.fund, now=moment, **{**facts, **change})


def refusal(act: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code, caught.value.field


@given(
    percent=st.integers(1, 300),
    amount=st.integers(1, 10**12),
    returned=st.integers(0, 10**12),
    left=st.integers(0, 10**12),
)
def test_what_is_added_never_exceeds_share_or_rest(percent: int, amount: int, returned: int, left: int) -> None:
    minor = added(percent=percent, amount_minor=amount, returned_minor=returned, left_minor=left)
    kept = max(amount - returned, 0)
    assert 0 <= minor <= left
    assert minor * 100 <= kept * percent
    assert minor == left or (minor + 1) * 100 > kept * percent


def test_the_last_day_counts() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    days = [date(2026, 10, 31), first, last, date(2026, 12, 1)]
    assert [runs(starts=first, ends=last, on=day) for day in days] == [False, True, True, False]


@pytest.mark.django_db
def test_gifts_are_matched_once_up_to_the_cap(thread: Thread) -> None:
    found = promised(thread, cap=Money(50_000 * TENGE, "KZT"))
    for amount in (20_000, 20_000, 20_000):
        thread.gift(None, amount, name="Marat")
    booked = Transaction.objects.count()
    assert [match_gifts(pledge_id=found.pk, now=thread.now) for _ in range(2)] == [3, 0]
    found.refresh_from_db()
    assert (found.matched_minor, found.state) == (50_000 * TENGE, PledgeState.OPEN)
    by_gift = Match.objects.order_by("gift_id").values_list("amount_minor", flat=True)
    assert list(by_gift) == [20_000 * TENGE, 20_000 * TENGE, 10_000 * TENGE]
    # A promise is no money.
    assert Transaction.objects.count() == booked


@pytest.mark.django_db
def test_only_gifts_of_its_purpose_currency_days_and_of_others(thread: Thread) -> None:
    project, other = (
        thread.project(),
        thread.project(
            title="Bridge", decision=thread.decision(thread.need("The bridge over the river has no railing."))
        ),
    )
    found = promised(thread, project=project)
    thread.gift(project, 1_000, name="Marat")
    thread.gift(other, 2_000, name="Marat")
    thread.gift(None, 4_000, name="Marat")
    thread.gift(project, 80, "EUR", name="Marat")
    own = thread.gift(project, 16_000, name="Steel works")
    Gift.objects.filter(pk=own.pk).update(company_bin=BIN)
    late = promised(thread, starts_date=day_of(thread.now), ends_date=day_of(thread.now + timedelta(days=1)))
    match_new_gifts()
    for one, minor in ((found, 1_000 * TENGE), (late, 0)):
        one.refresh_from_db()
        assert one.matched_minor == minor


@pytest.mark.django_db
def test_the_meter_does_not_tell_the_enterprises_own_gift_without_a_name(thread: Thread) -> None:
    found = promised(thread)
    mine, theirs = (thread.gift(None, amount, publish=False) for amount in (1_777, 3_000))
    Gift.objects.filter(pk=mine.pk).update(company_bin=BIN)
    batch = publish_batch(purse=purse_of(theirs), now=thread.now)
    assert batch is not None
    match_gifts(pledge_id=found.pk, now=thread.now)
    found.refresh_from_db()
    # As much as the line that everybody reads: a meter that left one out would tell it.
    line = Entry.objects.get(transaction_id=batch.transaction_id, amount_minor__gt=0)
    assert found.matched_minor == line.amount_minor == 4_777 * TENGE


@pytest.mark.django_db
def test_a_gift_that_is_not_published_moves_no_meter(thread: Thread) -> None:
    found = promised(thread)
    gift = thread.gift(None, 13_777, publish=False)
    assert (gift.state, gift.transaction_id, gift.batch_id) == (GiftState.SUCCEEDED, None, None)
    assert match_gifts(pledge_id=found.pk, now=thread.now) == 0
    publish_batch(purse=purse_of(gift), now=thread.now)
    assert match_gifts(pledge_id=found.pk, now=thread.now) == 1
    found.refresh_from_db()
    assert found.matched_minor == 13_777 * TENGE


@pytest.mark.django_db
def test_gifts_booked_together_are_matched_together(thread: Thread) -> None:
    # Two were given before the promise: the meter must not tell what the third one was.
    today, thread.now = thread.now, thread.now - timedelta(days=30)
    for amount in (5_000, 7_000):
        thread.gift(None, amount, publish=False)
    thread.now = today
    found = promised(thread)
    last = thread.gift(None, 13_777, publish=False)
    publish_batch(purse=purse_of(last), now=thread.now)
    match_gifts(pledge_id=found.pk, now=thread.now)
    found.refresh_from_db()
    assert found.matched_minor == 25_777 * TENGE


@pytest.mark.django_db
def test_what_goes_back_is_taken_off(thread: Thread) -> None:
    found = promised(thread)
    gift = thread.gift(None, 10_000, name="Marat")
    match_new_gifts()
    Gift.objects.filter(pk=gift.pk).update(refunded_minor=4_000 * TENGE)
    match_new_gifts()
    found.refresh_from_db()
    assert (found.matched_minor, Match.objects.get().amount_minor) == (6_000 * TENGE, 6_000 * TENGE)
    Gift.objects.filter(pk=gift.pk).update(disputed_minor=10_000 * TENGE)
    assert (match_new_gifts(), match_new_gifts()) == (1, 0)
    found.refresh_from_db()
    assert found.matched_minor == 0


@pytest.mark.django_db
def test_it_ends_with_its_last_day_and_when_withdrawn(thread: Thread) -> None:
    found, other = promised(thread), promised(thread, percent=50)
    thread.gift(None, 1_000, name="Marat")
    withdraw_pledge(actor=thread.the(Role.ENTERPRISE), pledge_id=other.pk, now=thread.now)
    after = thread.now + timedelta(days=31)
    assert match_gifts(pledge_id=found.pk, now=after) == 2
    thread.gift(None, 3_000, name="Marat")
    assert match_gifts(pledge_id=other.pk, now=after) == 0
    found.refresh_from_db()
    other.refresh_from_db()
    assert (found.state, found.matched_minor) == (PledgeState.ENDED, 1_000 * TENGE)
    assert (other.state, other.matched_minor) == (PledgeState.WITHDRAWN, 500 * TENGE)
    assert waiting_pledges(on=day_of(after)) == [found.pk]  # gifts of its days may be heard of late
    assert waiting_pledges(on=day_of(after) + HEARD_OF_LATE) == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.ENTERPRISE)])
def test_nobody_else_promises_or_withdraws(thread: Thread, role: Role | None) -> None:
    found = promised(thread)
    other = thread.somebody(role, everywhere=role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR))
    thread.people[Role.ENTERPRISE + "0"] = other
    assert refusal(lambda: promised(thread)) == ("forbidden", None)
    assert refusal(lambda: withdraw_pledge(actor=other, pledge_id=found.pk, now=thread.now)) == ("forbidden", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"enterprise_bin": "991240000014"}, ("bin_invalid", "enterprise_bin")),
        ({"ends_date": date(2026, 1, 1)}, ("dates", "ends_date")),
    ],
)
def test_wrong_facts_are_refused_beside_their_field(
    thread: Thread, change: dict[str, Any], refused: tuple[str, str]
) -> None:
    assert refusal(lambda: promised(thread, **change)) == refused


@pytest.mark.django_db
def test_the_database_holds_the_cap(thread: Thread) -> None:
    found = promised(thread)
    with pytest.raises(IntegrityError, match="pledge_within_cap"), transaction.atomic():
        Pledge.objects.filter(pk=found.pk).update(matched_minor=found.cap_minor + 1)


@pytest.mark.usefixtures("committed_db")
def test_many_workers_match_each_gift_once(thread: Thread) -> None:
    found = promised(thread, cap=Money(2_500 * TENGE, "KZT"))
    for _ in range(3):
        thread.gift(None, 1_000, name="Marat")
    done = at_once(lambda: match_gifts(pledge_id=found.pk, now=thread.now), 4)
    found.refresh_from_db()
    assert (sum(done), found.matched_minor, Match.objects.count()) == (3, 2_500 * TENGE, 3)


@pytest.mark.django_db
def test_the_page_tells_promised_called_for_and_paid(
    thread: Thread, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = promised(thread)
    thread.gift(None, 30_000, name="Marat")
    paid = thread.gift(None, 12_000, name="Steel works")
    Gift.objects.filter(pk=paid.pk).update(pledge=found, company_bin=BIN)
    with time_machine.travel(thread.now, tick=False):
        match_new_gifts()
        page = client.get(reverse("donations:pledges", args=[thread.town.slug])).content.decode().replace("\u00a0", " ")
    for told in ("Steel works", "Doubles each gift.", "30 000 ₸", "12 000 ₸", "70 000 ₸"):
        assert told in page
    assert "For the enterprise" not in page  # those pages are the enterprise's own: nobody is led to a refusal
    full = Pledge.objects.get()
    Pledge.objects.update(matched_minor=full.cap_minor)
    page = client.get(reverse("donations:pledges", args=[thread.town.slug])).content.decode()
    assert ("used up" in page, "Doubles each gift." in page, ">running<" in page) == (True, False, False)
    client.force_login(thread.the(Role.ENTERPRISE))
    own = client.get(reverse("donations:own_pledges", args=[thread.town.slug])).content.decode()
    assert (reverse("donations:pledge", args=[full.pk]) in own, "used up" in own) == (True, True)
    Pledge.objects.update(matched_minor=full.matched_minor)
    today = day_of(thread.now)
    for percent in (50, 200):
        promised(thread, percent=percent)
    with django_assert_num_queries(1):
        assert len(pledges_of_fund(fund_id=thread.fund.pk, on=today)) == 3
    with django_assert_num_queries(1):
        assert len(running_pledges(fund_id=thread.fund.pk, project_id=None, on=today)) == 3


@pytest.mark.django_db
def test_the_form_makes_a_pledge_with_a_code_to_pay_with(thread: Thread, client: Client) -> None:
    client.force_login(thread.the(Role.ENTERPRISE))
    address = reverse("donations:pledge_new", args=[thread.town.slug])
    sent = {
        "enterprise": "Steel works", "enterprise_bin": BIN, "percent": "100", "cap": "1 000 000", "purpose": "",
        "starts_date": "2026-11-22", "ends_date": "2099-12-31",
    }  # fmt: skip
    wrong = client.post(address, {**sent, "enterprise_bin": "123"})
    assert (wrong.status_code, 'id="id_enterprise_bin_error"' in wrong.content.decode()) == (422, True)
    answer = client.post(address, sent)
    made = Pledge.objects.get()
    assert (answer.status_code, made.cap_minor, made.percent) == (302, 1_000_000 * TENGE, 100)
    own = reverse("donations:pledge", args=[made.pk])
    again = client.post(address, sent)  # the other click of a double click, or the browser's back
    assert (again.status_code, again["Location"], Pledge.objects.count()) == (302, own, 1)
    assert made.reference_code in client.get(own).content.decode()
    client.post(own)
    made.refresh_from_db()
    assert made.state == PledgeState.WITHDRAWN
