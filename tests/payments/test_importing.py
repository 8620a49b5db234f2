"""Importing statements: whole or not at all, no line twice, never the same file again, by the treasurer alone."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from audit.models import Record
from common.clock import day_of
from common.errors import DomainError, Forbidden
from funds.payments.actions.accounts import close_account
from funds.payments.actions.importing import import_statement, preview
from funds.payments.models import BankAccount, BankLine, Statement
from funds.payments.statements import Table, guessed, open_file
from funds.payments.states import AccountKind, LineState
from tests.banking import an_account
from tests.thread import Thread
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent / "samples"
IBAN = "DE12500105175407324931"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with override("en"):
        yield
    cache.clear()


@pytest.fixture
def kaspi(thread: Thread) -> BankAccount:
    return an_account(thread, kind=AccountKind.KASPI, bank_name="Kaspi Bank", number="KZ53722S000012345678")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def bring(thread: Thread, account: BankAccount, data: bytes, name: str = "statement") -> Statement:
    opened = open_file(data)
    columns = guessed(opened.rows) if isinstance(opened, Table) else None
    return import_statement(
        actor=thread.the(Role.TREASURER), account=account, data=data, file_name=name, columns=columns, now=thread.now
    )


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(name: str, data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, sample(name) if data is None else data)


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def test_a_statement_is_kept_as_lines_and_hash_alone(thread: Thread, kaspi: BankAccount) -> None:
    statement = bring(thread, kaspi, sample("kaspi_pay.csv"))
    assert (statement.lines_new, statement.lines_known) == (5, 0)
    assert (statement.opening_minor, statement.closing_minor) == (120_000_00, 303_500_50)
    assert len(statement.sha256) == 64
    line = BankLine.objects.get(position=1)
    assert (line.amount_minor, line.counterparty, line.state) == (25_000_00, "Айгүл Серікқызы Әбенова", LineState.OPEN)
    entry = Record.objects.get(action="payments.import")
    assert entry.detail == {"format": "csv", "new": 5, "known": 0}
    assert "Айгүл" not in str(entry.detail)


def test_the_same_file_again_says_when_and_by_whom(thread: Thread, kaspi: BankAccount) -> None:
    treasurer = thread.the(Role.TREASURER)
    treasurer.display_name = "Гүлнар Сейітова"
    treasurer.save()
    bring(thread, kaspi, sample("kaspi_pay.csv"))
    with pytest.raises(DomainError) as caught:
        bring(thread, kaspi, sample("kaspi_pay.csv"))
    message = str(caught.value.message).replace("\xa0", " ")
    assert (caught.value.code, "22 November 2026, 14:00" in message, "Гүлнар Сейітова" in message) == (
        "statement_known",
        True,
        True,
    )
    assert (Statement.objects.count(), BankLine.objects.count()) == (1, 5)


def test_an_overlapping_statement_brings_its_new_lines_alone(thread: Thread, kaspi: BankAccount) -> None:
    rows = sample("kaspi_pay.csv").decode("utf-8-sig").splitlines(keepends=True)
    # The bank's page was downloaded when one of two equal transfers of that day had come.
    first = "".join(rows[5:9])
    bring(thread, kaspi, first.encode())
    later = "".join(rows[5:12])
    second = bring(thread, kaspi, later.encode())
    assert (second.lines_new, second.lines_known) == (3, 2)
    third = bring(thread, kaspi, "".join(rows[5:13]).encode())
    assert (third.lines_new, third.lines_known) == (0, 5)
    assert BankLine.objects.filter(account=kaspi, amount_minor=5_000_00).count() == 2


def test_nothing_half_is_imported(thread: Thread, kaspi: BankAccount) -> None:
    rows = sample("kaspi_pay.csv").decode("utf-8-sig").replace("20.11.2026", "20.13.2026")
    with pytest.raises(DomainError) as caught:
        bring(thread, kaspi, rows.encode())
    assert caught.value.code == "statement_row"
    assert (Statement.objects.count(), BankLine.objects.count()) == (0, 0)
    assert not Record.objects.filter(action="payments.import").exists()
    kaspi.refresh_from_db()
    assert kaspi.mapping == {}


def test_lines_of_days_to_come_are_refused(thread: Thread, kaspi: BankAccount) -> None:
    with pytest.raises(DomainError) as caught:
        bring(thread, kaspi, b"date;amount;purpose\n23.11.2026;5,00;x\n")
    assert caught.value.code == "statement_in_future"


def test_the_treasurer_alone_imports_and_never_for_a_closed_account(thread: Thread, kaspi: BankAccount) -> None:
    for role in (Role.APPROVER, Role.AUDITOR, Role.CHAIR, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            import_statement(
                actor=thread.the(role),
                account=kaspi,
                data=sample("kaspi_pay.csv"),
                file_name="x",
                columns=None,
                now=thread.now,
            )
    close_account(actor=thread.the(Role.TREASURER), account=kaspi, now=thread.now)
    kaspi.refresh_from_db()
    with pytest.raises(DomainError) as caught:
        bring(thread, kaspi, sample("kaspi_pay.csv"))
    assert caught.value.code == "account_closed"
    assert Statement.objects.count() == 0


def test_one_account_stands_once_per_currency(thread: Thread, kaspi: BankAccount) -> None:
    with pytest.raises(DomainError) as caught:
        an_account(thread, number=" kz53 722s 0000 1234 5678")
    assert (caught.value.code, caught.value.field) == ("account_known", "number")
    assert an_account(thread, number="KZ53722S000012345678", currency="EUR").number == "KZ53722S000012345678"


def test_mt940_and_camt_need_no_columns(thread: Thread) -> None:
    german = an_account(thread, number=IBAN, currency="EUR")
    first = bring(thread, german, sample("sparkasse.sta"))
    second = bring(thread, german, sample("sparkasse_camt053_02.xml"))
    assert (first.format, first.lines_new, second.format, second.opening_minor) == ("mt940", 5, "camt053", 2_905_10)
    assert first.closing_minor == second.opening_minor


def test_a_table_is_imported_page_by_page(thread: Thread, kaspi: BankAccount) -> None:
    client, slug = entered(thread.the(Role.TREASURER)), thread.town.slug
    address = f"/en/treasury/{slug}/import/{kaspi.pk}/"
    asked = client.post(address, {"step": "file", "file": upload("kaspi_pay.xlsx")})
    page = text(asked)
    assert (asked.status_code, "Which column is what" in page, "Жанар Төлегенқызы" in page) == (200, True, True)
    token = page.split('name="file" value="')[1].split('"')[0]
    rows = open_file(sample("kaspi_pay.xlsx"))
    assert isinstance(rows, Table)
    columns = guessed(rows.rows)
    told = {name: getattr(columns, name) for name in columns.__slots__}
    wrong = client.post(address, {"step": "columns", "file": token, **told, "booked": 0})
    assert (wrong.status_code, "has no day that can be read" in text(wrong)) == (422, True)
    none = client.post(address, {"step": "columns", "file": token, **told, "debit": -1})
    assert (none.status_code, "Say which column is the day" in text(none)) == (422, True)
    seen = client.post(address, {"step": "columns", "file": token, **told})
    page = text(seen)
    assert ("303 500,50 ₸" in page, "254 735,06 ₸" in page, page.count('class="badge ok">new')) == (True, True, 3)
    assert Statement.objects.count() == 0
    done = client.post(address, {"step": "import", "file": token, **told})
    assert (done.status_code, done["Location"]) == (302, f"/en/treasury/{slug}/lines/?account={kaspi.pk}")
    kaspi.refresh_from_db()
    assert (kaspi.mapping["booked"], kaspi.mapping["headings"][1]) == (1, "дата операции")
    again = client.post(address, {"step": "file", "file": upload("kaspi_pay.xlsx")})
    assert (again.status_code, "This very file was imported on" in text(again)) == (422, True)
    gone = client.post(address, {"step": "import", "file": token, **told})
    assert (gone.status_code, "Choose it again" in text(gone)) == (422, True)


def test_remembered_columns_lead_straight_to_the_lines(thread: Thread, kaspi: BankAccount) -> None:
    bring(thread, kaspi, sample("kaspi_pay.csv"))
    client = entered(thread.the(Role.TREASURER))
    address = f"/en/treasury/{thread.town.slug}/import/{kaspi.pk}/"
    shorter = sample("kaspi_pay.csv").decode("utf-8-sig").replace("Туған жерге көмек", "Тағы бір көмек")
    answer = client.post(address, {"step": "file", "file": upload("next.csv", shorter.encode())})
    page = text(answer)
    assert (answer.status_code, "What would be imported" in page) == (200, True)
    assert (page.count('class="badge ok">new'), page.count('class="badge plain">known')) == (2, 3)


def test_columns_told_once_are_known_for_the_other_accounts_at_the_bank(thread: Thread, kaspi: BankAccount) -> None:
    bring(thread, kaspi, sample("kaspi_pay.csv"))
    facts = {"fund": thread.fund, "kind": kaspi.kind, "holder": "Fund", "currency": "KZT", "opened_at": thread.now}
    names = (kaspi.bank_name.upper(), "Another bank")
    same, other = (BankAccount.objects.create(bank_name=name, number=name, **facts) for name in names)
    client = entered(thread.the(Role.TREASURER))
    seen = [
        "What would be imported"
        in text(client.post(address, {"step": "file", "file": upload("a.csv", sample("kaspi_pay.csv"))}))
        for address in (f"/en/treasury/{thread.town.slug}/import/{one.pk}/" for one in (same, other))
    ]
    assert seen == [True, False]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("half.sta", sample("sparkasse.sta")[:700], "cut off"),
        (
            "koi8.csv",
            sample("halyk_windows1251.csv").decode("cp1251").encode("koi8-r"),
            "encoding is none that we know",
        ),
        ("statement.csv", b"%PDF-1.7", "PDF cannot be imported"),
        ("empty.csv", b"", "empty"),
    ],
)
def test_a_refused_file_says_why_and_nothing_is_kept(
    thread: Thread, kaspi: BankAccount, name: str, data: bytes, words: str
) -> None:
    client = entered(thread.the(Role.TREASURER))
    address = f"/en/treasury/{thread.town.slug}/import/{kaspi.pk}/"
    answer = client.post(address, {"step": "file", "file": upload(name, data)})
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert (Statement.objects.count(), BankLine.objects.count()) == (0, 0)


def test_nobody_elses_file_can_be_imported(thread: Thread, kaspi: BankAccount) -> None:
    """The file between two steps belongs to one person and one account."""
    first, second = thread.the(Role.TREASURER), thread.the(Role.TREASURER, 1)
    address = f"/en/treasury/{thread.town.slug}/import/{kaspi.pk}/"
    page = text(entered(first).post(address, {"step": "file", "file": upload("kaspi_pay.csv")}))
    token = page.split('name="file" value="')[1].split('"')[0]
    other = entered(second).post(address, {"step": "columns", "file": token})
    assert (other.status_code, "Choose it again" in text(other)) == (422, True)


def test_an_account_is_named_shown_and_closed(thread: Thread) -> None:
    client, slug = entered(thread.the(Role.TREASURER)), thread.town.slug
    facts = {"kind": "bank", "bank_name": "Halyk", "holder": "Tests e.V.", "number": "KZ 12 34", "currency": "KZT"}
    made = client.post(f"/en/treasury/{slug}/accounts/new/", {**facts, "public": "on"})
    account = BankAccount.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/en/treasury/{slug}/accounts/{account.pk}/")
    assert (account.number, account.public) == ("KZ1234", True)
    again = client.post(f"/en/treasury/{slug}/accounts/new/", facts)
    assert (again.status_code, "stands here already" in text(again)) == (422, True)
    shut = client.post(f"/en/treasury/{slug}/accounts/{account.pk}/close/")
    assert shut.status_code == HTTPStatus.FOUND
    assert "closed" in text(client.get(f"/en/treasury/{slug}/accounts/"))
    assert client.get(f"/en/treasury/ridder/accounts/{account.pk}/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_accounts_asks_the_same_however_many(thread: Thread, number: int) -> None:
    for _one in range(number):
        an_account(thread)
    client = entered(thread.the(Role.TREASURER))
    with CaptureQueriesContext(
        connection,
    ) as caught:
        client.get(f"/en/treasury/{thread.town.slug}/accounts/")
    assert len([one for one in caught if "bankaccount" in one["sql"]]) == 1
    assert len(caught) <= 9


def test_a_large_statement_is_imported_in_few_statements(thread: Thread, kaspi: BankAccount) -> None:
    day = day_of(thread.now - timedelta(days=1)).strftime("%d.%m.%Y")
    table = "date;amount;purpose\n" + "".join(f"{day};{n},00;gift {n}\n" for n in range(1, 1001))
    with CaptureQueriesContext(connection) as caught:
        bring(thread, kaspi, table.encode())
    assert BankLine.objects.count() == 1000
    assert len(caught) <= 20
    found = preview(
        account=kaspi,
        data=(table + f"{day};5000,00;last\n").encode(),
        columns=guessed(
            open_file(table.encode()).rows  # type: ignore[union-attr]
        ),
        today=day_of(thread.now),
    )
    assert found.new == 1
