"""The ledger as CSV, JSON and through the API: every line, amounts that add up, mistakes told in one shape."""

import csv
import io
import json
from datetime import datetime
from http import HTTPStatus
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from common.clock import day_of
from common.exports import BOM
from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Fund, Transaction
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from tests.ledger.conftest import LENGTH
from tests.thread import Thread

pytestmark = pytest.mark.django_db

COLUMNS = ["seq", "date", "booked_at", "kind", "project", "memo", "currency", "change", "volume", "balance", "id"]


def streamed(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == HTTPStatus.OK
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "separator"), [("", ","), ("?separator=;", ";"), ("?separator=%3B", ";"), ("?separator=x", ",")]
)
def test_the_csv_holds_every_line_and_adds_up(long_ledger: Fund, query: str, separator: str) -> None:
    answer = Client().get(f"/en/ledger/temirtau/ledger.csv{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="asar-ledger-temirtau.csv"'
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith(BOM)
    assert text.endswith("\r\n")
    header, *rows = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=separator)
    assert header == COLUMNS
    known = list(queries.all_rows(fund=long_ledger))
    assert [int(row[0]) for row in rows] == [one.seq for one in known] == list(range(1, LENGTH + 1))
    for row, one in zip(rows, known, strict=True):
        numbers = [round(float(cell) * 100) for cell in row[7:10]]
        assert numbers == [one.change_minor, one.volume_minor, one.balance_minor]
        assert (row[1], row[3], row[5], row[6], row[10]) == (
            "2026-11-22",
            one.kind.value,
            f"memo {one.seq}",
            one.currency,
            str(one.id),
        )
    fees = [row for row in rows if row[3] == "fee"]
    assert {row[7][0] for row in fees} == {"-"}  # a plain minus sign, no apostrophe before it


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def test_no_cell_is_a_formula(fund: Fund, now: datetime) -> None:
    one = Money(1, "KZT")
    lines = (Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one))
    memos = [*FORMULAS, 'quoted "words", and more', "Ақша; рақмет"]
    post(
        postings=[
            Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=now.date(), key=memo, lines=lines, memo=memo)
            for memo in memos
        ],
        now=now,
    )
    text = streamed("/en/ledger/temirtau/ledger.csv").removeprefix(BOM)
    _header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert [row[5] for row in rows] == [f"'{memo}" for memo in FORMULAS] + memos[len(FORMULAS) :]


def test_the_json_holds_every_line(thread: Thread) -> None:
    thread.paid()
    found = json.loads(streamed("/en/ledger/temirtau/ledger.json"))
    assert (found["town"], found["amounts"]) == ("temirtau", "minor units")
    rows = found["transactions"]
    assert [(row["seq"], row["kind"]) for row in rows] == [(1, "gift"), (2, "payout"), (3, "payment")]
    project = rows[0]["project_id"]
    assert [(row["project_id"], row["project"]) for row in rows] == [(project, "Lamps"), (None, ""), (project, "Lamps")]
    assert [(row["change_minor"], row["volume_minor"], row["balance_minor"]) for row in rows] == [
        (500_000_00, 500_000_00, 500_000_00),
        (0, 500_000_00, 500_000_00),
        (-100_000_00, 100_000_00, 400_000_00),
    ]
    assert set(rows[0]) == {
        "seq", "id", "date", "booked_at", "kind", "project_id", "project", "memo", "currency", "change_minor",
        "volume_minor", "balance_minor",
    }  # fmt: skip


def test_an_empty_ledger_is_an_empty_list(fund: Fund) -> None:
    assert json.loads(streamed("/en/ledger/temirtau/ledger.json"))["transactions"] == []
    assert streamed("/en/ledger/temirtau/ledger.csv") == BOM + ",".join(COLUMNS) + "\r\n"


def api(query: str = "", *, status: int = 200) -> Any:
    answer = Client().get(f"/api/v1/ledger/{query}", headers={"accept-language": "en"})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    return answer.json()


def test_the_api_turns_pages_by_the_number_it_gives(long_ledger: Fund) -> None:
    seen, before = [], ""
    while True:
        page = api(f"?town=temirtau&limit=50{before}")
        seen += [row["seq"] for row in page["results"]]
        if page["next_before"] is None:
            break
        before = f"&before={page['next_before']}"
    assert seen == list(range(LENGTH, 0, -1))
    assert api("?town=temirtau&before=1") == {"next_before": None, "results": []}
    assert len(api("?town=temirtau")["results"]) == 50
    assert len(api("?town=temirtau&limit=200")["results"]) == LENGTH
    assert len(api(f"?town=temirtau&before={10**25}")["results"]) == 50


