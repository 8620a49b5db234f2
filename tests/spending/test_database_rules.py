"""PostgreSQL refuses payments and changes that the actions would refuse, asked in raw SQL as the application's role."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from common.errors import DomainError
from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Transaction
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.spending.actions import decide
from funds.spending.models import Approval, Payment, Request
from funds.spending.states import ApprovalVerdict, RequestState
from tests.raw_ledger import line, raw_post, refused, sql
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db

APPROVE, REFUSE = ApprovalVerdict.APPROVE, ApprovalVerdict.REFUSE
PAID = 100_000_00


def spend(project: object, minor: int, currency: str = "KZT") -> Line:
    return Line(AccountCode.SPENDING, Money(minor, currency), getattr(project, "pk", None))


def bank(minor: int, currency: str = "KZT") -> Line:
    return Line(AccountCode.BANK, Money(minor, currency))


def ledger_post(thread: Thread, request: Request | None, lines: Sequence[Line], kind: str = "payment") -> None:
    """The function itself, past every Python rule."""
    entries = [line(one.code, one.amount.minor, earmark=one.earmark, currency=one.amount.currency) for one in lines]
    raw_post(thread.fund.pk, kind, *entries, subject=request.pk if request else None)


def test_no_payment_before_the_last_approval(thread: Thread) -> None:
    """The ledger's payments here are of 22 November; an evening in Europe is the next day in Kazakhstan."""
    request = thread.decide(thread.request(thread.funded(500_000)), [APPROVE])
    lines = (spend(request.project, PAID), bank(-PAID))
    last = {"actor": thread.the(Role.APPROVER, 1), "request": request, "verdict": APPROVE, "reason": ""}
    decide(**last, now=datetime(2026, 11, 22, 19, 0, tzinfo=UTC))  # type: ignore[arg-type]
    with pytest.raises(IntegrityError, match="lies before the approvals"):
        ledger_post(thread, request, lines)
    assert payments() == 0


def test_a_payment_on_the_day_of_the_last_approval_is_booked(thread: Thread) -> None:
    request = thread.decide(thread.request(thread.funded(500_000)), [APPROVE])
    last = {"actor": thread.the(Role.APPROVER, 1), "request": request, "verdict": APPROVE, "reason": ""}
    decide(**last, now=datetime(2026, 11, 22, 18, 59, tzinfo=UTC))  # type: ignore[arg-type]
    ledger_post(thread, request, (spend(request.project, PAID), bank(-PAID)))
    assert payments() == 1


def payments() -> int:
    return Transaction.objects.filter(kind=Kind.PAYMENT).count()


@pytest.mark.parametrize("verdicts", [[], [APPROVE], [REFUSE]])
def test_no_payment_without_the_approvals(thread: Thread, verdicts: list[ApprovalVerdict]) -> None:
    request = thread.decide(thread.request(), verdicts)
    lines = (spend(request.project, PAID), bank(-PAID))
    with pytest.raises(IntegrityError, match=f"has {verdicts.count(APPROVE)} of 2 approvals"):
        ledger_post(thread, request, lines)
    # Neither does it help to write the state by hand, nor to ask the ledger's own action.
    sql("UPDATE spending_request SET state = 'approved' WHERE id = %s", request.pk)
    with pytest.raises(IntegrityError, match="approvals"):
        ledger_post(thread, request, lines)
    with pytest.raises(DomainError, match="approvals_missing"), transaction.atomic():
        post(
            postings=[
                Posting(
                    fund=thread.fund.pk,
                    kind=Kind.PAYMENT,
                    effective_date=thread.now.date(),
                    key="by hand",
                    lines=lines,
                    subject=request.pk,
                )
            ],
            now=thread.now,
        )
    request.refresh_from_db()
    with pytest.raises(DomainError, match="approvals_missing"), transaction.atomic():
        thread.pay(request)
    assert (payments(), Payment.objects.count()) == (0, 0)


def test_approvals_and_one_refusal_pay_nothing(thread: Thread) -> None:
    request = thread.approved()
    Approval.objects.create(
        request=request, approver=thread.the(Role.APPROVER, 2), verdict=REFUSE, reason="No.", decided_at=thread.now
    )
    with pytest.raises(IntegrityError, match="has 2 of 2 approvals"):
        ledger_post(thread, request, (spend(request.project, PAID), bank(-PAID)))


