"""A request is withdrawn before it is paid, and its money is free at once; what gifts cover later is reserved later."""

from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.translation import override

from audit.models import Record
from common.clock import day_of
from common.errors import DomainError
from funds.donations.queries.monthly import last_payments
from funds.ledger.actions import answer_correction, ask_for_correction
from funds.ledger.models import Correction, Hold, HoldEnd
from funds.ledger.queries import free_of
from funds.ledger.states import HoldState, Kind
from funds.projects.models import Project
from funds.spending.actions import reserve_waiting, withdraw
from funds.spending.models import Withdrawal
from funds.spending.tasks import reserve_waiting as sweep
from portal.waiting import waiting_for
from tests.ledger.books import check_books
from tests.raw_ledger import line, raw_post, refused
from tests.spending.steps import pay, publish, refusal
from tests.thread import TENGE, Thread
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def free(project: Project) -> int:
    return free_of(earmark_id=project.pk, currency="KZT").minor // TENGE


def text(answer: object) -> str:
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())  # type: ignore[attr-defined]


class TestWithdrawing:
    @pytest.mark.parametrize("role", [Role.TREASURER, Role.CHAIR])
    def test_submitter_and_chair_withdraw_and_the_money_is_free_at_once(self, thread: Thread, role: Role) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 600)
        assert free(project) == 400
        address = f"/en/spending/request/{request.pk}/withdraw/"
        answer = signed_in(thread.the(role)).post(address, {"reason": "The shop has closed"})
        assert (answer.status_code, answer["Location"]) == (302, f"/en/spending/request/{request.pk}/")
        request.refresh_from_db()
        assert (request.state, free(project)) == ("withdrawn", 1_000)
        assert HoldEnd.objects.get().state == HoldState.VOIDED
        shown = text(Client().get(answer["Location"]))
        assert "The shop has closed" in shown
        assert "Reserved for this request" not in shown
        assert Record.objects.get(action="spending.withdraw").detail == {"released": True}
        check_books(thread.fund)

    def test_a_request_that_waits_for_approval(self, thread: Thread) -> None:
        request = thread.request(thread.funded(1_000), 600)
        withdraw(actor=thread.the(Role.TREASURER), request=request, reason="Mistaken sum", now=thread.now)
        assert Withdrawal.objects.get().request_id == request.pk
        assert Hold.objects.count() == 0

    def test_a_reason_is_needed(self, thread: Thread) -> None:
        request = thread.approved(thread.funded(1_000), 600)
        answer = signed_in(thread.the(Role.TREASURER)).post(
            f"/en/spending/request/{request.pk}/withdraw/", {"reason": "  "}
        )
        assert (answer.status_code, "Say why you withdraw it." in text(answer)) == (422, True)
        with pytest.raises(DomainError, match="reason_missing"):
            withdraw(actor=thread.the(Role.CHAIR), request=request, reason=" ", now=thread.now)
        assert Withdrawal.objects.count() == 0

    def test_what_is_paid_stays_paid(self, thread: Thread) -> None:
        request = thread.paid(thread.funded(1_000), 600)
        code, words, _field = refusal(
            lambda: withdraw(actor=thread.the(Role.TREASURER), request=request, reason="x", now=thread.now)
        )
        assert (code, words) == (
            "forbidden",
            "Only a request that waits for approval or for its payment can be withdrawn.",
        )
        with refused("withdrawal_before_payment"):
            Withdrawal.objects.create(
                request=request, withdrawn_by=thread.the(Role.CHAIR), withdrawn_at=thread.now, reason="x"
            )

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.SECRETARY, Role.AUDITOR])
    def test_nobody_else(self, thread: Thread, role: Role) -> None:
        request = thread.approved(thread.funded(1_000), 600)
        answer = signed_in(thread.the(role)).post(f"/en/spending/request/{request.pk}/withdraw/", {"reason": "x"})
        assert (answer.status_code, Withdrawal.objects.count()) == (HTTPStatus.FORBIDDEN, 0)

    def test_another_treasurer_did_not_submit_it(self, thread: Thread) -> None:
        request = thread.approved(thread.funded(1_000), 600)
        other = signed_in(thread.the(Role.TREASURER, 1))
        assert other.get(f"/en/spending/request/{request.pk}/withdraw/").status_code == HTTPStatus.FORBIDDEN

    def test_it_is_neither_paid_nor_approved_any_more(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 600)
        withdraw(actor=thread.the(Role.CHAIR), request=request, reason="x", now=thread.now)
        assert refusal(lambda: thread.pay(request))[0] == "approvals_missing"
        with refused("payment_needs_approvals"):
            raw_post(
                thread.fund.pk,
                "payment",
                line("bank", -600 * TENGE),
                line("spending", 600 * TENGE, earmark=request.project_id),
                subject=str(request.pk),
            )

    def test_withdrawing_twice(self, thread: Thread) -> None:
        request = thread.approved(thread.funded(1_000), 600)
        withdraw(actor=thread.the(Role.CHAIR), request=request, reason="x", now=thread.now)
        code, _words, _field = refusal(
            lambda: withdraw(actor=thread.the(Role.CHAIR), request=request, reason="x", now=thread.now)
        )
        assert (code, Withdrawal.objects.count()) == ("forbidden", 1)


