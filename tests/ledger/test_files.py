"""The ledger as a workbook and as a journal: every line, typed, sealed by a checkpoint, in constant memory."""

import io
import json
import re
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from zipfile import ZipFile

import pytest
from django.http import HttpResponseBase
from django.test import Client

from common.exports import BOM
from common.money import Money
from funds.ledger import queries
from funds.ledger.actions import post
from funds.ledger.models import Entry, Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.ledger.views import files
from tests.ledger.conftest import LENGTH
from tests.thread import Thread
from transparency.actions import integrate

pytestmark = pytest.mark.django_db


def body(address: str) -> bytes:
    answer = Client().get(f"/en/ledger/temirtau/{address}")
    assert answer.status_code == HTTPStatus.OK
    return read(answer)


def read(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def sheet(raw: bytes, number: int) -> list[list[str]]:
    """The cells of a sheet as text; dates stay the numbers that a workbook keeps."""
    with ZipFile(io.BytesIO(raw)) as parts:
        text = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
    rows = re.findall(r"<row [^>]*>(.*?)</row>", text, re.DOTALL)
    return [re.findall(r"<(?:v|t)(?: [^>]*)?>([^<]*)</(?:v|t)>", row) for row in rows]


def test_the_journal_holds_every_transaction_with_its_entries(long_ledger: Fund) -> None:
    head, *lines = [json.loads(line) for line in body("ledger.jsonl").decode().splitlines()]
    assert head == {
        "type": "ledger", "town": "temirtau", "amounts": "minor units, a debit is positive", "filters": {},
        "checkpoint": None,
    }  # fmt: skip
    assert [line["seq"] for line in lines] == list(range(1, LENGTH + 1))
    assert {line["type"] for line in lines} == {"transaction"}
    for line in lines:
        assert sum(entry["amount_minor"] for entry in line["entries"]) == 0
    known = Entry.objects.order_by("id").values_list("account__code", "currency", "amount_minor", "balance_after")
    told = [
        (entry["account"], entry["currency"], entry["amount_minor"], entry["balance_minor"])
        for line in lines
        for entry in line["entries"]
    ]
    assert told == list(known)
    assert [line["log_index"] for line in lines] == sorted({line["log_index"] for line in lines})


def test_the_journal_follows_the_filters(thread: Thread) -> None:
    request = thread.paid()
    head, *lines = [json.loads(line) for line in body("ledger.jsonl?kind=payment").decode().splitlines()]
    assert head["filters"] == {"kind": "payment"}
    assert [(line["kind"], line["subject"], line["reverses"]) for line in lines] == [("payment", str(request.pk), None)]
    assert {entry["project_id"] for entry in lines[0]["entries"]} == {None, str(request.project_id)}


def test_the_workbook_begins_with_what_it_is_and_has_typed_cells(long_ledger: Fund) -> None:
    raw = body("ledger.xlsx")
    facts = [row[0] for row in sheet(raw, 1)]
    assert facts[0] == "Community foundation of the town"
    assert "Checkpoint of the public log: root" in facts
    header, *rows = sheet(raw, 2)
    assert header[:4] == ["seq", "date", "booked_at", "kind"]
    known = list(queries.all_rows(fund=long_ledger))
    epoch = date(1899, 12, 30)
    for row, one in zip(rows, known, strict=True):
        assert int(row[0]) == one.seq
        assert int(row[1]) == (one.effective_date - epoch).days
        amounts = [round(Decimal(cell) * 100) for cell in row[-4:-1]]
        assert amounts == [one.change_minor, one.volume_minor, one.balance_minor]


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(long_ledger: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SHEET_ROWS", 50)
    raw = body("ledger.xlsx")
    seen = [row[0] for number in (2, 3, 4) for row in sheet(raw, number)[1:]]
    assert seen == [str(number) for number in range(1, LENGTH + 1)]


def test_no_cell_of_the_workbook_is_a_formula(fund: Fund, now: datetime) -> None:
    one = Money(1, "KZT")
    lines = (Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one))
    posting = Posting(
        fund=fund.pk, kind=Kind.GIFT, effective_date=now.date(), key="x", lines=lines, memo="=HYPERLINK(1)"
    )
    post(postings=[posting], now=now)
    with ZipFile(io.BytesIO(body("ledger.xlsx"))) as parts:
        text = parts.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in text
    assert "'=HYPERLINK(1)" in text.replace("&apos;", "'")


@pytest.mark.parametrize(
    "name", ["ledger.csv", "ledger.json", "ledger.jsonl", "ledger.xlsx", "trial.csv", "trial.xlsx"]
)
def test_every_file_names_its_checkpoint(long_ledger: Fund, now: datetime, name: str) -> None:
    before = Client().get(f"/en/ledger/temirtau/{name}")
    assert "X-Asar-Checkpoint" not in before
    read(before)
    integrate(slug="temirtau", now=now)
    mark = queries.mark_of(slug="temirtau")
    assert mark is not None
    assert mark.size >= LENGTH
    answer = Client().get(f"/en/ledger/temirtau/{name}", headers={"if-none-match": before["ETag"]})
    assert answer.status_code == HTTPStatus.OK
    assert answer["X-Asar-Checkpoint"] == f"{mark.size} {mark.root}"
    raw = read(answer)
    if name.endswith(".xlsx"):
        told = dict(row for row in sheet(raw, 1) if len(row) == 2)
        assert told["Checkpoint of the public log: entries"] == str(mark.size)
        assert told["Checkpoint of the public log: root"] == mark.root
    elif name.endswith(".csv"):
        assert f"-checkpoint-{mark.size}.csv" in answer["Content-Disposition"]
        assert raw.decode().startswith(f"{BOM}{'seq' if 'ledger' in name else 'account'},")
    else:
        told = json.loads(raw.decode().splitlines()[0] if name.endswith("l") else raw)
        assert (told["checkpoint"]["size"], told["checkpoint"]["root"]) == (mark.size, mark.root)


def test_a_line_leads_to_its_proof_and_papers(thread: Thread, now: datetime) -> None:
    request = thread.paid()
    index = json.loads(body("ledger.jsonl?kind=payment").decode().splitlines()[1])["log_index"]
    page = Client().get("/en/ledger/temirtau/3/").content.decode()
    assert f'href="/en/spending/request/{request.pk}/"' in page
    assert "/proof/" not in page
    integrate(slug="temirtau", now=now)
    page = Client().get("/en/ledger/temirtau/3/").content.decode()
    assert f'href="/log/temirtau/proof/{index}.tlog-proof"' in page
