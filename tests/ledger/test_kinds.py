"""Exchange, moving between projects, shortfalls, and money that nobody can explain yet."""

from datetime import datetime
from uuid import UUID

import pytest

from funds.ledger.models import EarmarkBalance, Fund
from funds.ledger.rules import UnbalancedError
from tests.ledger.books import amounts, book, check_books, code_of, gift, mirror, payout, posting, refund, voted
from tests.raw_ledger import refused

pytestmark = pytest.mark.django_db


def left(fund: Fund) -> dict[UUID | None, int]:
    return dict(EarmarkBalance.objects.filter(fund=fund, currency="KZT").values_list("earmark_id", "available_minor"))


def test_an_exchange_balances_in_each_currency(fund: Fund, earmark: UUID, now: datetime) -> None:
    book(now, gift(fund, 50_000, earmark), payout(fund, 50_000))
    sell = (("trading", 48_000), ("bank", -48_000), ("bank", 100, None, "EUR"), ("trading", -100, None, "EUR"))
    book(now, posting(fund, "exchange", *sell))
    assert amounts(fund) == {
        ("bank", "KZT", None): 2_000,
        ("bank", "EUR", None): 100,
        ("gifts", "KZT", earmark): -50_000,
        ("trading", "KZT", None): 48_000,
        ("trading", "EUR", None): -100,
    }
    with pytest.raises(UnbalancedError):
        posting(fund, "exchange", ("bank", -480), ("bank", 1, None, "EUR"))
    assert code_of(now, posting(fund, "exchange", ("trading", 2_001), ("bank", -2_001))) == "not_enough_money"
    assert check_books(fund) == 3


def test_money_moves_between_projects_and_the_general_purse(fund: Fund, earmark: UUID, now: datetime) -> None:
    book(now, gift(fund, 500, earmark), gift(fund, 300))
    vote = voted(fund, now)
    book(now, posting(fund, "redesignation", ("moved", 200, earmark), ("moved", -200), subject=vote))
    assert left(fund) == {earmark: 300, None: 500}
    book(now, posting(fund, "redesignation", ("moved", 450), ("moved", -450, earmark), subject=vote))
    assert left(fund) == {earmark: 750, None: 50}
    for source, target, minor in ((earmark, None, 751), (None, earmark, 51)):
        moved = posting(fund, "redesignation", ("moved", minor, source), ("moved", -minor, target))
        assert code_of(now, moved) == "not_enough_earmarked"
    assert amounts(fund)["gifts", "KZT", earmark] == -500
    assert check_books(fund) == 4


def test_a_shortfall_stands_until_it_is_covered(fund: Fund, earmark: UUID, now: datetime) -> None:
    """A gift was spent, then the bank takes it back: the hole is seen, and covered from the general purse."""
    book(now, gift(fund, 500, earmark), posting(fund, "fee", ("fees", 400, earmark), ("stripe", -400)))
    assert code_of(now, refund(fund, 500, earmark, source="stripe")) == "not_enough_earmarked"
    sides = (("gifts", 100, earmark), ("shortfall", 400, earmark), ("fees", 15), ("stripe", -515))
    book(now, posting(fund, "dispute", *sides))
    assert (left(fund)[earmark], amounts(fund)["shortfall", "KZT", earmark]) == (0, 400)
    over = posting(fund, "cover", ("moved", 400), ("shortfall", -400, earmark))
    assert code_of(now, over) == "not_enough_earmarked"
    book(now, gift(fund, 1000))
    assert code_of(now, posting(fund, "cover", ("moved", 401), ("shortfall", -401, earmark))) == "not_enough_money"
    book(now, over)
    assert left(fund) == {earmark: 0, None: 585}
    assert ("shortfall", "KZT", earmark) not in amounts(fund)
    assert check_books(fund) == 5


def test_a_won_dispute_gives_everything_back(fund: Fund, earmark: UUID, now: datetime) -> None:
    book(now, gift(fund, 500, earmark))
    book(now, posting(fund, "dispute", ("gifts", 500, earmark), ("fees", 15), ("stripe", -515)))
    assert amounts(fund)["stripe", "KZT", None] == -15
    book(now, posting(fund, "dispute_won", ("stripe", 515), ("gifts", -500, earmark), ("fees", -15)))
    assert left(fund) == {earmark: 500, None: 0}
    assert check_books(fund) == 3


def test_what_nobody_can_explain_waits_in_suspense(fund: Fund, earmark: UUID, now: datetime) -> None:
    book(now, posting(fund, "suspense", ("bank", 700), ("suspense", -700)))
    assert left(fund) == {}
    book(now, posting(fund, "clearing", ("suspense", 500), ("gifts", -500, earmark)))
    book(now, posting(fund, "suspense", ("suspense", 200), ("bank", -200)))
    assert left(fund) == {earmark: 500}
    assert amounts(fund) == {("bank", "KZT", None): 500, ("gifts", "KZT", earmark): -500}
    assert code_of(now, posting(fund, "suspense", ("suspense", 501), ("bank", -501))) == "not_enough_money"
    with refused("transaction_kind_accounts"):
        book(now, posting(fund, "clearing", ("spending", 5, earmark), ("suspense", -5)))
    assert check_books(fund) == 3


def test_cash_is_brought_to_the_bank(fund: Fund, now: datetime) -> None:
    book(now, posting(fund, "gift", ("cash", 300), ("gifts", -300)))
    assert code_of(now, posting(fund, "deposit", ("bank", 301), ("cash", -301))) == "not_enough_money"
    book(now, posting(fund, "deposit", ("bank", 300), ("cash", -300)))
    assert amounts(fund) == {("bank", "KZT", None): 300, ("gifts", "KZT", None): -300}
    assert check_books(fund) == 2


def test_a_fund_begins_with_what_it_had(fund: Fund, now: datetime) -> None:
    book(now, posting(fund, "opening", ("bank", 900), ("opening", -900)))
    assert left(fund) == {None: 900}
    assert check_books(fund) == 1


def test_a_reversal_of_what_has_been_spent_is_refused(fund: Fund, earmark: UUID, now: datetime) -> None:
    [given] = book(now, gift(fund, 500, earmark))
    [paid] = book(now, payout(fund, 500))
    [back] = book(now, refund(fund, 200, earmark))
    assert code_of(now, mirror(given.transaction_id, fund)) == "not_enough_earmarked"
    assert code_of(now, mirror(paid.transaction_id, fund)) == "not_enough_money"
    book(now, mirror(back.transaction_id, fund))
    book(now, mirror(paid.transaction_id, fund))
    book(now, mirror(given.transaction_id, fund))
    assert amounts(fund) == {}
    assert check_books(fund) == 6
