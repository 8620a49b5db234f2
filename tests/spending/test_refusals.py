"""Asking, approving, paying, publishing: who may, in which order, how much, and what is said when it is refused."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage

from audit.models import Record
from common.errors import DomainError, Forbidden
from common.money import Money
from councils.members.actions import declare_interest
from funds.ledger.models import Transaction
from funds.ledger.queries import available, balance_of
from funds.ledger.states import AccountCode, Kind
from funds.projects.models import Project
from funds.projects.states import ProjectState
from funds.spending import actions
from funds.spending.models import Approval, Payment, Request
from funds.spending.permissions import can_decide, can_keep_books, can_request, can_see_document
from funds.spending.states import ApprovalVerdict, RequestState
from portal.demo.papers import street_at_night
from tests.thread import BIN, TENGE, Thread, document
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

APPROVE, REFUSE = ApprovalVerdict.APPROVE, ApprovalVerdict.REFUSE
NOT_YOURS = "Your roles do not include this. If they should, ask the administrator."


def refusal(act: Callable[[], object]) -> tuple[str, str, str | None]:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code, str(caught.value.message), caught.value.field


def submit(thread: Thread, project: Project, actor: User | None = None, **change: Any) -> Request:
    facts: dict[str, object] = {
        "purpose": "Lamps",
        "payee_name": "Lamps LLP",
        "payee_bin": BIN,
        "amount": Money(5_000 * TENGE, "KZT"),
        "document": document(),
    }
    who = actor or thread.the(Role.TREASURER)
    return actions.submit_request(actor=who, project=project, now=thread.now, **{**facts, **change})  # type: ignore[arg-type]


def vote(
    thread: Thread, request: Request, actor: User, verdict: ApprovalVerdict = APPROVE, reason: str = ""
) -> Request:
    return actions.decide(actor=actor, request=request, verdict=verdict, reason=reason, now=thread.now)


def pay(thread: Thread, request: Request, actor: User | None = None, day: date | None = None) -> Payment:
    return actions.record_payment(
        actor=actor or thread.the(Role.TREASURER),
        request=request,
        paid_date=day or thread.now.date(),
        bank_reference="PO-7",
        now=thread.now,
    )


def publish(thread: Thread, request: Request, actor: User | None = None) -> Payment:
    return actions.publish_proof(
        actor=actor or thread.the(Role.TREASURER),
        request=request,
        document=document(),
        photo=None,
        note="",
        now=thread.now,
    )


def test_the_whole_way(thread: Thread) -> None:
    project = thread.funded(500_000)
    request = thread.request(project, 100_000)
    assert (request.state, request.approvals_required, request.document_name) == ("submitted", 2, "invoice.pdf")
    assert thread.decide(request, [APPROVE]).state == RequestState.SUBMITTED
    assert vote(thread, request, thread.the(Role.APPROVER, 1)).state == RequestState.APPROVED
    payment = thread.pay(request)
    booked = payment.transaction
    assert (booked.kind, booked.subject_id, booked.memo) == (Kind.PAYMENT, request.pk, "Twelve lamps")
    lines = booked.entries.order_by("id").values_list("account__code", "account__earmark_id", "amount_minor")
    assert list(lines) == [("spending", project.pk, 100_000_00), ("bank", None, -100_000_00)]
    assert available(earmark_id=project.pk, currency="KZT") == Money(400_000_00, "KZT")
    assert balance_of(fund=thread.fund, code=AccountCode.BANK, currency="KZT") == Money(400_000_00, "KZT")
    published = actions.publish_proof(
        actor=thread.the(Role.TREASURER),
        request=request,
        document=document(),
        photo=street_at_night(),
        note="They burn.",
        now=thread.now,
    )
    request.refresh_from_db()
    assert (request.state, published.published_by) == (RequestState.PUBLISHED, thread.the(Role.TREASURER))
    assert default_storage.exists(str(published.proof_photo.name))
    steps = Record.objects.filter(action__startswith="spending.").order_by("id").values_list("action", flat=True)
    assert list(steps) == [
        "spending.payout",
        "spending.submit",
        "spending.decide",
        "spending.decide",
        "spending.pay",
        "spending.publish",
    ]
    for row in Record.objects.filter(object_id=request.pk):
        assert row.town_slug == "temirtau"
        assert "Lamps LLP" not in str(row.detail)


# --- asking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.TREASURER)])
def test_only_the_treasurer_asks_pays_and_publishes(thread: Thread, role: Role | None) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    project = thread.funded()
    other = thread.somebody(role, everywhere=everywhere)
    assert refusal(lambda: submit(thread, project, other)) == ("forbidden", NOT_YOURS, None)
    request = thread.approved(project)
    assert refusal(lambda: pay(thread, request, other))[:2] == ("forbidden", NOT_YOURS)
    thread.pay(request)
    assert refusal(lambda: publish(thread, request, other))[:2] == ("forbidden", NOT_YOURS)
    assert not can_request(other, project, on=thread.now.date())
    assert not can_keep_books(other, thread.town, on=thread.now.date())


def test_a_treasurer_of_another_town_or_another_year_does_nothing(thread: Thread, ridder_treasurer: User) -> None:
    project = thread.funded()
    former = thread.somebody()
    thread.appoint(former, Role.TREASURER, ends=thread.now.date() - timedelta(days=1))
    for other in (ridder_treasurer, former):
        assert refusal(lambda who=other: submit(thread, project, who))[0] == "forbidden"  # type: ignore[misc]


@pytest.fixture
def ridder_treasurer(thread: Thread) -> User:
    return thread.somebody(Role.TREASURER, where=type(thread.town).objects.get(slug="ridder"))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"payee_bin": "991240000014"}, "bin_invalid", "payee_bin"),
        ({"payee_bin": "99124000001"}, "bin_invalid", "payee_bin"),
        ({"payee_bin": "abcdefghijkl"}, "bin_invalid", "payee_bin"),
        ({"payee_bin": "٩٩١٢٤٠٠٠٠٠١٣"}, "bin_invalid", "payee_bin"),
        ({"amount": Money(0, "KZT")}, "amount_not_positive", "amount"),
        ({"amount": Money(-1, "KZT")}, "amount_not_positive", "amount"),
        ({"amount": Money(100, "EUR")}, "other_currency", "amount"),
    ],
)
def test_what_cannot_be_asked_for(thread: Thread, change: dict[str, Any], code: str, field: str) -> None:
    project = thread.project()
    got = refusal(lambda: submit(thread, project, **change))
    assert (got[0], got[2]) == (code, field)
    assert Request.objects.count() == 0


def test_a_finished_project_pays_nothing_more(thread: Thread) -> None:
    project = thread.project()
    Project.objects.filter(pk=project.pk).update(state=ProjectState.CLOSED)
    project.refresh_from_db()
    assert refusal(lambda: submit(thread, project))[0] == "project_closed"


def test_a_request_may_exceed_the_gifts_but_cannot_be_paid_then(thread: Thread) -> None:
    project = thread.funded(100_000)
    thread.gift(None, 5_000)  # what belongs to no project pays for none
    thread.payout(5_000)
    request = thread.approved(project, 100_001)
    assert refusal(lambda: pay(thread, request)) == (
        "not_enough_earmarked",
        "The gifts for this project do not cover that amount yet.",
        None,
    )
    request.refresh_from_db()
    assert (request.state, Payment.objects.count()) == (RequestState.APPROVED, 0)


# --- approving ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.APPROVER)])
def test_only_approvers_approve(thread: Thread, role: Role | None) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    request, other = thread.request(), thread.somebody(role, everywhere=everywhere)
    assert refusal(lambda: vote(thread, request, other))[:2] == ("forbidden", NOT_YOURS)
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


# --- paying ---------------------------------------------------------------------------------------------------------


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


# --- transfers ------------------------------------------------------------------------------------------------------


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


# --- publishing -----------------------------------------------------------------------------------------------------


def test_a_proof_follows_the_payment_and_is_published_once(thread: Thread) -> None:
    request = thread.approved()
    assert refusal(lambda: publish(thread, request))[0] == "not_paid"
    pay(thread, request)
    payment = publish(thread, request)
    assert refusal(lambda: publish(thread, request))[0] == "already_published"
    payment.refresh_from_db()
    assert payment.proof_photo.name == ""


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (None, False),
        (Role.RESIDENT, False),
        (Role.HELPER, False),
        (Role.COUNCILLOR, True),
        (Role.CHAIR, True),
        (Role.SECRETARY, True),
        (Role.TREASURER, True),
        (Role.APPROVER, True),
        (Role.AKIMAT, False),
        (Role.ENTERPRISE, False),
        (Role.MODERATOR, False),
        (Role.AUDITOR, True),
        (Role.ADMINISTRATOR, False),
    ],
)
def test_who_sees_the_document_of_a_request(thread: Thread, role: Role | None, sees: bool) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    request, user = thread.request(), thread.somebody(role, everywhere=everywhere)
    assert bool(can_see_document(user, request, on=thread.now.date())) is sees


def test_identifiers_are_those_of_the_ledger(thread: Thread) -> None:
    project = thread.project()
    assert (project.pk, project.earmark_id) == (project.earmark.pk, project.pk)
    assert isinstance(project.pk, UUID)
