"""Who may approve: others than the submitter, once each, without a stake, and all that the rule demands."""

import pytest

from councils.members.actions import declare_interest
from funds.spending.models import Approval
from funds.spending.permissions import can_decide
from funds.spending.states import ApprovalVerdict, RequestState
from tests.spending.steps import APPROVE, REFUSE, not_yours, pay, refusal, vote
from tests.thread import BIN, Thread
from users.states import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.APPROVER)])
def test_only_approvers_approve(thread: Thread, role: Role | None) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    request, other = thread.request(), thread.somebody(role, everywhere=everywhere)
    assert refusal(lambda: vote(thread, request, other))[:2] == ("forbidden", not_yours(Role.APPROVER))
    assert Approval.objects.count() == 0


def test_an_approver_of_another_town_does_not_count(thread: Thread) -> None:
    other = thread.somebody(Role.APPROVER, where=type(thread.town).objects.get(slug="ridder"))
    assert refusal(lambda: vote(thread, thread.request(), other))[0] == "forbidden"


def test_whoever_submits_never_approves(thread: Thread) -> None:
    treasurer = thread.the(Role.TREASURER)
    thread.appoint(treasurer, Role.APPROVER)
    request = thread.request()
    assert refusal(lambda: vote(thread, request, treasurer))[:2] == (
        "forbidden",
        "You submitted this request, so others have to approve it.",
    )
    assert Approval.objects.count() == 0


@pytest.mark.parametrize("first", [APPROVE, REFUSE])
def test_nobody_answers_twice(thread: Thread, first: ApprovalVerdict) -> None:
    request, approver = thread.request(), thread.the(Role.APPROVER)
    vote(thread, request, approver, first, "No.")
    code, words, _field = refusal(lambda: vote(thread, request, approver))
    assert code == "forbidden"
    answered = "You have already given your answer on this request."
    assert words == (answered if first == APPROVE else "This request is not waiting for approvals any more.")
    assert Approval.objects.count() == 1


def test_an_interest_in_the_payee_recuses(thread: Thread) -> None:
    approver, request = thread.the(Role.APPROVER), thread.request()
    thread.appoint(approver, Role.COUNCILLOR)
    seat = approver.appointments.get(role=Role.COUNCILLOR)
    declare_interest(actor=approver, appointment=seat, organisation="Lamps LLP", bin_number=BIN, now=thread.now)
    assert refusal(lambda: vote(thread, request, approver))[1] == (
        "You declared an interest in this payee, so you cannot approve the request."
    )
    other_payee = thread.request(request.project, payee_bin="991241001803")
    assert vote(thread, other_payee, approver).state == RequestState.SUBMITTED
    assert can_decide(thread.the(Role.APPROVER, 1), request, on=thread.now.date())


def test_one_refusal_refuses_and_says_why(thread: Thread) -> None:
    request = thread.decide(thread.request(), [APPROVE])
    other = thread.the(Role.APPROVER, 1)
    assert refusal(lambda: vote(thread, request, other, REFUSE, "  ")) == (
        "reason_missing",
        "Say why you refuse, so that the treasurer can mend it.",
        "reason",
    )
    assert vote(thread, request, other, REFUSE, " Two offers are missing. ").state == RequestState.REFUSED
    assert Approval.objects.get(approver=other).reason == "Two offers are missing."
    assert refusal(lambda: vote(thread, request, thread.the(Role.APPROVER, 2)))[0] == "forbidden"
    assert refusal(lambda: pay(thread, request))[:2] == (
        "approvals_missing",
        "The approvals are not there yet, so nothing can be paid.",
    )


def test_the_number_of_approvals_stays_as_it_was_when_filed(thread: Thread, settings: object) -> None:
    settings.APPROVALS_REQUIRED = 3  # type: ignore[attr-defined]
    request = thread.request()
    settings.APPROVALS_REQUIRED = 1  # type: ignore[attr-defined]
    assert thread.decide(request).state == RequestState.SUBMITTED
    assert vote(thread, request, thread.the(Role.APPROVER, 2)).state == RequestState.APPROVED
    assert thread.request(request.project).approvals_required == 2  # never fewer than two
