"""What a statement tells once it is read, how large one may be, and how a refusal is worded.

Nothing here may guess: a file that is damaged, cut off or of another account is refused with the place and what to do.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import CURRENCIES, EXPONENTS, Money
from funds.payments.states import StatementFormat

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_LINES: Final = 20_000
MAX_COLUMNS: Final = 60
LARGEST_MINOR: Final = 2**53 - 1

CUT_OFF: Final = _(
    "This file is cut off: its end is missing. Nothing was imported. Download the statement from the bank again."
)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One booked line; `amount` above zero came in. `row`: its place in the file, for refusals and for the preview."""

    booked_date: date
    amount: Money
    counterparty: str
    counterparty_number: str
    purpose: str
    bank_reference: str
    row: int


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One account's lines as the file has them. `account` is "" and balances are None where the format has none."""

    format: StatementFormat
    account: str
    opening: Money | None
    closing: Money | None
    lines: tuple[StatementLine, ...]


def refusal(code: str, sentence: Promise, **facts: object) -> DomainError:
    """A refusal of the file in words; `facts` fill the sentence's named places."""
    return DomainError(code, str(sentence) % facts if facts else sentence, field="file")


def cut_off() -> DomainError:
    return refusal("statement_cut_off", CUT_OFF)


def bounded(number: int) -> None:
    """Refuse more lines than one import takes."""
    if number > MAX_LINES:
        raise refusal(
            "statement_too_long",
            _("This statement has more than %(limit)s lines. Download it in shorter periods."),
            limit=MAX_LINES,
        )


def words(*parts: str | None, limit: int) -> str:
    """Texts of a bank in one line: blanks become single, signs that nobody sees go, cut at `limit` characters."""
    joined = " ".join(part for part in parts if part)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in joined).split())[:limit]


def known_currency(code: str) -> str:
    """The currency, if a ledger can hold it."""
    if code not in CURRENCIES:
        raise refusal("statement_currency", _("The currency %(currency)s cannot be held here."), currency=code)
    return code


def decimals_of(currency: str) -> int:
    return EXPONENTS[currency]


def check_balances(*, opening: Money | None, closing: Money | None, lines: Iterable[StatementLine]) -> None:
    """Refuse a statement whose lines do not lead from its opening to its closing balance: something is missing."""
    if opening is None or closing is None:
        return
    moved = sum(line.amount.minor for line in lines)
    if opening.minor + moved != closing.minor:
        raise refusal(
            "statement_balances",
            _(
                "The lines of this statement do not lead from its opening balance to its closing balance, so something"
                " is missing. Nothing was imported. Download the statement from the bank again."
            ),
        )


def fingerprints(lines: Sequence[StatementLine]) -> list[str]:
    """One SHA-256 per line, the same in every statement that has the line.

    Two lines that are equal in all they tell are two lines: the second one of a day is told apart by its number.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    marks = []
    for line in lines:
        told = (
            line.booked_date.isoformat(),
            line.amount.minor,
            line.amount.currency,
            line.counterparty.casefold(),
            line.counterparty_number.replace(" ", ""),
            line.purpose.casefold(),
            line.bank_reference,
        )
        seen[told] += 1
        whole = "\x1f".join([*map(str, told), str(seen[told])])
        marks.append(hashlib.sha256(whole.encode()).hexdigest())
    return marks
