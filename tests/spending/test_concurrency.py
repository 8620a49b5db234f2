"""Two at the same moment, each with an own connection: the rules hold as if they had come one after the other."""

from collections.abc import Callable
from itertools import count
from uuid import uuid4

import pytest

from common.errors import DomainError
from common.money import Money
from funds.ledger.models import Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from funds.spending import actions
from funds.spending.models import Approval, Payment, Request
from funds.spending.states import ApprovalVerdict, RequestState
from tests.payments.stage import at_once
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.usefixtures("committed_db")


def outcomes(acts: list[Callable[[], object]]) -> list[str]:
    """What became of each act: done, or the code of its refusal."""
    turns = count()

    def one() -> str:
        try:
            acts[next(turns)]()
        except DomainError as error:
            return error.code
        return "done"

    return sorted(at_once(one, len(acts)))


def test_two_approvals_at_once_both_count(thread: Thread) -> None:
    request = thread.request()
    approvers = [thread.the(Role.APPROVER), thread.the(Role.APPROVER, 1)]
    acts: list[Callable[[], object]] = [
        lambda who=who: actions.decide(  # type: ignore[misc]
            actor=who, request=request, verdict=ApprovalVerdict.APPROVE, reason="", now=thread.now
        )
        for who in approvers
    ]
    assert outcomes(acts) == ["done", "done"]
    request.refresh_from_db()
    assert (request.state, Approval.objects.count()) == (RequestState.APPROVED, 2)


def test_one_approver_in_four_windows_counts_once(thread: Thread) -> None:
    request, approver = thread.request(), thread.the(Role.APPROVER)
    act = lambda: actions.decide(  # noqa: E731
        actor=approver, request=request, verdict=ApprovalVerdict.APPROVE, reason="", now=thread.now
    )
    assert outcomes([act] * 4) == ["done", "forbidden", "forbidden", "forbidden"]
    request.refresh_from_db()
    assert (request.state, Approval.objects.count()) == (RequestState.SUBMITTED, 1)


def test_a_request_is_paid_once_however_often_the_button_is_pressed(thread: Thread) -> None:
    request = thread.approved()
    assert outcomes([lambda: thread.pay(request)] * 4) == ["already_paid"] * 3 + ["done"]
    assert (Payment.objects.count(), Transaction.objects.filter(kind=Kind.PAYMENT).count()) == (1, 1)


def test_two_payments_never_spend_the_same_money(thread: Thread) -> None:
    project = thread.funded(100_000)
    requests = [thread.approved(project, 60_000) for _ in range(2)]
    thread.the(Role.TREASURER)
    acts: list[Callable[[], object]] = [lambda request=request: thread.pay(request) for request in requests]  # type: ignore[misc]
    done, refusal = outcomes(acts)
    assert done == "done"
    assert refusal in {"not_enough_earmarked", "not_enough_money"}  # both is true
    assert balance_of(fund=thread.fund, code=AccountCode.BANK, currency="KZT") == Money(40_000_00, "KZT")
    assert sorted(Request.objects.values_list("state", flat=True)) == ["approved", "paid"]


def test_an_approval_and_a_refusal_at_once_never_pay(thread: Thread) -> None:
    request = thread.decide(thread.request(), [ApprovalVerdict.APPROVE])
    one, two = thread.the(Role.APPROVER, 1), thread.the(Role.APPROVER, 2)
    words = {one: ApprovalVerdict.APPROVE, two: ApprovalVerdict.REFUSE}
    acts: list[Callable[[], object]] = [
        lambda who=who, word=word: actions.decide(  # type: ignore[misc]
            actor=who, request=request, verdict=word, reason="No.", now=thread.now
        )
        for who, word in words.items()
    ]
    assert outcomes(acts) == ["done", "forbidden"]
    request.refresh_from_db()
    last = Approval.objects.exclude(approver=thread.the(Role.APPROVER)).get()
    expected = {"approve": RequestState.APPROVED, "refuse": RequestState.REFUSED}[last.verdict]
    assert request.state == expected


def test_one_transfer_form_in_four_windows_is_one_transfer(thread: Thread) -> None:
    thread.gift(None, 10_000)
    form, treasurer = uuid4(), thread.the(Role.TREASURER)
    numbers = at_once(
        lambda: actions.record_payout(
            actor=treasurer,
            fund=thread.fund,
            amount=Money(4_000_00, "KZT"),
            arrived_date=thread.now.date(),
            memo="TRF-1",
            submission=form,
            now=thread.now,
        ),
        4,
    )
    assert len(set(numbers)) == 1
    assert balance_of(fund=thread.fund, code=AccountCode.BANK, currency="KZT") == Money(4_000_00, "KZT")


def test_four_transfers_take_no_more_than_there_is(thread: Thread) -> None:
    thread.gift(None, 10_000)
    thread.the(Role.TREASURER)
    assert outcomes([lambda: thread.payout(4_000)] * 4) == ["done", "done", "more_than_held", "more_than_held"]
    assert balance_of(fund=thread.fund, code=AccountCode.STRIPE, currency="KZT") == Money(2_000_00, "KZT")