@pytest.mark.parametrize("request_of", ["nothing", "somebody"])
def test_no_payment_without_a_request(thread: Thread, request_of: str) -> None:
    project = thread.funded()
    stranger = Request(id=uuid4()) if request_of == "somebody" else None
    with pytest.raises(IntegrityError, match="belongs to no request"):
        ledger_post(thread, stranger, (spend(project, PAID), bank(-PAID)))


def test_a_payment_is_exactly_the_requested_sum_of_the_requested_project(thread: Thread) -> None:
    request, other = thread.approved(), thread.funded()
    own = request.project
    for lines in (
        [spend(own, PAID - 1), bank(1 - PAID)],
        [spend(own, PAID + 1), bank(-1 - PAID)],
        [spend(other, PAID), bank(-PAID)],
        [spend(None, PAID), bank(-PAID)],
        [spend(own, PAID), spend(other, 5), bank(-PAID - 5)],
        [spend(own, PAID), spend(None, 5), bank(-PAID - 5)],
        [bank(-PAID), Line(AccountCode.CASH, Money(PAID, "KZT"))],
        [spend(own, -PAID), bank(PAID)],
        [spend(own, PAID), bank(-PAID), spend(own, 5, "EUR"), bank(-5, "EUR")],
    ):
        with refused(
            "payment_is_the_requested_sum",
            "account_never_negative",
            "earmark_never_overdrawn",
            "transaction_kind_accounts",
        ):
            ledger_post(thread, request, lines)
    assert payments() == 0
    ledger_post(thread, request, [spend(own, PAID), bank(-PAID)])
    assert payments() == 1


def test_approvals_are_for_one_payment_under_whatever_key(thread: Thread) -> None:
    request = thread.approved()
    lines = (spend(request.project, PAID), bank(-PAID))
    ledger_post(thread, request, lines)
    with pytest.raises(IntegrityError, match="is paid already"):
        ledger_post(thread, request, lines)
    assert payments() == 1


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.PAYMENT, Kind.REVERSAL)])
def test_spending_hides_under_no_other_name(thread: Thread, kind: Kind) -> None:
    request = thread.request()
    with refused("transaction_kind_accounts"):
        ledger_post(thread, request, (spend(request.project, PAID), bank(-PAID)), kind=kind)


def test_a_payment_cannot_come_from_the_card_processor(thread: Thread) -> None:
    request = thread.approved()
    with refused("transaction_kind_accounts", "payment_is_the_requested_sum"):
        ledger_post(thread, request, (spend(request.project, PAID), Line(AccountCode.STRIPE, Money(-PAID, "KZT"))))


def test_the_submitter_cannot_approve(thread: Thread) -> None:
    request = thread.request()
    with pytest.raises(IntegrityError, match="the submitter cannot approve"), transaction.atomic():
        Approval.objects.create(
            request=request, approver=thread.the(Role.TREASURER), verdict=APPROVE, decided_at=thread.now
        )


def test_one_approver_counts_once_and_a_refusal_has_a_reason(thread: Thread) -> None:
    request = thread.decide(thread.request(), [APPROVE])
    with pytest.raises(IntegrityError, match="approval_once"), transaction.atomic():
        Approval.objects.create(
            request=request, approver=thread.the(Role.APPROVER), verdict=APPROVE, decided_at=thread.now
        )
    with pytest.raises(IntegrityError, match="approval_refusal_says_why"), transaction.atomic():
        Approval.objects.create(
            request=request, approver=thread.the(Role.APPROVER, 1), verdict=REFUSE, decided_at=thread.now
        )


@pytest.mark.parametrize(
    "statement", ["UPDATE spending_approval SET verdict = 'approve'", "DELETE FROM spending_approval"]
)
def test_a_given_answer_stays(thread: Thread, statement: str) -> None:
    thread.decide(thread.request(), [REFUSE])
    with pytest.raises(DatabaseError, match="permission denied"):
        sql(statement)


