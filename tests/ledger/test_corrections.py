"""Corrections need two people, redesignations a decision of the council; both show first what they would do."""

import re
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.test import Client

from common.errors import DomainError
from councils.meetings.states import Choice
from funds.ledger.actions import answer_correction, ask_for_correction
from funds.ledger.models import Correction, EarmarkBalance, Transaction
from funds.ledger.states import Kind
from funds.projects.models import Project
from tests.ledger.books import amounts
from tests.thread import TENGE, Thread
from users.models import User
from users.states import Role

NBSP = "\N{NO-BREAK SPACE}"


def words_of(answer: HttpResponseBase) -> str:
    assert isinstance(answer, HttpResponse)
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().replace(NBSP, " ")).split())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def free(project: Project | None) -> int:
    row = EarmarkBalance.objects.filter(currency="KZT")
    found = row.get(earmark_id=project.pk) if project else row.get(earmark__isnull=True)
    return found.available_minor // TENGE


pytestmark = pytest.mark.django_db


class TestReversing:
    @pytest.fixture
    def payout(self, thread: Thread) -> Transaction:
        thread.funded(1_000)
        return Transaction.objects.get(kind=Kind.PAYOUT)

    @pytest.fixture
    def address(self, thread: Thread, payout: Transaction) -> str:
        return f"/en/ledger/{thread.town.slug}/{payout.seq}/reverse/"

    def test_the_preview_shows_lines_and_balances_and_books_nothing(
        self, thread: Thread, address: str, payout: Transaction
    ) -> None:
        before = amounts(thread.fund)
        answer = signed_in(thread.the(Role.TREASURER)).post(
            address, {"reason": "Booked twice by mistake", "submission": str(uuid4())}
        )
        shown = words_of(answer)
        assert answer.status_code == HTTPStatus.OK
        assert "Look first: nothing of this is booked yet." in shown
        assert "Bank account 1 000 ₸ 0 ₸" in shown
        assert "With the card processor 1 000 ₸ 1 000 ₸" in shown
        assert (amounts(thread.fund), Correction.objects.count()) == (before, 0)
        assert Transaction.objects.count() == payout.seq

    def test_two_people_reverse_a_line(self, thread: Thread, address: str, payout: Transaction) -> None:
        sent = {"reason": "Booked twice by mistake", "submission": str(uuid4()), "step": "book"}
        treasurer, approver = signed_in(thread.the(Role.TREASURER)), signed_in(thread.the(Role.APPROVER))
        answer = treasurer.post(address, sent)
        wished = Correction.objects.get()
        page = f"/en/ledger/correction/{wished.pk}/"
        assert (answer.status_code, answer["Location"]) == (302, page)
        assert treasurer.post(address, sent)["Location"] == page  # sent twice, asked once
        assert Correction.objects.count() == 1
        assert Transaction.objects.filter(kind=Kind.REVERSAL).count() == 0

        assert "Bank account 1 000 ₸ 0 ₸" in words_of(approver.get(page))
        assert approver.post(page, {"answer": "book"}).status_code == HTTPStatus.FOUND
        reversal = Transaction.objects.get(kind=Kind.REVERSAL)
        assert (reversal.reverses_id, reversal.memo) == (payout.pk, "Booked twice by mistake")
        wished.refresh_from_db()
        assert (wished.booked_id, wished.answered_by) == (reversal.pk, thread.the(Role.APPROVER))
        mirrored = {(e.account_id, e.amount_minor) for e in reversal.entries.all()}
        assert mirrored == {(e.account_id, -e.amount_minor) for e in payout.entries.all()}
        assert approver.post(page, {"answer": "book"}).status_code == HTTPStatus.FORBIDDEN
        assert Transaction.objects.filter(kind=Kind.REVERSAL).count() == 1
        public = words_of(Client().get(f"/en/ledger/{thread.town.slug}/{payout.seq}/"))
        assert f"Reversed by line {reversal.seq}" in public
        assert "reverse this line" not in public

    def test_a_refusal_says_why_and_books_nothing(self, thread: Thread, address: str) -> None:
        signed_in(thread.the(Role.TREASURER)).post(
            address, {"reason": "Wrong", "submission": str(uuid4()), "step": "book"}
        )
        page = f"/en/ledger/correction/{Correction.objects.get().pk}/"
        approver = signed_in(thread.the(Role.APPROVER))
        silent = approver.post(page, {"answer": "refuse"})
        assert (silent.status_code, "Say why you refuse" in words_of(silent)) == (422, True)
        approver.post(page, {"answer": "refuse", "reason": "The line is right"})
        assert "Refused The line is right" in words_of(approver.get(page))
        assert Transaction.objects.filter(kind=Kind.REVERSAL).count() == 0

    def test_nobody_confirms_what_they_asked_for(self, thread: Thread, payout: Transaction) -> None:
        both = thread.the(Role.TREASURER)
        thread.appoint(both, Role.APPROVER)
        wished = Correction(id=uuid4(), fund=thread.fund, kind=Kind.REVERSAL, reason="Wrong", reverses=payout)
        ask_for_correction(actor=both, correction=wished, now=thread.now)
        with pytest.raises(DomainError, match="somebody else has to confirm"):
            answer_correction(actor=both, correction_id=wished.pk, accepted=True, now=thread.now)
        with pytest.raises(IntegrityError, match="correction_by_another_person"), transaction.atomic():
            Correction.objects.filter(pk=wished.pk).update(answered_by=both, answered_at=thread.now, answer="x")

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.CHAIR, Role.AUDITOR])
    def test_the_treasurer_alone_asks(self, thread: Thread, address: str, role: Role) -> None:
        answer = signed_in(thread.the(role)).post(address, {"reason": "x", "submission": str(uuid4()), "step": "book"})
        assert (answer.status_code, Correction.objects.count()) == (403, 0)

    @pytest.mark.parametrize("role", [Role.TREASURER, Role.CHAIR, Role.AUDITOR])
    def test_an_approver_alone_confirms(self, thread: Thread, address: str, role: Role) -> None:
        signed_in(thread.the(Role.TREASURER)).post(
            address, {"reason": "Wrong", "submission": str(uuid4()), "step": "book"}
        )
        page = f"/en/ledger/correction/{Correction.objects.get().pk}/"
        assert signed_in(thread.the(role)).post(page, {"answer": "book"}).status_code == HTTPStatus.FORBIDDEN
        assert Transaction.objects.filter(kind=Kind.REVERSAL).count() == 0

    def test_what_the_processor_told_is_undone_there(self, thread: Thread, payout: Transaction) -> None:
        gift = Transaction.objects.get(kind=Kind.GIFT)
        answer = signed_in(thread.the(Role.TREASURER)).post(
            f"/en/ledger/{thread.town.slug}/{gift.seq}/reverse/", {"reason": "x", "submission": str(uuid4())}
        )
        assert (answer.status_code, "holds gifts of several people" in words_of(answer)) == (422, True)

    def test_a_line_is_reversed_once_and_a_reversal_never(self, thread: Thread, address: str) -> None:
        treasurer = signed_in(thread.the(Role.TREASURER))
        sent = {"reason": "Wrong", "step": "book"}
        treasurer.post(address, {**sent, "submission": str(uuid4())})
        again = treasurer.post(address, {**sent, "submission": str(uuid4())})
        assert "waits for its confirmation already" in words_of(again)
        answer_correction(
            actor=thread.the(Role.APPROVER), correction_id=Correction.objects.get().pk, accepted=True, now=thread.now
        )
        assert "has been reversed already" in words_of(treasurer.post(address, {**sent, "submission": str(uuid4())}))
        reversal = Transaction.objects.get(kind=Kind.REVERSAL)
        last = treasurer.post(
            f"/en/ledger/{thread.town.slug}/{reversal.seq}/reverse/", {**sent, "submission": str(uuid4())}
        )
        assert "A reversal is final." in words_of(last)

    def test_what_cannot_be_booked_is_said_before_anybody_asks(self, thread: Thread, payout: Transaction) -> None:
        project = Project.objects.get()
        thread.paid(project, 900)  # the bank holds 100 now
        answer = signed_in(thread.the(Role.TREASURER)).post(
            f"/en/ledger/{thread.town.slug}/{payout.seq}/reverse/", {"reason": "x", "submission": str(uuid4())}
        )
        assert "There is not enough money on that account." in words_of(answer)

    @pytest.mark.parametrize(
        ("reason", "words"), [("", "Say why"), ("Booked \u202eeciwt", "After “Booked” stands a character")]
    )
    def test_the_reason_is_plain_words(self, thread: Thread, address: str, reason: str, words: str) -> None:
        answer = signed_in(thread.the(Role.TREASURER)).post(address, {"reason": reason, "submission": str(uuid4())})
        assert (answer.status_code, words in words_of(answer)) == (422, True)