class TestReservingLater:
    def test_what_gifts_cover_later_is_reserved_once(self, thread: Thread) -> None:
        project = thread.project()
        thread.gift(project, 1_000)
        request = thread.approved(project, 1_500)
        assert (reserve_waiting(now=thread.now), Hold.objects.count()) == (0, 0)
        thread.gift(project, 600)
        assert (sweep(), sweep()) == (1, 0)
        hold = Hold.objects.get()
        assert (hold.subject_id, hold.amount_minor, free(project)) == (request.pk, 1_500 * TENGE, 100)
        assert Record.objects.filter(action="spending.reserve").count() == 1
        assert "Reserved for this request" in text(Client().get(f"/en/spending/request/{request.pk}/"))
        check_books(thread.fund)

    def test_the_oldest_first(self, thread: Thread) -> None:
        project = thread.project()
        first, second = (thread.approved(project, amount) for amount in (700, 600))
        thread.gift(project, 1_000)
        assert reserve_waiting(now=thread.now) == 1
        assert Hold.objects.get().subject_id == first.pk
        thread.gift(project, 500)
        assert reserve_waiting(now=thread.now) == 1
        assert set(Hold.objects.values_list("subject_id", flat=True)) == {first.pk, second.pk}

    def test_withdrawn_and_expired_reservations_do_not_come_back(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 600)
        withdraw(actor=thread.the(Role.CHAIR), request=request, reason="x", now=thread.now)
        assert (reserve_waiting(now=thread.now), free(project)) == (0, 1_000)


def test_a_reversed_payment_is_told_on_the_request_and_the_chain(thread: Thread) -> None:
    request = thread.paid(thread.funded(1_000), 600)
    wished = Correction(
        id=uuid4(),
        fund=thread.fund,
        kind=Kind.REVERSAL,
        reason="Paid to a wrong account",
        reverses=request.payment.transaction,
    )
    begun, paid = (day_of(thread.now - timedelta(days=days)) for days in (8, 4))
    assert last_payments(fund_ids=[thread.fund.pk]) == {thread.fund.pk: paid}
    ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now)
    answer_correction(actor=thread.the(Role.APPROVER), correction_id=wished.pk, accepted=True, now=thread.now)
    assert "This payment was reversed" in text(Client().get(f"/en/spending/request/{request.pk}/"))
    assert "payment reversed" in text(Client().get(f"/en/chain/{request.project.decision.need_id}/"))
    for page in (f"/en/spending/{thread.town.slug}/", f"/en/spending/request/{request.pk}/"):
        told = text(Client().get(page))
        assert ("payment reversed" in told, "The proof is still to be published" in told) == (True, False)
    with override("en"):
        for act in (lambda: pay(thread, request), lambda: publish(thread, request)):
            code, words, _field = refusal(act)
            assert (code, "file a new request" in words) == ("payment_reversed", True)
        kinds = waiting_for(town=thread.town, held={Role.TREASURER})
        words_of_links = {str(words) for kind in kinds for one in kind.things for words, _url in one.links}
        assert words_of_links == {"Ask to pay for this project", "Invoice or contract"}
    # It was never paid, so givers are told that the fund has paid nothing since its first line.
    assert last_payments(fund_ids=[thread.fund.pk]) == {thread.fund.pk: begun}
