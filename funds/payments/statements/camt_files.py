"""CAMT.053 in the versions that banks send (001.02 to 001.08 and later ones of the same shape): booked entries alone.

The XML is read without DTD, entities or addresses, no deeper and no longer than a statement is.
"""

import io
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from django.utils.translation import gettext_lazy as _

from common.money import Money
from funds.payments.statements.cells import amount_of_cell
from funds.payments.statements.facts import (
    ParsedStatement,
    StatementLine,
    bounded,
    check_balances,
    cut_off,
    known_currency,
    refusal,
    words,
)
from funds.payments.states import StatementFormat

_DEEPEST: Final = 40
_AMOUNT: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,17})?")
_MOST_ELEMENTS: Final = 1_500_000
_NAMESPACE: Final = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d{2}\}Document")
_SISTER: Final = re.compile(r"camt\.05[24]\.")
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)


def read_camt(data: bytes) -> list[ParsedStatement]:
    """Every statement of the file. Raises `DomainError`: statement_cut_off, statement_row, statement_balances ..."""
    _refuse_deep(data)
    root = fromstring(data, forbid_dtd=True)
    if not _NAMESPACE.fullmatch(root.tag):
        if _SISTER.search(root.tag):
            raise refusal(
                "statement_not_camt053",
                _("This file tells single movements and no whole statement. Download CAMT.053 from the bank."),
            )
        raise refusal("statement_not_camt053", _("This XML file is no CAMT.053 statement. Nothing was imported."))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    statements = root.findall("BkToCstmrStmt/Stmt")
    if not statements:
        raise refusal("statement_empty", _("This statement has no lines. There is nothing to import."))
    parsed: list[ParsedStatement] = []
    rows = 0
    for statement in statements:
        parsed.append(_statement(statement, rows))
        rows += len(parsed[-1].lines)
        bounded(rows)
    return parsed


def _refuse_deep(data: bytes) -> None:
    """Read once without keeping anything: well-formed to its end, no DTD, neither deep nor endless."""
    depth = count = 0
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth, count = depth + 1, count + 1
                if depth > _DEEPEST or count > _MOST_ELEMENTS:
                    raise refusal("statement_too_big", _("This XML file is no statement: it is too deep or too long."))
            else:
                depth -= 1
                element.clear()
    except ParseError as error:
        if "no element found" in str(error) or "unclosed" in str(error):
            raise cut_off() from error
        raise refusal(
            "statement_damaged",
            _("This XML file is damaged at line %(row)s. Nothing was imported. Download it from the bank again."),
            row=error.position[0],
        ) from error
    except (DefusedXmlException, LookupError, ValueError) as error:
        raise refusal("statement_damaged", _("This XML file holds what no statement holds. It is not read.")) from error


def _text(element: Element | None, path: str) -> str:
    return "" if element is None else " ".join(filter(None, (one.text for one in element.findall(path)))).strip()


def _first(element: Element, paths: Iterable[str]) -> str:
    return next((found for found in (_text(element, path) for path in paths) if found), "")


def _money(element: Element | None, row: int) -> Money:
    if element is None:
        raise _unreadable(row)
    currency, told = known_currency(element.get("Ccy", "")), (element.text or "").strip()
    # The standard's amounts have digits and a point alone; which way the money went is told beside them.
    found = amount_of_cell(Decimal(told), currency) if _AMOUNT.fullmatch(told) else None
    if found is None:
        raise _unreadable(row, told)
    return found


def _unreadable(row: int, told: str = "") -> Exception:
    if told and row:
        sentence = _("Entry %(row)s of the file has an amount that is none: “%(told)s”. Nothing was imported.")
        return refusal("statement_row", sentence, row=row, told=told[:40])
    if not row:
        sentence = _("A balance of the file cannot be read: “%(told)s”. Nothing was imported.")
        return refusal("statement_row", sentence, told=told[:40])
    return refusal("statement_row", _("Entry %(row)s of the file cannot be read. Nothing was imported."), row=row)


