"""One account from its opening to its closing balance, by pages in both directions and as a file."""

import csv
import io
import re
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.exports import BOM
from common.formats import money
from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Entry, Fund
from funds.ledger.queries import Book, Span, StatementLine
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from tests.ledger.conftest import LENGTH

pytestmark = pytest.mark.django_db


def stripe(fund: Fund, currency: str = "KZT") -> Book:
    found = queries.accounts_of(fund_id=fund.pk)
    return next(book for book in found if (book.code, book.currency) == (AccountCode.STRIPE, currency))


def known(book: Book) -> list[tuple[int, int, int]]:
    rows = Entry.objects.filter(account_id=book.id).order_by("id")
    return list(rows.values_list("id", "amount_minor", "balance_after"))


def told(lines: list[StatementLine]) -> list[tuple[int, int, int]]:
    return [(line.id, line.amount_minor, line.balance_minor) for line in lines]


@pytest.mark.parametrize("limit", [1, 7, 50, 200])
@pytest.mark.parametrize("span", [Span(), Span(31, 90), Span(1, 1), Span(100, 500), Span(90, 31)])
def test_every_line_stands_once_in_both_directions(long_ledger: Fund, limit: int, span: Span) -> None:
    book = stripe(long_ledger)
    seqs = dict(Entry.objects.filter(account_id=book.id).values_list("id", "transaction__seq"))
    before = [line for line in known(book) if seqs[line[0]] < span.first]
    due = [line for line in known(book) if span.first <= seqs[line[0]] <= span.last]
    opening = before[-1][2] if before else 0
    closing = due[-1][2] if due else opening
    down: list[StatementLine] = []
    number: int | None = None
    while True:
        found = queries.statement(fund_id=long_ledger.pk, book=book, span=span, before=number, limit=limit)
        assert (found.opening_minor, found.closing_minor) == (opening, closing)
        assert (found.newer is None) == (number is None)
        down += found.lines
        number = found.older
        if number is None:
            break
    assert told(down[::-1]) == due
    if not due:
        return
    up: list[StatementLine] = []
    number = 0
    while number is not None:
        found = queries.statement(fund_id=long_ledger.pk, book=book, span=span, after=number, limit=limit)
        assert (found.older is None) == (not up)
        up += found.lines[::-1]
        number = found.newer
    assert told(up) == due
    assert told(list(queries.all_lines(fund_id=long_ledger.pk, book=book, span=span, chunk=limit))) == due


def test_opening_lines_and_closing_add_up_on_any_day(fund: Fund, now: datetime) -> None:
    one = Money(700, "KZT")
    for day in range(6):
        posting = Posting(
            fund=fund.pk,
            kind=Kind.GIFT,
            effective_date=now.date() - timedelta(days=30),
            key=f"day:{day}",
            lines=(Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one)),
        )
        post(postings=[posting], now=now - timedelta(days=5 - day))
    book = stripe(fund)
    for first in range(7):
        for last in range(first, 7):
            since, until = (now.date() - timedelta(days=6 - day) for day in (first, last))
            span = queries.span_of(fund_id=fund.pk, since=since, until=until)
            found = queries.statement(fund_id=fund.pk, book=book, span=span)
            assert found.opening_minor == 700 * max(first - 1, 0)
            assert found.closing_minor == 700 * last
            assert found.closing_minor - found.opening_minor == sum(line.amount_minor for line in found.lines)


def fetched(address: str) -> str:
    answer = Client().get(f"/en/ledger/temirtau/{address}")
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def test_the_page_is_turned_by_its_links(long_ledger: Fund) -> None:
    book = stripe(long_ledger)
    due = [money(line[2], "KZT") for line in known(book)][::-1]
    assert len(due) > 50
    address, seen = f"account/?account={book.id}&since=2026-11-22", []
    while address:
        page = fetched(address)
        seen += re.findall(r'data-label="Balance after">([^<]+)</td></tr>', page)
        more = re.search(r'rel="next" href="/en/ledger/temirtau/([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert seen == due
    flat = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert f"Opening balance {' '.join(money(0, 'KZT').split())}" in flat
    assert f"Closing balance {' '.join(due[0].split())}" in flat


def test_without_an_account_the_page_offers_them_all(long_ledger: Fund) -> None:
    page = fetched("account/")
    books = queries.accounts_of(fund_id=long_ledger.pk)
    assert re.findall(r'<option value="([^"]+)">', page) == [str(book.id) for book in books]
    assert [book.currency for book in books] == ["KZT"] * 4 + ["EUR"] * 4
    assert "error-summary" not in page


@pytest.mark.parametrize("name", ["account/?account=x", "account/?account=&since=2026-11-01"])
def test_a_wrong_account_is_named(long_ledger: Fund, name: str) -> None:
    page = fetched(name)
    assert 'id="account_error"' in page
    assert "Opening balance" not in page


@pytest.mark.parametrize("name", ["account.csv", "account.xlsx", "account.csv?account=x"])
def test_a_file_of_no_account_is_refused_in_words(long_ledger: Fund, name: str) -> None:
    answer = Client().get(f"/en/ledger/temirtau/{name}")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "hoose an account" in answer.content.decode() or "Choose one from the list" in answer.content.decode()


def test_an_account_of_another_fund_is_none_of_this_one(long_ledger: Fund, now: datetime) -> None:
    towns = type(long_ledger.town).objects
    Fund.objects.create(town=towns.get(slug="ridder"), legal_entity="Other", founded_date=now.date())
    answer = Client().get(f"/en/ledger/ridder/account/?account={stripe(long_ledger).id}")
    assert "This fund has no such account" in answer.content.decode()


def test_the_csv_holds_every_line(long_ledger: Fund) -> None:
    book = stripe(long_ledger, "EUR")
    answer = Client().get(f"/en/ledger/temirtau/account.csv?account={book.id}")
    assert answer["Content-Disposition"] == 'attachment; filename="asar-account-temirtau-stripe-eur.csv"'
    text = b"".join(answer.streaming_content).decode().removeprefix(BOM)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    minors = [(round((float(r["debit"]) - float(r["credit"])) * 100), round(float(r["balance"]) * 100)) for r in rows]
    assert minors == [line[1:] for line in known(book)]
    assert {row["currency"] for row in rows} == {"EUR"}


def test_questions_do_not_grow_with_lines(long_ledger: Fund) -> None:
    book = stripe(long_ledger)
    queries.statement(fund_id=long_ledger.pk, book=book, span=Span(31, 90), before=10**9)
    counts = []
    for limit in (1, 3, 50):
        with CaptureQueriesContext(connection) as asked:
            queries.statement(fund_id=long_ledger.pk, book=book, span=Span(31, 90), before=10**9, limit=limit)
        counts.append(len(asked))
    assert counts == [6, 6, 6]
    assert LENGTH == 120
