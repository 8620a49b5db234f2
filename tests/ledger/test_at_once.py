"""Sixteen real connections on one hot fund and on three: sums, gaps, negative balances; nobody waits for ever."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date, datetime
from threading import Barrier

import pytest
from django.db import DatabaseError, connections

from common.errors import DomainError
from councils.meetings.models import Decision
from funds.ledger.actions import BookedOtherwiseError, close_period, post, post_directly
from funds.ledger.models import Earmark, Fund, Transaction
from funds.ledger.rules import Posting
from tests.ledger.books import DAY, amounts, check_books, gift, payout, posting, refund, voted
from towns.models import Town

pytestmark = pytest.mark.usefixtures("committed_db")

CLIENTS = 16
DEADLINE = 240.0


@pytest.fixture(autouse=True)
def closed(committed_db: str) -> Iterator[None]:
    yield
    connections.close_all()


@pytest.fixture
def funds(fund: Fund, now: datetime) -> list[Fund]:
    """Three funds, each with a project, and a decision by which money may be moved."""
    towns = Town.objects.filter(slug__in=["ridder", "karaganda", "balkhash", "rudny", "ekibastuz"])[:2]
    made = [fund, *(Fund.objects.create(town=town, legal_entity="Other", founded_date=DAY) for town in towns)]
    for one in made:
        Earmark.objects.create(fund=one, label="Lamps")
        voted(one, now)
    assert len(made) == 3
    return made


def work(number: int, rounds: int, funds: list[Fund], now: datetime, start: Barrier, direct: bool) -> Counter[str]:
    """What one client's calls became. Every client repeats keys of its own and of others, and asks for too much."""
    chance = random.Random(number)
    send = post_directly if direct else post
    earmarks = {fund.pk: fund.earmarks.get().pk for fund in funds}
    votes = {fund.pk: Decision.objects.get(council__town=fund.town_id).pk for fund in funds}
    outcomes: Counter[str] = Counter()
    start.wait(timeout=60)
    try:
        for turn in range(rounds):
            some = chance.sample(funds, k=chance.randint(1, len(funds)))
            postings: list[Posting] = []
            for fund in some:
                tied = chance.choice([None, earmarks[fund.pk]])
                minor = chance.randint(1, 90)
                postings.append(
                    chance.choice(
                        [
                            gift(fund, minor, tied),
                            gift(fund, 77, tied, key=f"{fund.pk} {tied} everybody's {turn}"),
                            gift(fund, number, key=f"{fund.pk} told otherwise {turn}"),
                            payout(fund, minor),
                            payout(fund, 10**12),  # more than anybody gives here, whoever comes first
                            refund(fund, minor, tied),
                            posting(
                                fund, "redesignation", ("moved", minor, tied), ("moved", -minor), subject=votes[fund.pk]
                            ),
                            posting(fund, "gift", ("spending", minor, tied), ("gifts", -minor)),
                        ]
                    )
                )
            try:
                booked = send(postings=postings, now=now)
            except BookedOtherwiseError:
                outcomes["otherwise"] += 1
            except DomainError:
                outcomes["refused"] += 1
            except DatabaseError as error:
                outcomes["deadlock" if "deadlock" in str(error) else "impossible"] += 1
            else:
                outcomes["booked"] += sum(one.created for one in booked)
                outcomes["again"] += sum(not one.created for one in booked)
    finally:
        connections.close_all()
    return outcomes


def run(funds: list[Fund], now: datetime, *, rounds: int, direct: bool) -> Counter[str]:
    start = Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as pool:
        futures = [pool.submit(work, n + 1, rounds, funds, now, start, direct) for n in range(CLIENTS)]
        outcomes = sum((future.result() for future in as_completed(futures, timeout=DEADLINE * rounds)), Counter())
    assert sum(check_books(fund) for fund in funds) == outcomes["booked"] == Transaction.objects.count()
    assert outcomes["deadlock"] == 0
    for name in ("booked", "refused", "impossible"):
        assert outcomes[name] > 0, outcomes
    return outcomes


@pytest.mark.parametrize("direct", [True, False], ids=["each alone", "combined"])
def test_sixteen_clients_on_one_hot_fund(funds: list[Fund], now: datetime, direct: bool) -> None:
    run(funds[:1], now, rounds=12, direct=direct)


@pytest.mark.parametrize("direct", [True, False], ids=["each alone", "combined"])
def test_sixteen_clients_on_three_funds(funds: list[Fund], now: datetime, direct: bool) -> None:
    outcomes = run(funds, now, rounds=8, direct=direct)
    assert outcomes["again"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("direct", [True, False], ids=["each alone", "combined"])
@pytest.mark.parametrize("many", [1, 3])
def test_sixteen_clients_for_long(funds: list[Fund], now: datetime, many: int, direct: bool) -> None:
    run(funds[:many], now, rounds=200, direct=direct)


def test_the_first_postings_of_a_fund_open_its_accounts_at_once(funds: list[Fund], now: datetime) -> None:
    """Accounts, purses and heads that nobody has needed yet, opened by everybody in another order."""
    start = Barrier(CLIENTS)

    def one(number: int) -> list[str]:
        order = funds if number % 2 else funds[::-1]
        currencies = ("KZT", "EUR", "USD") if number % 3 else ("USD", "EUR", "KZT")
        batch = [
            posting(fund, "gift", ("bank", 5, None, currency), ("gifts", -5, None, currency))
            for fund in order
            for currency in currencies
        ]
        start.wait(timeout=60)
        try:
            return [booked.key for booked in post_directly(postings=batch, now=now)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [future.result(timeout=DEADLINE) for future in [pool.submit(one, n) for n in range(CLIENTS)]]
    assert len({key for answer in answers for key in answer}) == CLIENTS * 9
    assert [check_books(fund) for fund in funds] == [CLIENTS * 3] * 3
    assert amounts(funds[0])["bank", "EUR", None] == CLIENTS * 5


def test_a_period_closes_while_everybody_posts_into_it(fund: Fund, now: datetime) -> None:
    post(postings=[gift(fund, 1, day=date(2026, 11, 1))], now=now)
    start = Barrier(CLIENTS)

    def one(number: int) -> int:
        start.wait(timeout=60)
        done = 0
        try:
            if number == 0:
                close_period(actor=None, fund=fund, ends=date(2026, 11, 10), now=now)
                return 0
            for _ in range(5):
                post_directly(postings=[gift(fund, 1, day=date(2026, 11, 10))], now=now)
                done += 1
        except DomainError as refusal:
            assert refusal.code == "period_closed"  # noqa: PT017 - the only refusal that may come
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        done = sum(future.result(timeout=DEADLINE) for future in [pool.submit(one, n) for n in range(CLIENTS)])
    assert check_books(fund) == done + 1