def _signed(amount: Money, mark: str, row: int) -> Money:
    if mark not in ("CRDT", "DBIT"):
        raise _unreadable(row)
    return amount if mark == "CRDT" else -amount


def _statement(statement: Element, rows: int) -> ParsedStatement:
    account = _first(statement, ("Acct/Id/IBAN", "Acct/Id/Othr/Id"))
    opening, closing = _balance(statement, _OPENING), _balance(statement, _CLOSING)
    if (opening is None) != (closing is None):
        raise cut_off()
    lines: list[StatementLine] = []
    for entry in statement.findall("Ntry"):
        if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) in ("", "BOOK"):
            lines.extend(_lines(entry, rows + len(lines) + 1))
    check_balances(opening=opening, closing=closing, lines=lines)
    return ParsedStatement(StatementFormat.CAMT053, account, opening, closing, tuple(lines))


def _balance(statement: Element, codes: tuple[str, ...]) -> Money | None:
    for code in codes:
        for balance in statement.findall("Bal"):
            if _text(balance, "Tp/CdOrPrtry/Cd") == code:
                return _signed(_money(balance.find("Amt"), 0), _text(balance, "CdtDbtInd"), 0)
    return None


def _lines(entry: Element, row: int) -> list[StatementLine]:
    """One line an entry; a batch that tells its members, and tells them whole, is its members.

    `CdtDbtInd` of a reversal already says which way the money went now.
    """
    whole = _signed(_money(entry.find("Amt"), row), _text(entry, "CdtDbtInd"), row)
    told = _first(entry, ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"))[:10]
    try:
        booked = date.fromisoformat(told)
    except ValueError as error:
        raise _unreadable(row) from error
    details = entry.findall("NtryDtls/TxDtls")
    if len(details) > 1:
        amounts = [_member_amount(one, entry, row) for one in details]
        known = [amount for amount in amounts if amount is not None and amount.currency == whole.currency]
        if len(known) == len(details) and sum(one.minor for one in known) == whole.minor:
            return [
                _line(entry, one, booked, amount, row + at)
                for at, (one, amount) in enumerate(zip(details, known, strict=True))
            ]
    return [_line(entry, details[0] if details else None, booked, whole, row, alone=len(details) <= 1)]


def _member_amount(detail: Element, entry: Element, row: int) -> Money | None:
    found = detail.find("Amt")
    if found is None:
        found = detail.find("AmtDtls/TxAmt/Amt")
    if found is None:
        return None
    return _signed(_money(found, row), _text(detail, "CdtDbtInd") or _text(entry, "CdtDbtInd"), row)


def _is_reversal(entry: Element) -> bool:
    return _text(entry, "RvslInd") in ("true", "1")


def _line(
    entry: Element, detail: Element | None, booked: date, amount: Money, row: int, *, alone: bool = True
) -> StatementLine:
    # Whoever the money came from or went to; of a reversal the bank tells the parties of what is taken back.
    side = "Dbtr" if (amount.minor > 0) != _is_reversal(entry) else "Cdtr"
    facts = detail if detail is not None and alone else Element("TxDtls")
    name = _first(facts, (f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm"))
    number = _first(facts, (f"RltdPties/{side}Acct/Id/IBAN", f"RltdPties/{side}Acct/Id/Othr/Id"))
    end_to_end = _text(facts, "Refs/EndToEndId")
    purpose = words(
        "(R)" if _is_reversal(entry) else "",
        _text(facts, "RmtInf/Ustrd"),
        _text(facts, "RmtInf/Strd/CdtrRefInf/Ref"),
        "" if end_to_end == "NOTPROVIDED" else end_to_end,
        limit=500,
    )
    return StatementLine(
        booked_date=booked,
        amount=amount,
        counterparty=words(name, limit=200),
        counterparty_number=words(number, limit=40),
        purpose=purpose or words(_text(facts, "AddtlTxInf"), _text(entry, "AddtlNtryInf"), limit=500),
        bank_reference=words(_first(facts, ("Refs/AcctSvcrRef",)) or _text(entry, "AcctSvcrRef"), limit=80),
        row=row,
    )