def test_the_api_tells_what_the_pages_tell(long_ledger: Fund) -> None:
    rows = api("?town=temirtau&limit=200")["results"]
    known = queries.page(fund=long_ledger, limit=200).rows
    assert [(row["seq"], row["change_minor"], row["balance_minor"], row["currency"]) for row in rows] == [
        (one.seq, one.change_minor, one.balance_minor, one.currency) for one in known
    ]
    for newer, older in pairwise([row for row in rows if row["currency"] == "KZT"]):
        assert older["balance_minor"] == newer["balance_minor"] - newer["change_minor"]
    assert set(rows[0]) == {
        "seq", "id", "kind", "effective_date", "booked_at", "memo", "project_id", "project", "currency",
        "change_minor", "volume_minor", "balance_minor",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "town"),
        ("?town=", "town"),
        ("?town=%00", "town"),
        ("?town=a%20b", "town"),
        ("?town=temirtau&limit=0", "limit"),
        ("?town=temirtau&limit=201", "limit"),
        ("?town=temirtau&limit=ten", "limit"),
        ("?town=temirtau&before=0", "before"),
        ("?town=temirtau&before=-1", "before"),
        ("?town=temirtau&before=x", "before"),
    ],
)
def test_a_wrong_parameter_is_named(fund: Fund, query: str, field: str) -> None:
    problem = api(query, status=400)
    assert (set(problem), problem["code"]) == ({"code", "message", "errors"}, "invalid")
    assert problem["message"] == "Some values are wrong; see errors."
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize("slug", ["atlantis", "ridder"])
def test_a_town_without_a_fund_is_not_found(fund: Fund, slug: str) -> None:
    problem = api(f"?town={slug}", status=404)
    assert problem == {"code": "no_fund", "message": "This town has no community foundation here yet."}


def test_only_reading_is_possible(fund: Fund) -> None:
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(Client(), method)("/api/v1/ledger/?town=temirtau", content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_too_many_requests_are_told_when_to_come_back(fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rest_framework.throttling.AnonRateThrottle.rate", "3/min", raising=False)
    answers = [Client().get("/api/v1/ledger/?town=temirtau") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "throttled"
    assert 0 < int(answers[3]["Retry-After"]) <= 60
    assert answers[3]["Content-Type"] == "application/json"


def test_the_api_filters_as_the_page_does(thread: Thread) -> None:
    project = thread.project()
    thread.gift(None, 1_000)
    thread.gift(project, 2_000)
    thread.payout(3_000)
    thread.paid(project, 500)
    town = thread.town.slug

    def kinds(query: str) -> list[str]:
        return [row["kind"] for row in api(f"?town={town}{query}")["results"]]

    assert kinds("") == ["payment", "payout", "gift", "gift"]
    assert kinds("&kind=gift") == ["gift", "gift"]
    assert kinds(f"&project={project.pk}") == ["payment", "gift"]
    assert kinds(f"&project={project.pk}&kind=gift") == ["gift"]
    days = {line.kind: day_of(line.booked_at).isoformat() for line in Transaction.objects.all()}
    assert kinds(f"&since={days['payout']}") == ["payment", "payout"]
    assert kinds(f"&until={days['gift']}") == ["gift", "gift"]
    assert kinds(f"&since={days['payout']}&until={days['payout']}") == ["payout"]
    [row] = api(f"?town={town}&kind=payment")["results"]
    assert (row["project_id"], row["balance_minor"]) == (str(project.pk), 2_500 * 100)
    newest = api(f"?town={town}&kind=gift&limit=1")
    assert [row["seq"] for row in api(f"?town={town}&kind=gift&before={newest['next_before']}")["results"]] == [1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=lottery", "kind"),
        ("project=x", "project"),
        ("project=0197a8b0-0000-7000-8000-000000000000", "project"),
        ("since=22.11.2026", "since"),
        ("until=soon", "until"),
        ("since=2026-11-22&until=2026-11-21", "until"),
    ],
)
def test_a_wrong_filter_is_named(fund: Fund, query: str, field: str) -> None:
    problem = api(f"?town=temirtau&{query}", status=400)
    assert (problem["code"], list(problem["errors"])) == ("invalid", [field])


def test_the_schema_describes_the_filters() -> None:
    answer = Client().get("/api/v1/schema/?format=json", headers={"accept": "application/json"})
    told = {one["name"]: one for one in answer.json()["paths"]["/api/v1/ledger/"]["get"]["parameters"]}
    assert set(told) == {"town", "before", "limit", "project", "kind", "since", "until"}
    assert (told["since"]["schema"]["format"], told["project"]["schema"]["format"]) == ("date", "uuid")
    assert set(told["kind"]["schema"]["enum"]) == set(Kind.values)
    assert all(one["description"] for one in told.values())
