"""Statements as banks really write them: read to the last tiyn and letter, or refused in words; never half."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from common.errors import DomainError
from common.money import Money
from funds.donations.rules.references import codes_in
from funds.payments import statements
from funds.payments.statements.sheets import xlsx_rows
from funds.payments.states import StatementFormat

SAMPLES = Path(__file__).parent / "samples"
CODE = "ASAR-7K3M9H"
CURRENCY = {"sparkasse.sta": "EUR", "commerzbank_camt053_08.xml": "EUR", "sparkasse_camt053_02.xml": "EUR"}
# name -> format, number of lines, their sum, opening balance
FACTS: dict[str, tuple[StatementFormat, int, int, int | None]] = {
    "kaspi_pay.csv": (StatementFormat.CSV, 5, 183_500_50, 120_000_00),
    "kaspi_pay.xlsx": (StatementFormat.XLSX, 3, -48_765_44, 303_500_50),
    "halyk_windows1251.csv": (StatementFormat.CSV, 3, -44_499_50, 200_000_00),
    "bereke_utf16.csv": (StatementFormat.CSV, 2, 37_500_00, None),
    "sparkasse.sta": (StatementFormat.MT940, 5, 1_405_10, 1_500_00),
    "halyk.mt940": (StatementFormat.MT940, 2, 19_650_00, 155_500_50),
    "commerzbank_camt053_08.xml": (StatementFormat.CAMT053, 5, 77_70, 1_000_00),
    "sparkasse_camt053_02.xml": (StatementFormat.CAMT053, 1, 15_00, 2_905_10),
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def read(data: bytes, currency: str = "KZT") -> statements.ParsedStatement:
    """As the pages do it, with the guessed columns."""
    opened = statements.open_file(data)
    if isinstance(opened, statements.Table):
        columns = statements.guessed(opened.rows)
        return statements.read_table(rows=opened.rows, columns=columns, currency=currency, file_format=opened.format)
    return statements.joined(opened, number=opened[0].account, currency=currency)


def refused(data: bytes, currency: str = "KZT") -> tuple[str, str]:
    with override("en"), pytest.raises(DomainError) as caught:
        read(data, currency)
    return caught.value.code, str(caught.value.message)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_sample_is_read_to_the_last_minor_unit(name: str) -> None:
    currency = CURRENCY.get(name, "KZT")
    found = read(sample(name), currency)
    total = sum(line.amount.minor for line in found.lines)
    opening = None if found.opening is None else found.opening.minor
    assert (found.format, len(found.lines), total, opening) == FACTS[name]
    if found.opening is not None and found.closing is not None:
        assert found.opening.minor + total == found.closing.minor


def test_every_sample_is_tested() -> None:
    assert sorted(FACTS) == sorted(path.name for path in SAMPLES.iterdir())


def test_names_and_words_arrive_as_they_were_written() -> None:
    kaspi = read(sample("kaspi_pay.csv")).lines[0]
    assert (kaspi.booked_date, kaspi.amount) == (date(2026, 11, 2), Money(25_000_00, "KZT"))
    assert (kaspi.counterparty, kaspi.counterparty_number) == ("Айгүл Серікқызы Әбенова", "KZ86125KZT1001300335")
    assert (kaspi.purpose, kaspi.bank_reference) == (f"Қайырымдылық; {CODE} мектеп шамдарына", "100451")
    halyk = read(sample("halyk_windows1251.csv")).lines
    assert [line.counterparty for line in halyk] == [
        "Шмидт Виктор Андреевич",
        'ТОО "Строймаркет Алтай"',
        "Ким Марина Олеговна",
    ]
    assert read(sample("bereke_utf16.csv")).lines[1].counterparty == "Сұлу Қалиева"
    fee = read(sample("sparkasse.sta"), "EUR").lines[2]
    assert (fee.purpose, fee.amount) == ("Kontoführung Oktober", Money(-4_90, "EUR"))


@pytest.mark.parametrize(
    ("name", "line"),
    [("kaspi_pay.csv", 0), ("kaspi_pay.xlsx", 0), ("halyk.mt940", 0), ("sparkasse.sta", 0),
     ("commerzbank_camt053_08.xml", 0)],
)  # fmt: skip
def test_the_reference_code_is_found_however_the_bank_passed_it_on(name: str, line: int) -> None:
    found = read(sample(name), CURRENCY.get(name, "KZT")).lines[line]
    assert codes_in(found.purpose) == (CODE,)


def test_a_reversal_goes_the_other_way() -> None:
    returned = read(sample("sparkasse.sta"), "EUR").lines[3]
    assert (returned.amount, returned.purpose) == (Money(-25_50, "EUR"), "(R) KONTO ERLOSCHEN")
    taken = read(sample("commerzbank_camt053_08.xml"), "EUR").lines[-1]
    assert (taken.amount.minor, taken.counterparty, taken.purpose) == (-30_00, "Елена Ковалёва", "(R) Rückgabe")


def test_a_batch_that_tells_its_members_is_its_members() -> None:
    lines = read(sample("commerzbank_camt053_08.xml"), "EUR").lines
    assert [(line.counterparty, line.amount.minor) for line in lines[1:3]] == [
        ("Елена Ковалёва", 30_00),
        ("Жанар Төлеген", 40_00),
    ]
    # A batch whose members do not add up is one line.
    bent = sample("commerzbank_camt053_08.xml").replace(b'<Amt Ccy="EUR">40.00', b'<Amt Ccy="EUR">39.00')
    assert [line.amount.minor for line in read(bent, "EUR").lines[1:2]] == [70_00]


def test_what_is_not_booked_yet_is_left_out() -> None:
    lines = read(sample("commerzbank_camt053_08.xml"), "EUR").lines
    assert [line.purpose for line in lines if "Not booked" in line.purpose] == []


@pytest.mark.parametrize("name", sorted(set(FACTS) - {"bereke_utf16.csv"}))
def test_no_half_file_is_read(name: str) -> None:
    """A file that was cut is refused, unless what is left is whole in itself: then its lines and balances agree."""
    data, currency = sample(name), CURRENCY.get(name, "KZT")
    whole = read(data, currency)
    step = max(1, len(data) // 300)
    alone = name.startswith("kaspi") or name.endswith(".xml")
    for end in range(len(data) - 1, 10, -step):
        try:
            part = read(data[:end], currency)
        except DomainError:
            continue
        assert part.lines == (whole.lines if alone else whole.lines[: len(part.lines)])
        if len(part.lines) == 1 and part.opening is None:
            continue  # one line with its balance: there is nothing to compare
        assert part.opening == whole.opening
        assert part.closing == part.opening + _sum(part.lines, currency)  # type: ignore[operator]


def _sum(lines: tuple[statements.StatementLine, ...], currency: str) -> Money:
    return Money(sum(line.amount.minor for line in lines), currency)


def test_a_half_file_says_so() -> None:
    half = sample("sparkasse.sta")[:700]
    assert refused(half, "EUR") == (
        "statement_cut_off",
        "This file is cut off: its end is missing. Nothing was imported. Download the statement from the bank again.",
    )
    assert refused(sample("commerzbank_camt053_08.xml")[:1500], "EUR")[0] == "statement_cut_off"
    assert refused(sample("kaspi_pay.xlsx")[:3000])[0] == "statement_cut_off"
    assert refused(sample("kaspi_pay.csv")[:-40])[0] == "statement_cut_off"


def test_a_line_that_is_missing_is_noticed_by_the_balances() -> None:
    lines = sample("kaspi_pay.csv").splitlines(keepends=True)
    assert refused(b"".join(lines[:8] + lines[9:]))[0] == "statement_balances"
    halyk = sample("halyk_windows1251.csv").splitlines(keepends=True)
    code, message = refused(b"".join(halyk[:4] + halyk[5:]))
    assert (code, "at row 5" in message) == ("statement_balances", True)
    camt = sample("commerzbank_camt053_08.xml").replace(b">50.00<", b">51.00<")
    assert refused(camt, "EUR")[0] == "statement_balances"
    assert refused(sample("sparkasse.sta").replace(b"CR150,00", b"CR151,00"), "EUR")[0] == "statement_balances"


@pytest.mark.parametrize("encoding", ["koi8-r", "cp866", "mac-cyrillic", "iso8859-5"])
def test_a_wrong_encoding_is_refused_in_words(encoding: str) -> None:
    text = sample("halyk_windows1251.csv").decode("cp1251")
    code, message = refused(text.encode(encoding))
    assert (code, "encoding is none that we know" in message) == ("statement_encoding", True)


def test_kazakh_letters_of_one_byte_are_read() -> None:
    text = sample("kaspi_pay.csv").decode("utf-8-sig").replace("₸", "")
    assert read(text.encode("kz1048")).lines[0].counterparty == "Айгүл Серікқызы Әбенова"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_same_table_is_read_in_every_unicode(encoding: str) -> None:
    text = sample("bereke_utf16.csv").decode("utf-16")
    assert read(text.encode(encoding)).lines == read(sample("bereke_utf16.csv")).lines


def test_lost_letters_are_not_taken_for_letters() -> None:
    assert refused("Дата;Сумма;Детали\n01.11.2026;5,00;�мек\n".encode())[0] == "statement_encoding"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "statement_empty"),
        (b" \r\n ", "statement_empty"),
        (b"%PDF-1.7 statement", "statement_pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "statement_old_excel"),
        (b"PK\x03\x04 not really", "statement_cut_off"),
        (b"<html><body>Sign in</body></html>", "statement_not_camt053"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"/>', "statement_not_camt053"),
        (b"Dear treasurer", "statement_columns"),
        (b":20:x\n:25:y\n" + b"{1:" * 1_000_000, "statement_cut_off"),
        (b":20:x\n:25:y\n" + b":20:\n" * 30_000, "statement_too_long"),
        (b"x" * (5 * 1024 * 1024 + 1), "statement_too_big"),
    ],
)
def test_what_is_no_statement_is_refused(data: bytes, code: str) -> None:
    assert refused(data)[0] == code


def test_xml_with_entities_or_depth_is_not_unfolded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert refused(bomb)[0] == "statement_damaged"
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    assert refused(outside)[0] == "statement_damaged"
    assert refused(b"<a>" * 50_000)[0] == "statement_too_big"


def test_a_workbook_that_unfolds_too_far_is_not_opened() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", bytes(70 * 1024 * 1024))
    assert refused(archive.getvalue())[0] == "statement_too_big"
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as packed:
        packed.writestr("statement.xml", "<x/>")
    assert refused(plain.getvalue())[0] == "statement_archive"


def test_too_many_lines_are_refused() -> None:
    table = "date;amount;purpose\n" + "01.11.2026;1,00;x\n" * 20_001
    assert refused(table.encode())[0] == "statement_too_long"


def test_a_row_that_cannot_be_read_is_named() -> None:
    table = "date;amount;purpose\n01.11.2026;1,00;x\n32.11.2026;1,00;x\n03.11.2026;1,00;x\n"
    code, message = refused(table.encode())
    assert (code, "Row 3" in message, "32.11.2026" in message) == ("statement_row", True, True)
    code, message = refused(table.replace("32.", "02.").replace("1,00;x\n03", "abc;x\n03").encode())
    assert (code, "Row 3" in message, "abc" in message) == ("statement_row", True, True)
    other = table.replace("32.", "02.").replace("purpose", "currency").replace(";x", ";USD")
    code, message = refused(other.encode())
    assert (code, "Row 2 is in USD" in message) == ("statement_row", True)
    broken = sample("sparkasse.sta").replace(b":61:2611041104CR", b":61:26110411X4CR")
    assert refused(broken, "EUR") == (
        "statement_row",
        "Line 7 of the file cannot be read. Nothing was imported.",
    )


def test_a_currency_that_no_ledger_holds_is_refused() -> None:
    strange = sample("sparkasse_camt053_02.xml").replace(b'"EUR"', b'"XAU"')
    assert refused(strange, "EUR") == ("statement_currency", "The currency XAU cannot be held here.")


def test_another_account_or_currency_is_refused() -> None:
    opened = statements.open_file(sample("commerzbank_camt053_08.xml"))
    assert isinstance(opened, list)
    for number, currency, code in (
        ("DE12500105175407324931", "EUR", "statement_other_account"),
        ("DE89370400440532013000", "KZT", "statement_currency_differs"),
    ):
        with pytest.raises(DomainError) as caught:
            statements.joined(opened, number=number, currency=currency)
        assert caught.value.code == code
    del opened[0]
    opened.append(opened[0])
    with pytest.raises(DomainError) as caught:
        statements.joined(opened, number="DE89370400440532013000", currency="EUR")
    assert caught.value.code == "statement_gap"


def test_a_german_statement_names_the_iban_by_bank_code_and_number() -> None:
    opened = statements.open_file(sample("sparkasse.sta"))
    assert isinstance(opened, list)
    found = statements.joined(opened, number="DE12 5001 0517 5407 3249 31", currency="EUR")
    assert len(found.lines) == 5


def test_two_equal_lines_on_one_day_are_two_lines_in_every_statement() -> None:
    lines = read(sample("kaspi_pay.csv")).lines
    marks = statements.fingerprints(lines)
    assert (lines[1].amount, lines[1].purpose) == (lines[2].amount, lines[2].purpose)
    assert len(set(marks)) == 5
    # An overlapping statement that begins later gives the same lines the same marks.
    assert statements.fingerprints(lines[1:]) == marks[1:]
    twins = [lines[1]] * 3
    assert len(set(statements.fingerprints(twins))) == 3
    assert statements.fingerprints(twins[:2]) == statements.fingerprints(twins)[:2]


def test_remembered_columns_serve_the_same_kind_of_table_alone() -> None:
    rows = xlsx_rows(sample("kaspi_pay.xlsx"))
    kept = statements.remembered(rows, statements.guessed(rows))
    longer = [*rows[:2], (None,), *rows[2:]]
    found = statements.recalled(longer, kept)
    assert found is not None
    assert (found.header, found.credit) == (6, 3)
    other = [tuple("другое" if cell == "Кредит" else cell for cell in row) for row in rows]
    assert statements.recalled(other, kept) is None
