"""The whole way of a request, and what cannot be asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from audit.models import Record
from common.money import Money
from funds.ledger.queries import available, balance_of
from funds.ledger.states import AccountCode, Kind
from funds.projects.models import Project
from funds.projects.states import ProjectState
from funds.spending import actions
from funds.spending.models import Payment, Request
from funds.spending.permissions import can_keep_books, can_request
from funds.spending.states import RequestState
from portal.demo.papers import street_at_night
from tests.spending.steps import APPROVE, not_yours, pay, publish, refusal, submit, vote
from tests.thread import Thread, document
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def test_the_whole_way(thread: Thread) -> None:
    project = thread.funded(500_000)
    request = thread.request(project, 100_000)
    assert (request.state, request.approvals_required, request.document_name) == ("submitted", 2, "invoice.pdf")
    assert thread.decide(request, [APPROVE]).state == RequestState.SUBMITTED
    assert vote(thread, request, thread.the(Role.APPROVER, 1)).state == RequestState.APPROVED
    payment = pay(thread, request)
    booked = payment.transaction
    assert (booked.kind, booked.subject_id, booked.memo) == (Kind.PAYMENT, request.pk, "Twelve lamps")
    lines = booked.entries.order_by("line").values_list("account__code", "account__earmark_id", "amount_minor")
    assert list(lines) == [("bank", None, -100_000_00), ("spending", project.pk, 100_000_00)]
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


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.TREASURER)])
def test_only_the_treasurer_asks_pays_and_publishes(thread: Thread, role: Role | None) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    project = thread.funded()
    other = thread.somebody(role, everywhere=everywhere)
    assert refusal(lambda: submit(thread, project, other)) == ("forbidden", not_yours(Role.TREASURER), None)
    request = thread.approved(project)
    assert refusal(lambda: pay(thread, request, other))[:2] == ("forbidden", not_yours(Role.TREASURER))
    thread.pay(request)
    assert refusal(lambda: publish(thread, request, other))[:2] == ("forbidden", not_yours(Role.TREASURER))
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
    words = (
        "Nothing is reserved for this request, and the project's gifts do not cover it yet. Free for the project:"
        " 100\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}₸. Pay it when more gifts have come in."
    )
    assert refusal(lambda: pay(thread, request)) == ("not_enough_earmarked", words, None)
    request.refresh_from_db()
    assert (request.state, Payment.objects.count()) == (RequestState.APPROVED, 0)
