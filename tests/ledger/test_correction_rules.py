"""What PostgreSQL holds of four eyes on a correction: two people, about the same thing, once. Whoever writes."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from councils.meetings.states import Choice
from funds.ledger.actions import answer_correction, ask_for_correction
from funds.ledger.models import Correction, Fund, Transaction
from funds.ledger.rules.corrections import correction_key
from funds.ledger.states import Kind
from tests.ledger.books import DAY
from tests.raw_ledger import line, raw_post, refused, sql
from tests.thread import Thread
from towns.models import Town
from users.states import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout(thread: Thread) -> Transaction:
    thread.funded(1_000)
    return Transaction.objects.get(kind=Kind.PAYOUT)


@pytest.fixture
def wished(thread: Thread, payout: Transaction) -> Correction:
    new = Correction(id=uuid4(), fund=thread.fund, kind=Kind.REVERSAL, reason="Wrong line", reverses=payout)
    return ask_for_correction(actor=thread.the(Role.TREASURER), correction=new, now=thread.now)


def written(**facts: object) -> None:
    with transaction.atomic():
        Correction.objects.update(**facts)


def test_nobody_answers_what_they_asked_for_themselves(thread: Thread, wished: Correction) -> None:
    with pytest.raises(IntegrityError, match="correction_by_another_person"):
        written(answered_by=wished.asked_by, answered_at=thread.now, answer="x")


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "Another story"},
        {"amount_minor": 5, "currency": "KZT"},
        {"asked_at": None},
        {"kind": Kind.REDESIGNATION},
        {"reverses": None},
    ],
)
def test_what_was_asked_for_stays(wished: Correction, change: dict[str, object]) -> None:
    with pytest.raises(DatabaseError, match="stays as it was asked for"):
        written(**change)
    assert Correction.objects.get().reason == "Wrong line"


def test_who_asked_is_not_changed_so_that_they_may_answer(thread: Thread, wished: Correction) -> None:
    approver = thread.the(Role.APPROVER)
    with pytest.raises(DatabaseError, match="stays as it was asked for"):
        written(asked_by=approver, answered_by=wished.asked_by, answered_at=thread.now, answer="x")


def test_an_answer_is_given_once_and_the_row_is_kept(thread: Thread, wished: Correction) -> None:
    approver = thread.the(Role.APPROVER)
    answer_correction(actor=approver, correction_id=wished.pk, accepted=False, reason="No", now=thread.now)
    for change in ({"answer": "Yes"}, {"answered_by": None, "answered_at": None, "answer": ""}):
        with pytest.raises(DatabaseError, match="answered once"):
            written(**change)
    for statement in ("DELETE FROM ledger_correction", "TRUNCATE ledger_correction"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Correction.objects.get().answer == "No"


def test_a_correction_is_not_born_with_its_answer(thread: Thread, payout: Transaction) -> None:
    born = Correction(id=uuid4(), fund=thread.fund, kind=Kind.REVERSAL, reason="x", reverses=payout)
    born.asked_by, born.asked_at = thread.the(Role.TREASURER), thread.now
    born.answered_by, born.answered_at, born.answer = thread.the(Role.APPROVER), thread.now, "No"
    with pytest.raises(DatabaseError, match="is asked for first"), transaction.atomic():
        born.save(force_insert=True)


def test_what_is_booked_is_what_was_asked_for(thread: Thread, payout: Transaction, wished: Correction) -> None:
    approver = thread.the(Role.APPROVER)
    with pytest.raises(DatabaseError, match="is not what was booked"):
        written(answered_by=approver, answered_at=thread.now, booked=payout)
    done = answer_correction(actor=approver, correction_id=wished.pk, accepted=True, now=thread.now)
    assert done.booked is not None
    assert (done.booked.kind, done.booked.reverses_id) == (Kind.REVERSAL, payout.pk)


@pytest.mark.parametrize("asked", ["by nobody", "and not answered", "and refused"])
def test_nobody_reverses_alone_whatever_way_they_take(
    thread: Thread, payout: Transaction, request: pytest.FixtureRequest, asked: str
) -> None:
    key = "somebody's own"
    if asked != "by nobody":
        wished: Correction = request.getfixturevalue("wished")
        key = correction_key(wished.pk)
        if asked == "and refused":
            answer_correction(
                actor=thread.the(Role.APPROVER), correction_id=wished.pk, accepted=False, reason="No", now=thread.now
            )
    mirror = [line(e.account.code, -e.amount_minor) for e in payout.entries.select_related("account")]
    with refused("reversal_of_two_people"), transaction.atomic():
        raw_post(thread.fund.pk, "reversal", *mirror, reverses=payout.pk, key=key)
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit asks
    assert Transaction.objects.filter(kind=Kind.REVERSAL).count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_confirmation SELECT id FROM ledger_transaction",
        "DELETE FROM ledger_confirmation",
        "TRUNCATE ledger_confirmation",
        "ALTER TABLE ledger_confirmation DROP CONSTRAINT reversal_of_two_people",
    ],
)
def test_the_application_does_not_touch_who_has_to_confirm(wished: Correction, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        sql(statement)


def test_money_changes_its_purpose_by_a_vote_whatever_way_it_takes(thread: Thread) -> None:
    project = thread.project()
    thread.gift(project, 1_000)
    rejected = thread.decision(thread.need("The square is dark."), choice=Choice.AGAINST)
    elsewhere = Town.objects.get(slug="ridder")
    other = Thread(
        town=elsewhere, now=thread.now, fund=Fund.objects.create(town=elsewhere, legal_entity="x", founded_date=DAY)
    )
    moved = (line("moved", 100, earmark=project.pk), line("moved", -100))
    for subject in (None, uuid4(), rejected.pk, other.decision().pk, project.decision.need_id, thread.need().pk):
        with refused("redesignation_is_voted"):
            raw_post(thread.fund.pk, "redesignation", *moved, subject=subject and str(subject))
    assert Transaction.objects.filter(kind=Kind.REDESIGNATION).count() == 0
    raw_post(thread.fund.pk, "redesignation", *moved, subject=str(project.decision_id))
    assert Transaction.objects.filter(kind=Kind.REDESIGNATION).count() == 1
