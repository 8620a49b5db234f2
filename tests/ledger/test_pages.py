"""The public ledger in the browser: no line is left out or shown twice, and every balance is right."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client

from common.formats import money
from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Fund, Transaction
from funds.ledger.queries import PAGE, Row
from funds.ledger.rules import Line, Posting
from funds.ledger.rules.corrections import correction_key
from funds.ledger.states import AccountCode, Kind
from tests.ledger.books import confirm_reversals
from tests.ledger.conftest import LENGTH, shape
from tests.thread import Thread

pytestmark = pytest.mark.django_db


def expected() -> dict[int, tuple[str, int, int]]:
    """Currency, change and balance after each line, added up by hand."""
    held: dict[str, int] = defaultdict(int)
    found = {}
    for number in range(1, LENGTH + 1):
        kind, _debit, _credit, amount = shape(number)
        change = {Kind.GIFT: amount.minor, Kind.FEE: -amount.minor, Kind.PAYOUT: 0}[kind]
        held[amount.currency] += change
        found[number] = (amount.currency, change, held[amount.currency])
    return found


def told(rows: list[Row]) -> dict[int, tuple[str, int, int]]:
    return {row.seq: (row.currency, row.change_minor, row.balance_minor) for row in rows}


@pytest.mark.parametrize("limit", [1, 7, 50, 119, 120, 121])
def test_downwards_and_upwards_every_line_stands_once_with_its_balance(long_ledger: Fund, limit: int) -> None:
    down: list[Row] = []
    before: int | None = None
    while True:
        page = queries.page(fund=long_ledger, before=before, limit=limit)
        down += page.rows
        if page.older is None:
            break
        before = page.older
    assert [row.seq for row in down] == list(range(LENGTH, 0, -1))
    assert told(down) == expected()
    up: list[Row] = []
    after: int | None = 0
    while after is not None:
        page = queries.page(fund=long_ledger, after=after, limit=limit)
        assert [row.seq for row in page.rows] == sorted((row.seq for row in page.rows), reverse=True)
        up += page.rows[::-1]
        after = page.newer
    assert [row.seq for row in up] == list(range(1, LENGTH + 1))
    assert told(up) == expected()


def test_the_export_tells_the_same_as_the_pages(long_ledger: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funds.ledger.queries.pages.EXPORT_CHUNK", 7)
    rows = list(queries.all_rows(fund=long_ledger))
    assert [row.seq for row in rows] == list(range(1, LENGTH + 1))
    assert told(rows) == expected()


def test_lines_of_another_fund_never_slip_in(long_ledger: Fund, now: datetime) -> None:
    towns = type(long_ledger.town).objects
    other = Fund.objects.create(town=towns.get(slug="ridder"), legal_entity="Other", founded_date=now.date())
    one = Money(77, "KZT")
    lines = (Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one))
    post(
        postings=[Posting(fund=other.pk, kind=Kind.GIFT, effective_date=now.date(), key="other", lines=lines)], now=now
    )
    assert told(queries.page(fund=other).rows) == {1: ("KZT", 77, 77)}
    assert told(queries.page(fund=long_ledger, limit=LENGTH).rows) == expected()


def shown(page: str) -> Iterator[tuple[int, str, str]]:
    """Number, amount and balance of each row of a page."""
    for row in re.findall(r"<tr><td.*?</tr>", page, re.DOTALL):
        cells = [
            re.sub(r"<span.*?</span>|<[^>]+>", "", cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)
        ]
        yield int(cells[0]), cells[3].strip(), cells[4].strip()


def fetched(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def test_the_pages_are_turned_by_their_links_in_both_directions(long_ledger: Fund) -> None:
    base = "/en/ledger/temirtau/"
    seen: list[int] = []
    address = base
    while address:
        page = fetched(address)
        rows = list(shown(page))
        for number, amount, balance in rows:
            currency, change, after = expected()[number]
            assert balance == money(after, currency)
            volume = shape(number)[3].minor
            assert amount == ("+" if change > 0 else "") + money(change or volume, currency)
        seen += [number for number, _amount, _balance in rows]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        last, address = address, more[1] if more else ""
    assert seen == list(range(LENGTH, 0, -1))
    back: list[int] = [number for number, *_ in shown(fetched(last))]
    while newer := re.search(r'rel="prev" href="([^"]+)"', fetched(last)):
        last = newer[1]
        back = [number for number, *_ in shown(fetched(last))] + back
    assert back == list(range(LENGTH, 0, -1))
    assert PAGE == 50


@pytest.mark.parametrize("query", ["?after=120", "?after=999999", "?before=0", "?before=1", "?before=x", "?after=-5"])
def test_beyond_the_ends_the_newest_lines_stand(long_ledger: Fund, query: str) -> None:
    page = fetched(f"/en/ledger/temirtau/{query}")
    assert next(shown(page))[0] == LENGTH
    assert 'rel="prev"' not in page
    assert "Nothing is booked yet" not in page


def test_a_number_beyond_the_top_offers_no_newer_page(long_ledger: Fund) -> None:
    page = fetched("/en/ledger/temirtau/?before=121")
    assert next(shown(page))[0] == LENGTH
    assert 'rel="prev"' not in page
    assert 'rel="prev"' in fetched("/en/ledger/temirtau/?before=120")


def test_an_empty_ledger_says_so(fund: Fund) -> None:
    page = fetched("/en/ledger/temirtau/?before=5")
    assert "Nothing is booked yet" in page
    assert list(shown(page)) == []


def test_totals_stand_above_the_lines(long_ledger: Fund) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", fetched("/en/ledger/temirtau/")).split())
    sums: dict[tuple[str, Kind], int] = defaultdict(int)
    for number in range(1, LENGTH + 1):
        kind, _debit, _credit, amount = shape(number)
        sums[amount.currency, kind] += amount.minor
    for currency in ("KZT", "EUR"):
        gifts, fees = sums[currency, Kind.GIFT], sums[currency, Kind.FEE]
        for minor in (gifts, fees, gifts - fees):
            assert " ".join(money(minor, currency).split()) in page


def test_words_that_people_typed_are_text(thread: Thread) -> None:
    project = thread.project(title='<img src=x onerror="alert(1)"> & "lamps"')
    thread.gift(project, 1_000)
    page = fetched("/en/ledger/temirtau/")
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; &quot;lamps&quot;" in page
    assert "<img src=x" not in fetched("/en/ledger/temirtau/1/")


def test_one_line_shows_its_double_entry_and_where_it_leads(thread: Thread) -> None:
    request = thread.paid()
    booked = Transaction.objects.get(kind=Kind.PAYMENT)
    page = fetched(f"/en/ledger/temirtau/{booked.seq}/")
    main = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main")]).split())
    assert " ".join(f"Spending {money(100_000_00, 'KZT')}".split()) in main
    assert " ".join(f"Bank account {money(100_000_00, 'KZT')} {money(400_000_00, 'KZT')}".split()) in main
    assert f'href="/en/spending/request/{request.pk}/"' in page
    assert f'href="/en/projects/project/{request.project_id}/"' in page
    assert f"spending:{request.pk}:paid" in page


def test_a_reversal_and_what_it_undoes_lead_to_each_other(fund: Fund, now: datetime) -> None:
    one = Money(500_00, "KZT")

    def book(kind: Kind, amount: Money, reverses: object = None) -> object:
        lines = (Line(AccountCode.STRIPE, amount), Line(AccountCode.GIFTS, -amount))
        posting = Posting(
            fund=fund.pk,
            kind=kind,
            effective_date=now.date(),
            key=correction_key(uuid4()),
            lines=lines,
            reverses=reverses,  # type: ignore[arg-type]
        )
        return post(postings=[posting], now=now)[0].transaction_id

    book(Kind.REVERSAL, -one, book(Kind.GIFT, one))
    confirm_reversals(fund)
    assert 'href="/en/ledger/temirtau/1/">Reverses line 1<' in fetched("/en/ledger/temirtau/2/")
    assert 'href="/en/ledger/temirtau/2/">Reversed by line 2<' in fetched("/en/ledger/temirtau/1/")


@pytest.mark.parametrize(
    "address",
    ["temirtau/0/", "temirtau/999/", f"temirtau/{10**30}/", "ridder/", "atlantis/", "ridder/1/", "ridder/ledger.csv"],
)
def test_what_is_not_there_is_said(fund: Fund, address: str) -> None:
    answer = Client().get(f"/en/ledger/{address}")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "<main" in answer.content.decode()
