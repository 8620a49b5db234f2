"""Paying and transfers: in their order, once, and never more than there is."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils.translation import override

from audit.models import Record
from common.clock import day_of
from common.errors import Forbidden
from common.formats import date_long
from common.money import Money
from funds.ledger.models import Transaction
from funds.ledger.queries import available, balance_of
from funds.ledger.states import AccountCode, Kind
from funds.spending import actions
from funds.spending.states import ApprovalVerdict
from tests.spending.steps import APPROVE, REFUSE, pay, publish, refusal
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verdicts", [[], [APPROVE], [REFUSE]])
def test_nothing_is_paid_without_the_approvals(thread: Thread, verdicts: list[ApprovalVerdict]) -> None:
    request = thread.decide(thread.request(), verdicts)
    assert refusal(lambda: pay(thread, request))[0] == "approvals_missing"
    assert Transaction.objects.filter(kind=Kind.PAYMENT).count() == 0


def test_a_request_is_paid_once(thread: Thread) -> None:
    request = thread.approved()
    pay(thread, request)
    assert refusal(lambda: pay(thread, request))[:2] == ("already_paid", "This request has been paid already.")
    publish(thread, request)
    assert refusal(lambda: pay(thread, request))[0] == "already_paid"
    assert Transaction.objects.filter(kind=Kind.PAYMENT).count() == 1


def test_nothing_is_paid_tomorrow(thread: Thread, now: datetime) -> None:
    request = thread.approved()
    tomorrow = now.date() + timedelta(days=1)
    assert refusal(lambda: pay(thread, request, day=tomorrow))[0::2] == ("paid_in_future", "paid_date")


def test_nothing_was_paid_before_the_last_approval(thread: Thread, now: datetime) -> None:
    request = thread.approved()
    approved = max(day_of(moment) for moment in request.approvals.values_list("decided_at", flat=True))
    words = (
        f"The day of payment lies before the last approval, which was given on this day: {date_long(approved, 'en')}."
    )
    early = approved - timedelta(days=1)
    with override("en"):
        assert refusal(lambda: pay(thread, request, day=early)) == ("paid_before_approval", words, "paid_date")
    assert Transaction.objects.filter(kind=Kind.PAYMENT).count() == 0
    assert pay(thread, request, day=approved).paid_date == approved


def test_the_bank_pays_only_what_has_arrived(thread: Thread) -> None:
    project = thread.project()
    thread.gift(project, 500_000)
    thread.payout(99_999)
    request = thread.approved(project, 100_000)
    assert refusal(lambda: pay(thread, request))[:2] == (
        "not_enough_money",
        "There is not enough money on that account. Record the transfer to the bank first.",
    )
    thread.payout(1)
    assert pay(thread, request).request == request


def test_the_money_of_one_project_never_pays_for_another(thread: Thread) -> None:
    rich, poor = thread.funded(500_000), thread.project()
    request = thread.approved(poor, 1_000)
    assert refusal(lambda: pay(thread, request))[0] == "not_enough_earmarked"
    assert available(earmark_id=rich.pk, currency="KZT") == Money(500_000_00, "KZT")


def payout(thread: Thread, minor: int, **change: object) -> int:
    facts: dict[str, object] = {
        "actor": thread.the(Role.TREASURER),
        "fund": thread.fund,
        "amount": Money(minor, "KZT"),
        "arrived_date": thread.now.date(),
        "memo": "TRF-1",
        "submission": uuid4(),
        "now": thread.now,
    }
    return actions.record_payout(**{**facts, **change})  # type: ignore[arg-type]


def held(thread: Thread) -> tuple[int, int]:
    codes = (AccountCode.STRIPE, AccountCode.BANK)
    return tuple(balance_of(fund=thread.fund, code=code, currency="KZT").minor for code in codes)  # type: ignore[return-value]


def test_one_form_sent_twice_is_one_transfer(thread: Thread) -> None:
    thread.gift(None, 10_000)
    form = uuid4()
    first = payout(thread, 4_000_00, submission=form)
    assert payout(thread, 4_000_00, submission=form) == first
    assert held(thread) == (6_000_00, 4_000_00)
    assert Record.objects.filter(action="spending.payout").count() == 1


def test_one_form_sent_again_with_another_sum_is_refused_in_words(thread: Thread) -> None:
    thread.gift(None, 10_000)
    form = uuid4()
    payout(thread, 4_000_00, submission=form)
    code, words, field = refusal(lambda: payout(thread, 5_000_00, submission=form))
    assert (code, field) == ("sent_before", None)
    assert "Open the form anew" in words
    assert held(thread) == (6_000_00, 4_000_00)


def test_no_more_arrives_than_the_processor_holds(thread: Thread) -> None:
    thread.gift(None, 10_000)
    assert refusal(lambda: payout(thread, 10_000_01))[0::2] == ("more_than_held", "amount")
    assert refusal(lambda: payout(thread, 1_00, amount=Money(1_00, "EUR")))[0] == "more_than_held"
    assert held(thread) == (10_000_00, 0)
    assert Transaction.objects.filter(kind=Kind.PAYOUT).count() == 0
    payout(thread, 10_000_00)
    assert held(thread) == (0, 10_000_00)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": Money(0, "KZT")}, "amount_not_positive", "amount"),
        ({"amount": Money(-5, "KZT")}, "amount_not_positive", "amount"),
        ({"arrived_date": date(2026, 11, 23)}, "arrived_in_future", "arrived_date"),
    ],
)
def test_what_is_no_transfer(thread: Thread, change: dict[str, object], code: str, field: str) -> None:
    thread.gift(None, 10_000)
    assert refusal(lambda: payout(thread, 1_00, **change))[0::2] == (code, field)


@pytest.mark.parametrize("role", [None, Role.APPROVER, Role.CHAIR, Role.AUDITOR])
def test_only_the_treasurer_records_transfers(thread: Thread, role: Role | None) -> None:
    thread.gift(None, 10_000)
    other = thread.somebody(role, everywhere=role == Role.AUDITOR)
    with pytest.raises(Forbidden):
        payout(thread, 1_00, actor=other)
