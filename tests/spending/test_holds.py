"""An approved request keeps its money: nothing else is paid with it, until it is paid itself or its time is over."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from audit.models import Record
from common import clock
from common.money import Money
from funds.ledger.actions import BookedOtherwiseError, expire_holds, place_hold, void_hold
from funds.ledger.models import Balance, EarmarkBalance, Hold, HoldEnd
from funds.ledger.queries import available, earmark_totals, free_of, overview
from funds.ledger.states import AccountCode, HoldState
from funds.ledger.tasks import expire_holds as sweep
from funds.projects.models import Project
from funds.spending.models import Approval, Request
from funds.spending.queries import reservation_of
from funds.spending.rules import RESERVED_FOR, payment_posting, reservation_key
from funds.spending.states import RequestState
from tests.ledger.books import check_books, code_of
from tests.payments.stage import at_once
from tests.raw_ledger import refused
from tests.spending.steps import APPROVE, REFUSE, pay, refusal, vote
from tests.thread import TENGE, Thread
from users.states import Role

NBSP = "\N{NO-BREAK SPACE}"


def page(address: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace(NBSP, " ").split())


def free(project: Project) -> int:
    return free_of(earmark_id=project.pk, currency="KZT").minor // TENGE


@pytest.mark.django_db
class TestReserving:
    def test_the_last_approval_reserves_and_no_earlier_one(self, thread: Thread) -> None:
        project = thread.funded(100_000)
        request = thread.decide(thread.request(project, 60_000), [APPROVE])
        assert (Hold.objects.count(), free(project)) == (0, 100_000)
        vote(thread, request, thread.the(Role.APPROVER, 1))
        hold = Hold.objects.get()
        assert (hold.key, hold.subject_id, hold.account_id) == (reservation_key(request.pk), request.pk, None)
        assert (hold.amount_minor, hold.purpose.earmark_id) == (60_000 * TENGE, project.pk)
        assert hold.purpose.code == AccountCode.SPENDING
        assert hold.expires_at - hold.placed_at == RESERVED_FOR == timedelta(days=90)
        assert free(project) == 40_000
        assert available(earmark_id=project.pk, currency="KZT") == Money(100_000 * TENGE, "KZT")
        assert Record.objects.filter(action="spending.decide").latest("id").detail["reserved"] is True
        check_books(thread.fund)

    def test_gifts_that_still_lie_with_the_card_processor_are_reserved_too(self, thread: Thread) -> None:
        project = thread.project()
        thread.gift(project, 1_000)
        thread.approved(project, 1_000)
        assert free(project) == 0
        check_books(thread.fund)

    @pytest.mark.parametrize("verdicts", [[REFUSE], [APPROVE, REFUSE]])
    def test_a_refused_request_reserves_nothing(self, thread: Thread, verdicts: list[str]) -> None:
        thread.decide(thread.request(thread.funded(1_000), 500), verdicts)  # type: ignore[arg-type]
        assert Hold.objects.count() == 0

    def test_an_approval_that_gifts_do_not_cover_stands(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 1_500)
        assert (request.state, Approval.objects.count(), Hold.objects.count()) == (RequestState.APPROVED, 2, 0)
        assert Record.objects.filter(action="spending.decide").latest("id").detail["reserved"] is False
        words = (
            "Nothing is reserved for this request, and the project's gifts do not cover it yet. Free for the project:"
            f" 1{NBSP}000{NBSP}₸. Pay it when more gifts have come in."
        )
        assert refusal(lambda: pay(thread, request))[:2] == ("not_enough_earmarked", words)
        thread.gift(project, 500)
        thread.payout(500)
        assert pay(thread, request).request == request
        check_books(thread.fund)

    def test_what_is_reserved_for_one_is_not_paid_to_another(self, thread: Thread) -> None:
        project = thread.project()
        late = thread.approved(project, 700)  # approved before any gift, so nothing is reserved for it
        thread.gift(project, 1_000)
        thread.payout(1_000)
        first = thread.approved(project, 600)
        code, words, _field = refusal(lambda: pay(thread, late))
        assert code == "not_enough_earmarked"
        assert f"Free for the project: 400{NBSP}₸" in words
        assert pay(thread, first).request == first
        assert (free(project), EarmarkBalance.objects.get(earmark_id=project.pk).held_minor) == (400, 0)
        check_books(thread.fund)


@pytest.mark.django_db
class TestWithoutAnAccount:
    """What the ledger itself says of a reservation that names no bank account."""

    def reserve(self, thread: Thread, project: Project, minor: int, account: AccountCode | None = None) -> UUID:
        with transaction.atomic():
            return place_hold(
                fund=thread.fund.pk,
                account=account,
                earmark=project.pk,
                amount=Money(minor, "KZT"),
                key="k",
                expires_at=thread.now + timedelta(days=1),
                now=thread.now,
            )

    def test_only_the_purpose_is_reserved(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        self.reserve(thread, project, 600 * TENGE)
        assert free(project) == 400
        assert set(Balance.objects.values_list("held_minor", flat=True)) == {0}
        check_books(thread.fund)

    @pytest.mark.parametrize("first", [None, AccountCode.BANK])
    def test_one_key_names_one_way(self, thread: Thread, first: AccountCode | None) -> None:
        project = thread.funded(1_000)
        hold = self.reserve(thread, project, 600, first)
        assert self.reserve(thread, project, 600, first) == hold
        with pytest.raises(BookedOtherwiseError):
            self.reserve(thread, project, 600, None if first else AccountCode.BANK)
        with pytest.raises(BookedOtherwiseError):
            self.reserve(thread, project, 601, first)
        assert Hold.objects.count() == 1

    @pytest.mark.parametrize("minor", [-1, 0])
    def test_nothing_is_not_reserved(self, thread: Thread, minor: int) -> None:
        project = thread.funded(1_000)
        with refused("hold_reserves"):
            self.reserve(thread, project, minor)

    def test_it_pays_for_its_own_purpose_and_no_more_than_it_reserves(self, thread: Thread) -> None:
        one, other = thread.funded(1_000), thread.funded(1_000)
        request, foreign = thread.approved(one, 1_000), thread.approved(other, 1_000)
        hold = reservation_of(request_id=foreign.pk)
        assert hold is not None

        def paid_with(hold_id: UUID, wanted: Request) -> str:
            money = Money(wanted.amount_minor, "KZT")
            posting = payment_posting(
                fund=thread.fund.pk,
                request=wanted.pk,
                earmark=wanted.project_id,
                amount=money,
                paid_date=thread.now.date(),
                memo="",
                hold=hold_id,
            )
            return code_of(thread.now, posting)

        assert paid_with(hold.pk, request) == "hold_does_not_cover"
        void_hold(hold=hold.pk, now=thread.now)
        small = self.reserve(thread, other, 999 * TENGE)
        assert paid_with(small, foreign) == "hold_does_not_cover"
        check_books(thread.fund)


@pytest.mark.django_db
class TestPaying:
    def test_a_payment_uses_its_reservation_up(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        payment = pay(thread, thread.approved(project, 600))
        end = HoldEnd.objects.get()
        assert (end.state, end.transaction_id) == (HoldState.POSTED, payment.transaction_id)
        assert free(project) == 400
        assert reservation_of(request_id=payment.request_id) is None
        check_books(thread.fund)

    @pytest.mark.parametrize("swept", [True, False])
    def test_after_its_time_the_payment_goes_without_it(self, thread: Thread, swept: bool) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 1_000)
        thread.now += RESERVED_FOR
        if swept:
            assert expire_holds(now=thread.now) == 1
        assert pay(thread, request).request == request
        assert HoldEnd.objects.get().state == HoldState.EXPIRED
        assert free(project) == 0
        check_books(thread.fund)

    def test_after_its_time_the_money_may_be_gone(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 1_000)
        thread.now += RESERVED_FOR
        assert expire_holds(now=thread.now) == 1
        pay(thread, thread.approved(project, 1))
        code, words, _field = refusal(lambda: pay(thread, request))
        assert code == "not_enough_earmarked"
        assert f"Free for the project: 999{NBSP}₸" in words
        request.refresh_from_db()
        assert request.state == RequestState.APPROVED

    def test_a_refused_payment_keeps_the_reservation(self, thread: Thread) -> None:
        project = thread.project()
        thread.gift(project, 1_000)
        request = thread.approved(project, 1_000)
        assert refusal(lambda: pay(thread, request))[0] == "not_enough_money"
        assert (HoldEnd.objects.count(), free(project)) == (0, 0)
        thread.payout(1_000)
        assert pay(thread, request).request == request


@pytest.mark.django_db
class TestSweeping:
    def test_the_task_ends_what_is_over_once_and_tells_the_pages(self, thread: Thread, now: datetime) -> None:
        project = thread.funded(1_000)
        thread.approved(project, 300)
        over = Hold.objects.get()
        assert sweep() == 0
        with_time = place_hold(
            fund=thread.fund.pk,
            account=None,
            earmark=project.pk,
            amount=Money(200 * TENGE, "KZT"),
            key="yesterday",
            expires_at=clock.now() - timedelta(days=1),
            now=clock.now() - timedelta(days=2),
        )
        assert [sweep() for _ in range(2)] == [1, 0]
        assert HoldEnd.objects.get().hold_id == with_time
        assert Record.objects.filter(action="ledger.expire_hold").count() == 1
        assert (free(project), over.amount_minor) == (700, 300 * TENGE)
        assert void_hold(hold=over.pk, now=now) is True
        assert free(project) == 1_000
        check_books(thread.fund)


def test_two_last_approvals_at_once_reserve_the_same_money_once(committed_db: str, thread: Thread) -> None:
    project = thread.funded(1_000)
    requests = [thread.decide(thread.request(project, 600, purpose=name), [APPROVE]) for name in ("a", "b")]
    approver, turns = thread.the(Role.APPROVER, 1), count()
    at_once(lambda: vote(thread, requests[next(turns)], approver), 2)
    assert set(Request.objects.values_list("state", flat=True)) == {RequestState.APPROVED}
    assert Hold.objects.count() == 1
    assert free(project) == 400
    check_books(thread.fund)


@pytest.mark.django_db
class TestShowing:
    def test_the_request_says_what_is_reserved_and_until_when(self, thread: Thread) -> None:
        request = thread.approved(thread.funded(1_000), 600)
        until = request.approvals.latest("decided_at").decided_at + RESERVED_FOR
        shown = page(f"/en/spending/request/{request.pk}/")
        assert f"Reserved for this request: 600 ₸, until {until.day} " in shown
        pay(thread, request)
        shown = page(f"/en/spending/request/{request.pk}/")
        assert "Reserved for this request" not in shown
        assert "eserved" not in shown

    def test_the_request_says_that_it_is_not_covered_and_when_it_is(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        request = thread.approved(project, 1_500)
        assert "not covered yet. Free for the project: 1 000 ₸" in page(f"/en/spending/request/{request.pk}/")
        thread.gift(project, 500)
        assert "Free for the project: 1 500 ₸; that covers it" in page(f"/en/spending/request/{request.pk}/")

    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "Reserved for approved requests: 600 ₸"), ("kk", "600 ₸"), ("ru", "600 ₸"), ("de", "600 ₸")],
    )
    def test_the_totals_of_fund_and_project_name_it(self, thread: Thread, language: str, words: str) -> None:
        project = thread.funded(1_000)
        addresses = (f"/{language}/ledger/{thread.town.slug}/", f"/{language}/projects/project/{project.pk}/")
        before = [Client().get(address) for address in addresses]
        assert [words in answer.content.decode().replace(NBSP, " ") for answer in before] == [False, False]
        thread.approved(project, 600)
        for address, answer in zip(addresses, before, strict=True):
            again = Client().get(address, headers={"if-none-match": answer["ETag"]})
            assert again.status_code == 200
            assert words in again.content.decode().replace(NBSP, " ")

    def test_the_sums_count_what_is_reserved_as_left(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        thread.approved(project, 600)
        [sums] = earmark_totals(earmark_ids=[project.pk])[project.pk]
        assert (sums.left, sums.reserved) == (Money(1_000 * TENGE, "KZT"), Money(600 * TENGE, "KZT"))
        [whole] = overview(slug=thread.town.slug).totals
        assert (whole.held, whole.reserved) == (Money(1_000 * TENGE, "KZT"), Money(600 * TENGE, "KZT"))

    def test_the_treasurer_sees_it_before_asking_and_paying(self, thread: Thread) -> None:
        project = thread.funded(1_000)
        request: Request = thread.approved(project, 600)
        treasurer = Client()
        treasurer.force_login(thread.the(Role.TREASURER))
        assert "400 ₸" in page(f"/en/spending/project/{project.pk}/new/", treasurer)
        assert "600 ₸" in page(f"/en/spending/request/{request.pk}/pay/", treasurer)
