"""The ledger page under filters: exactly the chosen lines, both ways, each with the balance it had in the whole."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Earmark, Fund
from funds.ledger.queries import Chosen, Row, Span
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind

pytestmark = pytest.mark.django_db
DAYS = 12
EACH = 20  # lines a day


@pytest.fixture
def projects(fund: Fund) -> list[UUID]:
    return [Earmark.objects.create(fund=fund, label=label).pk for label in ("Lamps", "Bridge")]


@pytest.fixture
def busy(fund: Fund, projects: list[UUID], now: datetime) -> Fund:
    """Twelve days of twenty lines: gifts and fees of two projects and of none, in two currencies, transfers between."""
    number = 0
    for day in range(DAYS):
        postings = []
        for _line in range(EACH):
            number += 1
            minor = Money(10_000 + number, "EUR" if number % 7 == 0 else "KZT")
            earmark = (None, *projects)[number % 3]
            if number % 11 == 0:
                kind, lines = (
                    Kind.PAYOUT,
                    (Line(AccountCode.BANK, Money(5, "KZT")), Line(AccountCode.STRIPE, Money(-5, "KZT"))),
                )
            elif number % 4 == 0:
                small = Money(number, minor.currency)
                kind, lines = Kind.FEE, (Line(AccountCode.FEES, small, earmark), Line(AccountCode.STRIPE, -small))
            else:
                kind, lines = Kind.GIFT, (Line(AccountCode.STRIPE, minor), Line(AccountCode.GIFTS, -minor, earmark))
            postings.append(
                Posting(fund=fund.pk, kind=kind, effective_date=date(2026, 11, 1), key=f"busy:{number}", lines=lines)
            )
        post(postings=postings, now=now - timedelta(days=DAYS - 1 - day))
    return fund


def all_of(fund: Fund) -> list[Row]:
    return list(queries.all_rows(fund=fund))


def wanted(rows: list[Row], chosen: Chosen) -> list[Row]:
    return [
        row
        for row in rows
        if chosen.span.first <= row.seq <= chosen.span.last
        and chosen.kind in (None, row.kind)
        and chosen.earmark_id in (None, row.earmark_id)
    ]


def choices(projects: list[UUID]) -> Iterator[Chosen]:
    for span in (Span(), Span(41, 180), Span(200, 210), Span(300, 200)):
        for kind in (None, Kind.GIFT, Kind.FEE, Kind.PAYOUT, Kind.REFUND):
            for project in (None, *projects):
                yield Chosen(span=span, kind=kind, earmark_id=project)


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_every_choice_reads_the_same_in_both_directions(busy: Fund, projects: list[UUID], limit: int) -> None:
    known = all_of(busy)
    assert len(known) == DAYS * EACH
    overview = queries.overview(slug="temirtau")
    for chosen in choices(projects):
        due = wanted(known, chosen)
        if limit == 1:
            due = due[-5:]
        down: list[Row] = []
        page = queries.page(fund=overview, limit=limit, chosen=chosen)
        assert page.newer is None
        while page.rows:
            down += page.rows
            if page.older is None or len(down) >= len(due):
                break
            page = queries.page(fund=overview, before=page.older, limit=limit, chosen=chosen)
            assert page.newer == page.rows[0].seq
        assert down[::-1] == due
        if limit == 1:
            continue
        up: list[Row] = []
        after: int | None = 0
        while after is not None:
            page = queries.page(fund=overview, after=after, limit=limit, chosen=chosen)
            assert (page.older is None) == (not up)
            up += page.rows[::-1]
            after = page.newer
        assert up == due
        assert list(queries.all_rows(fund=busy, chosen=chosen)) == due


def test_balances_under_a_filter_are_those_of_the_whole_ledger(busy: Fund, projects: list[UUID]) -> None:
    held: dict[str, int] = {}
    by_hand = {}
    for row in all_of(busy):
        held[row.currency] = held.get(row.currency, 0) + row.change_minor
        by_hand[row.seq] = held[row.currency]
    page = queries.page(fund=busy, chosen=Chosen(kind=Kind.FEE, earmark_id=projects[0]))
    assert len(page.rows) > 5
    assert {row.seq: row.balance_minor for row in page.rows} == {row.seq: by_hand[row.seq] for row in page.rows}


def test_days_are_days_of_booking_in_kazakhstan(busy: Fund, now: datetime) -> None:
    day = now.date() - timedelta(days=5)
    first = (DAYS - 1 - 5) * EACH + 1
    assert queries.span_of(fund_id=busy.pk, since=day, until=day) == Span(first, first + EACH - 1)
    assert queries.span_of(fund_id=busy.pk, since=now.date() + timedelta(days=1)).empty
    assert queries.span_of(fund_id=busy.pk, until=now.date() - timedelta(days=60)).empty
    assert queries.span_of(fund_id=busy.pk) == Span()


def test_midnight_is_midnight_in_kazakhstan(fund: Fund) -> None:
    one = Money(1, "KZT")
    moments = ["2026-11-01T18:59:59.999999+00:00", "2026-11-01T19:00:00+00:00", "2026-11-02T18:59:59+00:00"]
    for moment in moments:
        posting = Posting(
            fund=fund.pk,
            kind=Kind.GIFT,
            effective_date=date(2026, 11, 1),
            key=moment,
            lines=(Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one)),
        )
        post(postings=[posting], now=datetime.fromisoformat(moment))
    assert queries.span_of(fund_id=fund.pk, since=date(2026, 11, 1), until=date(2026, 11, 1)) == Span(1, 1)
    assert queries.span_of(fund_id=fund.pk, since=date(2026, 11, 2), until=date(2026, 11, 2)) == Span(2, 3)


def numbers(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<tr><td data-label="No\."><a href="[^"]+">(\d+)</a>', page)]


def fetched(query: str) -> str:
    answer = Client().get(f"/en/ledger/temirtau/{query}")
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def test_the_pages_keep_the_filters_in_their_links(busy: Fund, projects: list[UUID]) -> None:
    chosen = Chosen(kind=Kind.GIFT, earmark_id=projects[1])
    due = [row.seq for row in wanted(all_of(busy), chosen)][::-1]
    assert len(due) > 50
    page = fetched(f"?project={projects[1]}&kind=gift&since=&until=")
    assert numbers(page) == due[:50]
    following = re.search(r'rel="next" href="/en/ledger/temirtau/([^"]+)"', page)
    assert following is not None
    last = fetched(following[1].replace("&amp;", "&"))
    assert numbers(last) == due[50:]
    assert 'rel="next"' not in last
    back = re.search(r'rel="prev" href="/en/ledger/temirtau/([^"]+)"', last)
    assert back is not None
    assert numbers(fetched(back[1].replace("&amp;", "&"))) == due[:50]


def test_what_was_chosen_stays_chosen(busy: Fund, projects: list[UUID]) -> None:
    page = " ".join(fetched(f"?project={projects[0]}&kind=fee&since=2026-11-12&until=22.11.2026").split())
    assert f'<option value="{projects[0]}" selected>Lamps</option>' in page
    assert '<option value="fee" selected>Fee</option>' in page
    assert '<input type="date" name="since" id="since" value="2026-11-12">' in page
    assert '<input type="text" name="until" id="until" value="22.11.2026">' in page
    assert '<details class="filters" open>' in page


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("?since=31.02.2026", "since", "This is not a day. Write it like 22.11.2026."),
        ("?until=x", "until", "This is not a day. Write it like 22.11.2026."),
        ("?since=0001-01-01", "since", "Take a day between 1990 and 2199."),
        ("?until=9999-12-31", "until", "Take a day between 1990 and 2199."),
        ("?since=2026-11-02&until=2026-11-01", "until", "The last day lies before the first one."),
        ("?kind=loan", "kind", "The ledger knows no such kind. Choose one from the list."),
        ("?project=lamps", "project", "This fund has no such project. Choose one from the list."),
        ("?project=%00", "project", "This fund has no such project. Choose one from the list."),
    ],
)
def test_a_wrong_filter_is_named_keeps_what_was_typed_and_chooses_nothing(
    busy: Fund, query: str, field: str, sentence: str
) -> None:
    page = fetched(query)
    assert f'<div class="error" id="{field}_error"><p><span class="unseen">Error:</span> {sentence}</p></div>' in page
    assert f'<a href="#{field}">' in page
    typed = dict(part.split("=") for part in query[1:].split("&"))[field].replace("%00", "\0")
    assert f'value="{typed}"' in page
    assert numbers(page) == []
    assert "No lines are shown" in page


@pytest.mark.parametrize("name", ["ledger.csv", "ledger.xlsx", "ledger.json", "ledger.jsonl"])
def test_a_file_with_a_wrong_filter_is_refused_in_words(busy: Fund, name: str) -> None:
    answer = Client().get(f"/en/ledger/temirtau/{name}?since=x")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Booked from: This is not a day. Write it like 22.11.2026." in answer.content.decode()


def test_a_choice_without_lines_says_so(busy: Fund) -> None:
    page = fetched("?kind=refund")
    assert numbers(page) == []
    assert "No line fits these filters" in page


@pytest.mark.parametrize("query", ["", "?before=100", "?kind=gift", "?kind=gift&before=100&since=2026-11-12"])
def test_a_page_asks_the_same_few_questions_however_many_lines(busy: Fund, projects: list[UUID], query: str) -> None:
    fetched(query)  # statements are prepared once per connection
    with CaptureQueriesContext(connection) as asked:
        fetched(query)
    assert len(asked) == {"": 3, "?before=100": 4, "?kind=gift": 4}.get(query, 6)
