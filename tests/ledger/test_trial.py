"""The trial balance: every account as of a day, and the difference is zero."""

import csv
import io
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from http import HTTPStatus
from zipfile import ZipFile

import pytest
from django.test import Client

from common.exports import BOM
from common.formats import money
from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Entry, Fund
from funds.ledger.queries import Trial, TrialLine
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from tests.ledger.conftest import LENGTH
from tests.thread import Thread

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 22)


def by_hand(fund: Fund, until: int) -> dict[tuple[str, str, str], int]:
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for entry in Entry.objects.filter(transaction__fund=fund, transaction__seq__lte=until).select_related("account"):
        account = entry.account
        sums[account.code, account.currency, str(account.earmark_id or "")] += entry.amount_minor
    return dict(sums)


def told(trials: list[Trial]) -> dict[tuple[str, str, str], int]:
    return {
        (line.book.code, line.book.currency, str(line.book.earmark_id or "")): line.balance_minor
        for one in trials
        for line in one.lines
    }


def test_it_is_the_sum_of_all_lines(long_ledger: Fund) -> None:
    seq, trials = queries.trial_balance(fund_id=long_ledger.pk, on=DAY)
    assert (seq, [one.currency for one in trials]) == (LENGTH, ["KZT", "EUR"])
    assert told(trials) == by_hand(long_ledger, LENGTH)
    for one in trials:
        assert one.balances
        assert one.debit_minor == one.credit_minor > 0


def test_as_of_a_day_it_counts_what_was_booked_by_then(fund: Fund, now: datetime) -> None:
    for day in range(4):
        one = Money(100 + day, "KZT" if day % 2 else "EUR")
        posting = Posting(
            fund=fund.pk,
            kind=Kind.GIFT,
            effective_date=now.date() - timedelta(days=40),
            key=f"{day}",
            lines=(Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one)),
        )
        post(postings=[posting], now=now - timedelta(days=3 - day))
    for day in range(5):
        seq, trials = queries.trial_balance(fund_id=fund.pk, on=DAY - timedelta(days=4 - day))
        assert seq == day
        assert told(trials) == by_hand(fund, day)


def test_an_unbalanced_ledger_would_be_seen() -> None:
    book = queries.Book.__new__(queries.Book)
    assert not Trial("KZT", [TrialLine(book, 5), TrialLine(book, -4)]).balances
    assert Trial("KZT", [TrialLine(book, 5), TrialLine(book, -5)]).balances


def test_the_page_shows_both_sums_and_links_to_the_statements(thread: Thread) -> None:
    thread.paid()
    page = Client().get("/en/ledger/temirtau/trial/").content.decode()
    flat = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    both = " ".join(money(500_000_00, "KZT").split())
    assert f"It balances Debits {both}, credits {both}: the difference is zero." in flat
    assert f"Sum {both} {both}" in flat
    links = re.findall(r'<th scope="row"><a href="([^"]+)">', page)
    assert len(links) == 4
    for link in links:
        answer = Client().get(link.replace("&amp;", "&"))
        assert "Closing balance" in answer.content.decode()


@pytest.mark.parametrize(("on", "says"), [("x", "This is not a day"), ("1989-12-31", "Take a day between")])
def test_a_wrong_day_is_named(long_ledger: Fund, on: str, says: str) -> None:
    page = Client().get(f"/en/ledger/temirtau/trial/?on={on}").content.decode()
    assert says in page
    assert f'value="{on}"' in page
    assert "It balances" not in page
    answer = Client().get(f"/en/ledger/temirtau/trial.csv?on={on}")
    assert answer.status_code == HTTPStatus.CONFLICT


def test_before_the_first_line_there_is_nothing(long_ledger: Fund) -> None:
    page = Client().get("/en/ledger/temirtau/trial/?on=2026-11-21").content.decode()
    assert "Nothing was booked by then" in page


def test_the_files_hold_every_account(long_ledger: Fund) -> None:
    answer = Client().get("/en/ledger/temirtau/trial.csv?on=2026-11-22")
    assert answer["Content-Disposition"] == 'attachment; filename="asar-trial-temirtau-2026-11-22.csv"'
    text = b"".join(answer.streaming_content).decode().removeprefix(BOM)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    found = {
        (row["account"], row["currency"], row["project_id"]): round((float(row["debit"]) - float(row["credit"])) * 100)
        for row in rows
    }
    assert found == by_hand(long_ledger, LENGTH)
    book = Client().get("/en/ledger/temirtau/trial.xlsx?on=2026-11-22")
    body = io.BytesIO(b"".join(book.streaming_content))  # type: ignore[attr-defined]
    with ZipFile(body) as parts:
        assert parts.read("xl/worksheets/sheet2.xml").count(b"<row ") == len(rows) + 1