CHANGES = {
    "project_id": "(SELECT max(id::text)::uuid FROM projects_project WHERE id <> project_id)",
    "purpose": "'other'",
    "payee_name": "'Friends LLP'",
    "payee_bin": "'991241001803'",
    "amount_minor": "amount_minor + 1",
    "currency": "'EUR'",
    "document": "'spending/other.pdf'",
    "document_name": "'other.pdf'",
    "document_type": "'image/png'",
    "document_sha256": "'0'",
    "approvals_required": "approvals_required + 1",
    "submitted_by_id": "(SELECT max(id::text)::uuid FROM users_user WHERE id <> submitted_by_id)",
    "submitted_at": "submitted_at + interval '1 day'",
}


def test_every_fact_of_a_request_is_tried_below() -> None:
    facts = {field.column for field in Request._meta.concrete_fields}
    assert facts == {*CHANGES, "id", "state"}


@pytest.mark.parametrize("column", sorted(CHANGES))
def test_a_filed_request_never_changes(thread: Thread, column: str) -> None:
    request = thread.request(thread.project())
    thread.project()
    with pytest.raises(DatabaseError, match="is filed; file a new one instead"):
        sql(f"UPDATE spending_request SET {column} = {CHANGES[column]} WHERE id = %s", request.pk)  # noqa: S608
    sql("UPDATE spending_request SET state = 'refused' WHERE id = %s", request.pk)
    assert Request.objects.get().state == RequestState.REFUSED


def test_a_filed_request_never_vanishes(thread: Thread) -> None:
    thread.request(thread.project())
    with pytest.raises(DatabaseError, match="is filed"):
        sql("DELETE FROM spending_request")
    with pytest.raises(DatabaseError, match="permission denied"):
        sql("TRUNCATE spending_request CASCADE")


RECORDED = {
    "request_id": "(SELECT max(id::text)::uuid FROM spending_request r WHERE r.id <> request_id)",
    "transaction_id": "(SELECT max(id::text)::uuid FROM ledger_transaction t WHERE t.id <> transaction_id)",
    "paid_date": "paid_date - 1",
    "bank_reference": "'PO-2'",
    "recorded_by_id": "(SELECT max(id::text)::uuid FROM users_user u WHERE u.id <> recorded_by_id)",
    "recorded_at": "recorded_at + interval '1 day'",
}
PROOF = {
    "proof_document": "'proof/other.pdf'",
    "proof_document_type": "'image/png'",
    "proof_document_sha256": "'0'",
    "proof_photo": "'proof/other.jpg'",
    "proof_note": "'Nothing was done.'",
    "published_at": "NULL",
    "published_by_id": "(SELECT max(id::text)::uuid FROM users_user u WHERE u.id <> published_by_id)",
}


def test_every_fact_of_a_payment_is_tried_below() -> None:
    facts = {field.column for field in Payment._meta.concrete_fields}
    assert facts == {*RECORDED, *PROOF, "id"}


@pytest.mark.parametrize("column", sorted(RECORDED))
def test_a_recorded_payment_never_changes(thread: Thread, column: str) -> None:
    request = thread.paid()
    thread.request(request.project)
    with pytest.raises(DatabaseError, match="is recorded and stays as it is"):
        sql(f"UPDATE spending_payment SET {column} = {RECORDED[column]}")  # noqa: S608
    with pytest.raises(DatabaseError, match="is recorded"):
        sql("DELETE FROM spending_payment")


@pytest.mark.parametrize("column", sorted(PROOF))
def test_a_published_proof_never_changes(thread: Thread, column: str) -> None:
    thread.published()
    with pytest.raises(DatabaseError, match="is recorded and stays as it is"):
        sql(f"UPDATE spending_payment SET {column} = {PROOF[column]}")  # noqa: S608


def test_sums_and_numbers_of_approvals_have_a_floor(thread: Thread) -> None:
    request = thread.request(thread.project())
    for change, constraint in (
        ({"amount_minor": 0}, "request_positive"),
        ({"approvals_required": 1}, "request_never_alone"),
    ):
        copy = Request.objects.get(pk=request.pk)
        copy.pk = uuid4()
        for name, value in change.items():
            setattr(copy, name, value)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            copy.save(force_insert=True)
    assert isinstance(request.pk, UUID)
