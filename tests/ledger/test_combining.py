"""Single postings that wait at the same moment travel together: everybody gets their own answer, after its commit."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from threading import Barrier, Event, Thread
from time import monotonic

import pytest
from django.db import DatabaseError, OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from common.errors import DomainError
from funds.ledger.actions import Booked, BookedOtherwiseError, Combiner, combining, post, post_directly, rehearse
from funds.ledger.models import Fund, Transaction
from funds.ledger.rules import Posting
from tests.ledger.books import check_books, gift, mirror, payout, posting, refund
from tests.ledger.gathering import turn_taken, until
from tests.raw_ledger import sql

pytestmark = pytest.mark.usefixtures("committed_db")

THREADS = 16
DEADLINE = 60.0


@pytest.fixture(autouse=True)
def closed(committed_db: str) -> Iterator[None]:
    yield
    connections.close_all()


def all_at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """What each answered or raised; every one on its own thread and connection."""
    start = Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=DEADLINE)
            return act()
        except (DomainError, DatabaseError, ValueError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(one, act) for act in acts]
        assert not wait(futures, timeout=DEADLINE).not_done
        return [future.result() for future in futures]


def asking(now: datetime, *postings: Posting, combiner: Combiner | None = None) -> Callable[[], list[Booked]]:
    send = combiner.post if combiner else post
    return lambda: send(postings=list(postings), now=now)


def test_a_rehearsal_is_taken_back_on_a_connection_of_its_own(fund: Fund, now: datetime) -> None:
    """As a page asks for it: nothing has been asked of the database before, in the rehearsal's transaction."""
    [booked] = post(postings=[gift(fund, 100)], now=now)
    undoing = mirror(booked.transaction_id, fund)
    assert [one.after_minor for one in rehearse(posting=undoing, now=now).lines] == [0, 0]
    assert [one.after_minor for one in rehearse(posting=gift(fund, 7), now=now).lines] == [107, -107]
    assert Transaction.objects.count() == 1


def test_everybody_gets_their_own_answer(fund: Fund, now: datetime) -> None:
    post(postings=[gift(fund, 100, key="old")], now=now)
    for _round in range(3):
        good = [gift(fund, n + 1) for n in range(8)]
        pairs = [(gift(fund, 50), gift(fund, 60)) for _ in range(2)]
        acts = [
            *(asking(now, one) for one in good),
            *(asking(now, *pair) for pair in pairs),
            asking(now, gift(fund, 100, key="old")),
            asking(now, gift(fund, 101, key="old")),
            asking(now, refund(fund, 5)),
            asking(now, payout(fund, 10**9)),
            asking(now, posting(fund, "gift", ("spending", 1), ("gifts", -1))),
            asking(now),
        ]
        answers = all_at_once(acts)
        for one, answer in zip(good, answers[:8], strict=True):
            assert isinstance(answer, list)
            [booked] = answer
            row = Transaction.objects.get(pk=booked.transaction_id)
            assert (booked.key, booked.created, row.key, row.seq) == (one.key, True, one.key, booked.seq)
        for pair, answer in zip(pairs, answers[8:10], strict=True):
            assert isinstance(answer, list)
            assert [booked.key for booked in answer] == [one.key for one in pair]
            assert answer[1].seq == answer[0].seq + 1
        assert isinstance(answers[10], list)
        assert [(booked.seq, booked.created) for booked in answers[10]] == [(1, False)]
        assert isinstance(answers[11], BookedOtherwiseError)
        assert [getattr(answer, "code", None) for answer in answers[12:14]] == ["not_enough_money", "more_than_held"]
        assert isinstance(answers[14], DatabaseError)
        assert isinstance(answers[15], ValueError)
    assert check_books(fund) == 1 + 3 * 12


def test_the_same_event_told_sixteen_times_at_once(fund: Fund, now: datetime) -> None:
    answers = all_at_once([asking(now, gift(fund, 700, key="webhook"))] * THREADS)
    booked = [answer[0] for answer in answers if isinstance(answer, list)]
    assert len(booked) == THREADS
    assert {one.transaction_id for one in booked} == {Transaction.objects.get().pk}
    assert Counter(one.created for one in booked) == {True: 1, False: THREADS - 1}
    assert check_books(fund) == 1


def test_whoever_waits_travels_in_one_statement(fund: Fund, now: datetime) -> None:
    """While one posting waits for the fund's turn, the others gather; then they are booked together."""
    post(postings=[gift(fund, 1)], now=now)
    combiner = Combiner()
    with turn_taken(fund):
        threads = [_started(asking(now, gift(fund, 5), combiner=combiner)) for _ in range(THREADS)]
        until(lambda: len(combiner._list) == THREADS - 1)
    for thread in threads:
        thread.join(timeout=DEADLINE)
    moments = sql("SELECT xmin::text, count(*) FROM ledger_transaction GROUP BY 1 ORDER BY 2")
    assert [count for _transaction, count in moments] == [1, 1, THREADS - 1]
    assert check_books(fund) == THREADS + 1


