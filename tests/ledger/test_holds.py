"""Reserved money: nobody else can spend it, and it is paid, released or expires exactly once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connections, transaction

from common.errors import DomainError
from common.money import Money
from funds.ledger.actions import BookedOtherwiseError, expire_holds, place_hold, post, void_hold
from funds.ledger.models import Balance, EarmarkBalance, Fund, Hold, HoldEnd
from funds.ledger.rules import Posting
from funds.ledger.states import AccountCode, HoldState
from funds.spending.models import Request
from tests.ledger.books import book, check_books, code_of, gift, payout, posting, refund
from tests.raw_ledger import refused
from tests.thread import Thread

TENGE = 100


def reserve(
    fund: Fund, earmark: UUID | None, minor: int, now: datetime, *, key: str = "", days: int = 7, currency: str = "KZT"
) -> UUID:
    with transaction.atomic():
        return place_hold(
            fund=fund.pk,
            account=AccountCode.BANK,
            earmark=earmark,
            amount=Money(minor, currency),
            key=key or str(uuid4()),
            expires_at=now + timedelta(days=days),
            now=now,
        )


def held(fund: Fund) -> tuple[int, int]:
    """What is reserved: of accounts, of purses."""
    accounts = sum(Balance.objects.filter(account__fund=fund).values_list("held_minor", flat=True))
    return accounts, sum(EarmarkBalance.objects.filter(fund=fund).values_list("held_minor", flat=True))


@pytest.fixture
def banked(fund: Fund, earmark: UUID, now: datetime) -> Fund:
    """A thousand for the earmark and five hundred for no project, all on the bank account."""
    book(now, gift(fund, 1000, earmark), gift(fund, 500), payout(fund, 1500))
    return fund


def pay(request: Request, fund: Fund, minor: int, hold: UUID | None = None, **more: object) -> Posting:
    return posting(
        fund,
        "payment",
        ("spending", minor, request.project_id),
        ("bank", -minor),
        subject=request.pk,
        hold=hold,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def wanted(thread: Thread) -> Request:
    """An approved request for 1,000 tenge of a project that has 4,000 on the bank account: they came after the
    approval, so nothing is reserved for it yet."""
    request = thread.approved(thread.project(), 1_000)
    thread.gift(request.project, 4_000)
    thread.payout(4_000)
    return request


@pytest.mark.django_db
class TestReserving:
    def test_what_is_reserved_is_not_free(self, banked: Fund, earmark: UUID, now: datetime) -> None:
        reserve(banked, earmark, 600, now)
        assert held(banked) == (600, 600)
        with pytest.raises(DomainError, match="not_enough_earmarked"):
            reserve(banked, earmark, 401, now)
        with pytest.raises(DomainError, match="not_enough_money"):
            reserve(banked, None, 901, now)
        reserve(banked, earmark, 400, now)
        reserve(banked, None, 500, now)
        with pytest.raises(DomainError, match="not_enough_money"):
            reserve(banked, None, 1, now)
        assert held(banked) == (1500, 1500)
        check_books(banked)

    def test_other_payments_do_not_take_it(self, banked: Fund, earmark: UUID, now: datetime) -> None:
        reserve(banked, earmark, 600, now)
        assert code_of(now, refund(banked, 401, earmark)) == "not_enough_earmarked"
        assert code_of(now, refund(banked, 901)) == "not_enough_money"
        moved = posting(banked, "redesignation", ("moved", 401, earmark), ("moved", -401))
        assert code_of(now, moved) == "not_enough_earmarked"
        changed = posting(
            banked, "exchange", ("trading", 901), ("bank", -901), ("cash", 2, None, "EUR"), ("trading", -2, None, "EUR")
        )
        assert code_of(now, changed) == "not_enough_money"
        assert code_of(now, refund(banked, 400, earmark)) == ""
        check_books(banked)

    def test_the_same_key_reserves_once(self, banked: Fund, earmark: UUID, now: datetime) -> None:
        first = reserve(banked, earmark, 600, now, key="k")
        assert reserve(banked, earmark, 600, now + timedelta(hours=1), key="k") == first
        for minor, tied in ((601, earmark), (600, None)):
            with pytest.raises(BookedOtherwiseError):
                reserve(banked, tied, minor, now, key="k")
        void_hold(hold=first, now=now)
        assert reserve(banked, earmark, 600, now, key="k") == first
        assert (held(banked), Hold.objects.count()) == ((0, 0), 1)

    def test_nonsense_is_not_reserved(self, banked: Fund, earmark: UUID, now: datetime) -> None:
        for minor in (0, -1, -600):
            with refused("hold_reserves"):
                reserve(banked, earmark, minor, now)
        with refused("hold_reserves"):
            reserve(banked, earmark, 5, now, days=0)
        with pytest.raises(DomainError, match="not_enough_money"):
            reserve(banked, earmark, 5, now, currency="EUR")
        for account in (AccountCode.STRIPE, AccountCode.GIFTS):
            with refused("entry_account"), transaction.atomic():
                place_hold(
                    fund=banked.pk,
                    account=account,
                    earmark=earmark,
                    amount=Money(5, "KZT"),
                    key="odd",
                    expires_at=now + timedelta(days=1),
                    now=now,
                )
        with pytest.raises(DatabaseError):
            reserve(banked, uuid4(), 5, now)
        assert (held(banked), Hold.objects.count()) == ((0, 0), 0)


@pytest.mark.django_db
class TestEnding:
    def test_released_once(self, banked: Fund, earmark: UUID, now: datetime) -> None:
        hold = reserve(banked, earmark, 600, now)
        assert [void_hold(hold=hold, now=now) for _ in range(2)] == [True, False]
        assert held(banked) == (0, 0)
        assert HoldEnd.objects.get().state == HoldState.VOIDED
        assert code_of(now, refund(banked, 1000, earmark)) == ""
        with pytest.raises(DomainError, match="hold_cannot_end"), transaction.atomic():
            void_hold(hold=uuid4(), now=now)
        check_books(banked)

    def test_expires_once_and_not_before_its_time(self, banked: Fund, earmark: UUID, now: datetime) -> None:
        reserve(banked, earmark, 600, now, days=7)
        late = reserve(banked, earmark, 100, now, days=8)
        assert expire_holds(now=now + timedelta(days=7, seconds=-1)) == 0
        assert [expire_holds(now=now + timedelta(days=7)) for _ in range(2)] == [1, 0]
        assert held(banked) == (100, 100)
        assert HoldEnd.objects.get().state == HoldState.EXPIRED
        assert void_hold(hold=late, now=now) is True
        assert expire_holds(now=now + timedelta(days=99)) == 0
        check_books(banked)

    def test_paid_in_full_or_less_never_more(self, thread: Thread, wanted: Request) -> None:
        fund, now, tied = thread.fund, thread.now, wanted.project_id
        small = reserve(fund, tied, 999 * TENGE, now)
        assert code_of(now, pay(wanted, fund, 1000 * TENGE, small)) == "hold_does_not_cover"
        hold = reserve(fund, tied, 1500 * TENGE, now)
        [booked] = book(now, pay(wanted, fund, 1000 * TENGE, hold))
        end = HoldEnd.objects.get()
        assert (end.hold_id, end.state, end.transaction_id) == (hold, HoldState.POSTED, booked.transaction_id)
        assert held(fund) == (999 * TENGE, 999 * TENGE)
        assert void_hold(hold=hold, now=now) is False
        check_books(fund)

    def test_paid_again_with_the_same_key(self, thread: Thread, wanted: Request) -> None:
        fund, now = thread.fund, thread.now
        payment = pay(wanted, fund, 1000 * TENGE, reserve(fund, wanted.project_id, 1000 * TENGE, now), key="pay")
        assert [book(now, payment)[0].created for _ in range(2)] == [True, False]
        assert held(fund) == (0, 0)
        check_books(fund)

    def test_what_has_ended_pays_nothing(self, thread: Thread, wanted: Request) -> None:
        fund, now, tied = thread.fund, thread.now, wanted.project_id
        voided, expired = (reserve(fund, tied, 1000 * TENGE, now, days=1) for _ in range(2))
        void_hold(hold=voided, now=now)
        after = now + timedelta(days=1)
        assert code_of(after, pay(wanted, fund, 1000 * TENGE, voided)) == "hold_does_not_cover"
        # Its time is over although nobody has swept it away yet; then it is swept.
        assert code_of(after, pay(wanted, fund, 1000 * TENGE, expired)) == "hold_does_not_cover"
        assert expire_holds(now=after) == 1
        assert code_of(after, pay(wanted, fund, 1000 * TENGE, expired)) == "hold_does_not_cover"
        assert code_of(after, pay(wanted, fund, 1000 * TENGE, uuid4())) == "hold_does_not_cover"
        assert code_of(after, pay(wanted, fund, 1000 * TENGE)) == ""
        check_books(fund)

    def test_a_hold_pays_for_its_own_purpose_alone(self, thread: Thread, wanted: Request, now: datetime) -> None:
        fund, tied = thread.fund, wanted.project_id
        book(now, posting(fund, "gift", ("bank", 5000), ("gifts", -5000)))
        general = reserve(fund, None, 1000, now)
        assert code_of(now, pay(wanted, fund, 1000 * TENGE, general)) == "hold_does_not_cover"
        hold = reserve(fund, tied, 1000 * TENGE, now)
        gifts = gift(fund, 5, hold=hold)
        assert code_of(now, gifts) == "hold_does_not_cover"
        assert code_of(now, refund(fund, 5, tied, hold=hold)) == "hold_does_not_cover"
        twice = [pay(wanted, fund, 1000 * TENGE, hold), pay(wanted, fund, 1000 * TENGE, hold)]
        assert code_of(now, *twice) in {"hold_does_not_cover", "approvals_missing"}
        assert held(fund) == (1000 * TENGE + 1000,) * 2
        check_books(fund)


class TestAtOnce:
    @pytest.fixture(autouse=True)
    def closed(self) -> Iterator[None]:
        yield
        connections.close_all()

    def test_eight_reserve_the_same_money(self, committed_db: str, banked: Fund, earmark: UUID, now: datetime) -> None:
        start = Barrier(8)

        def one(number: int) -> str:
            try:
                start.wait(timeout=30)
                reserve(banked, earmark, 300, now, key=f"at once {number}")
            except DomainError as refusal:
                return refusal.code
            finally:
                connections.close_all()
            return "held"

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(one, range(8)))
        assert answers == ["held"] * 3 + ["not_enough_earmarked"] * 5
        assert held(banked) == (900, 900)
        check_books(banked)

    def test_a_hold_ends_in_one_way(self, committed_db: str, thread: Thread, wanted: Request) -> None:
        fund, now = thread.fund, thread.now
        hold = reserve(fund, wanted.project_id, 1000 * TENGE, now, days=1)
        start = Barrier(6)

        def one(number: int) -> str:
            try:
                start.wait(timeout=30)
                if number % 3 == 0:
                    return "voided" if void_hold(hold=hold, now=now) else "no"
                if number % 3 == 1:
                    return "expired" if expire_holds(now=now + timedelta(days=1)) else "no"
                return "paid" if post(postings=[pay(wanted, fund, 1000 * TENGE, hold)], now=now) else "no"
            except DomainError:
                return "no"
            finally:
                connections.close_all()

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(one, range(6)))
        assert answers.count("no") == 5
        assert HoldEnd.objects.count() == 1
        assert held(fund) == (0, 0)
        check_books(fund)