class TestRedesignating:
    @pytest.fixture
    def address(self, thread: Thread) -> str:
        return f"/en/ledger/{thread.town.slug}/move/"

    @pytest.fixture
    def project(self, thread: Thread) -> Project:
        thread.gift(None, 1_000)  # to the fund as a whole: it cannot pay for a project
        thread.payout(1_000)
        return thread.project()

    def sent(self, project: Project, **change: str) -> dict[str, str]:
        facts = {
            "source": "fund:KZT",
            "target": str(project.pk),
            "amount": "400",
            "decision": str(project.decision_id),
            "reason": "The council voted for the lamps",
            "submission": str(uuid4()),
        }
        return facts | change

    def test_money_of_the_whole_fund_pays_for_a_project_once_the_council_has_voted(
        self, thread: Thread, address: str, project: Project
    ) -> None:
        treasurer = signed_in(thread.the(Role.TREASURER))
        sent = self.sent(project)
        preview = words_of(treasurer.post(address, sent))
        assert "The fund as a whole 600 ₸ 600 ₸" in preview
        assert "Lamps 400 ₸ 400 ₸" in preview
        treasurer.post(address, sent | {"step": "book"})
        treasurer.post(address, sent | {"step": "book"})
        [wished] = Correction.objects.all()
        assert free(None) == 1_000
        approver = signed_in(thread.the(Role.APPROVER))
        approver.post(f"/en/ledger/correction/{wished.pk}/", {"answer": "book"})
        booked = Transaction.objects.get(kind=Kind.REDESIGNATION)
        assert (free(None), free(project), booked.subject_id) == (600, 400, project.decision_id)
        line = Client().get(f"/en/ledger/{thread.town.slug}/{booked.seq}/").content.decode()
        assert f'href="/en/decisions/decision/{project.decision_id}/"' in line
        assert thread.paid(project, 400).state == "paid"

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"amount": "1000,01"}, "The gifts for this project do not cover that amount yet."),
            ({"amount": "0"}, "greater than or equal to 0.01"),
            ({"decision": ""}, "Choose the decision that says so."),
            ({"decision": str(uuid4())}, "is not one of the available choices"),
            ({"source": "fund:EUR"}, "is not one of the available choices"),
            ({"target": ""}, "Choose a project."),
            ({"reason": ""}, "Say why"),
        ],
    )
    def test_refusals(self, thread: Thread, address: str, project: Project, change: dict[str, str], words: str) -> None:
        answer = signed_in(thread.the(Role.TREASURER)).post(address, self.sent(project, **change))
        assert (answer.status_code, words in words_of(answer)) == (422, True)

    def test_a_rejected_decision_moves_nothing(self, thread: Thread, address: str, project: Project) -> None:
        rejected = thread.decision(thread.need("The square is dark."), choice=Choice.AGAINST)
        answer = signed_in(thread.the(Role.TREASURER)).post(address, self.sent(project, decision=str(rejected.pk)))
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        wished = Correction(
            id=uuid4(),
            fund=thread.fund,
            kind=Kind.REDESIGNATION,
            reason="x",
            target_id=project.pk,
            amount_minor=1,
            currency="KZT",
            decision=rejected,
        )
        with pytest.raises(DomainError, match="not_adopted"):
            ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now)

    def test_the_same_form_with_another_sum(self, thread: Thread, address: str, project: Project) -> None:
        treasurer, sent = signed_in(thread.the(Role.TREASURER)), self.sent(project) | {"step": "book"}
        treasurer.post(address, sent)
        answer = treasurer.post(address, sent | {"amount": "500"})
        assert "This form was sent before with other facts." in words_of(answer)
        assert Correction.objects.count() == 1

    def test_changing_goes_back_to_the_form(self, thread: Thread, address: str, project: Project) -> None:
        answer = signed_in(thread.the(Role.TREASURER)).post(address, self.sent(project) | {"step": "change"})
        assert (answer.status_code, 'value="400"' in answer.content.decode()) == (200, True)

    @pytest.mark.parametrize("number", [1, 3])
    def test_the_list_asks_as_often_however_long_it_is(
        self,
        thread: Thread,
        project: Project,
        number: int,
        django_assert_num_queries: object,
    ) -> None:
        for _number in range(number):
            wished = Correction(
                id=uuid4(),
                fund=thread.fund,
                kind=Kind.REDESIGNATION,
                reason="x",
                target_id=project.pk,
                amount_minor=1,
                currency="KZT",
                decision=project.decision,
            )
            ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now)
        client = signed_in(thread.the(Role.APPROVER))
        with django_assert_num_queries(6):  # type: ignore[operator]
            shown = client.get(f"/en/ledger/{thread.town.slug}/corrections/").content.decode()
        assert shown.count("waiting for a second person") == number
        assert f"/en/ledger/{thread.town.slug}/move/" not in shown  # nobody is led to a refusal


def test_ids_are_the_forms_own(thread: Thread) -> None:
    thread.funded(1_000)
    key: UUID = uuid4()
    wished = Correction(
        id=key, fund=thread.fund, kind=Kind.REVERSAL, reason="x", reverses=Transaction.objects.get(kind=Kind.PAYOUT)
    )
    assert ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now).pk == key