def test_who_comes_back_is_waited_for(fund: Fund, now: datetime) -> None:
    """Whoever books for the others goes on when all who are around have come, not much later without them."""
    post(postings=[gift(fund, 1)], now=now)
    combiner = Combiner()
    combiner._at_work = True
    threads = [_started(asking(now, gift(fund, 5), combiner=combiner)) for _ in range(3)]
    begun = monotonic()
    combiner._gather(3, DEADLINE * 8)
    assert (len(combiner._list), monotonic() - begun < DEADLINE) == (3, True)
    begun = monotonic()
    combiner._gather(4, 4.0)
    assert 0.5 <= monotonic() - begun < 2.0
    assert combiner._wanted == 0
    combiner._hand_over()
    for thread in threads:
        thread.join(timeout=DEADLINE)
    assert (combiner._list, combiner._at_work) == ([], False)
    assert check_books(fund) == 4


def test_nobody_is_answered_before_the_commit(fund: Fund, now: datetime) -> None:
    post(postings=[gift(fund, 1)], now=now)
    answered = Event()

    def act() -> None:
        post(postings=[gift(fund, 5)], now=now)
        answered.set()

    with turn_taken(fund):
        thread = _started(act)
        assert not answered.wait(timeout=0.5)
        assert Transaction.objects.count() == 1
    thread.join(timeout=DEADLINE)
    assert answered.is_set()
    assert Transaction.objects.count() == 2


def test_outside_a_transaction_too_it_is_one_round_trip(fund: Fund, now: datetime) -> None:
    post(postings=[gift(fund, 1)], now=now)
    with CaptureQueriesContext(connection) as asked:
        post(postings=[gift(fund, 5)], now=now)
    assert len(asked) == 1
    assert Transaction.objects.count() == 2


def test_five_hundred_and_more_waiting_are_several_statements(fund: Fund, now: datetime) -> None:
    acts = [asking(now, *(gift(fund, 1) for _ in range(200))) for _ in range(4)]
    answers = all_at_once(acts)
    assert [len(answer) for answer in answers] == [200] * 4  # type: ignore[arg-type]
    assert check_books(fund) == 800


class TornAwayError(BaseException):
    """As KeyboardInterrupt and SystemExit are: no `except Exception` sees it."""


@pytest.mark.parametrize("booked_before", [False, True])
def test_a_thread_that_dies_leaves_nobody_waiting(
    fund: Fund, now: datetime, monkeypatch: pytest.MonkeyPatch, booked_before: bool
) -> None:
    """The thread that books for the others is torn away in the middle, before or after the commit."""
    post(postings=[gift(fund, 1)], now=now)
    combiner, real, dead = Combiner(), post_directly, Event()

    def dying(*, postings: list[Posting], now: datetime) -> list[Booked]:
        if len(postings) > 1 and not dead.is_set():
            dead.set()
            if booked_before:
                real(postings=postings, now=now)
            raise TornAwayError
        return real(postings=postings, now=now)

    monkeypatch.setattr(combining, "post_directly", dying)
    answers: list[object] = []

    def act(number: int) -> None:
        try:
            answers.append(combiner.post(postings=[gift(fund, 5, key=f"torn {number}")], now=now)[0].key)
        except TornAwayError:
            answers.append("torn")

    with turn_taken(fund):
        threads = [_started(lambda n=n: act(n)) for n in range(THREADS)]  # type: ignore[misc]
        until(lambda: len(combiner._list) == THREADS - 1)
    for thread in threads:
        thread.join(timeout=DEADLINE)
    assert not [thread for thread in threads if thread.is_alive()]
    assert (len(answers), answers.count("torn"), len(set(answers))) == (THREADS, 1, THREADS)
    assert combiner._list == []
    assert combiner.post(postings=[gift(fund, 5)], now=now)[0].created is True
    assert check_books(fund) == 1 + THREADS + 1 - (0 if booked_before else 1)


def test_a_lost_connection_is_told_to_those_who_asked(fund: Fund, now: datetime) -> None:
    """The server ends the connection that books: its askers hear an error, the next ones are booked."""
    post(postings=[gift(fund, 1)], now=now)
    answers: list[object] = []

    def act() -> None:
        try:
            post(postings=[gift(fund, 5, key="lost")], now=now)
            answers.append("booked")
        except OperationalError as error:
            answers.append(error)

    waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    with turn_taken(fund):
        thread = _started(act)
        until(lambda: bool(sql(waiting)))
        [(pid,)] = sql(waiting)
        sql("SELECT pg_terminate_backend(%s)", pid)
        thread.join(timeout=DEADLINE)
    assert isinstance(answers[0], OperationalError)
    [booked] = post(postings=[gift(fund, 5, key="lost")], now=now)
    assert (booked.created, booked.seq) == (True, 2)
    assert check_books(fund) == 2


def _started(act: Callable[[], object]) -> Thread:
    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread
