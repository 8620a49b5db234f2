"""The trial balance of a fund: every account with its balance as of a day, debits against credits per currency.

It is read from the balance that each line left behind, so it costs as much as there are accounts, not lines.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common.money import CURRENCIES
from funds.ledger.queries.books import Book, in_order
from funds.ledger.queries.periods import edge_of, span_of
from funds.ledger.queries.prepared import fetch
from funds.ledger.states import AccountCode, AccountType


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account and its balance in minor units: positive is a debit, negative a credit."""

    book: Book
    balance_minor: int

    @property
    def debit_minor(self) -> int:
        return max(self.balance_minor, 0)

    @property
    def credit_minor(self) -> int:
        return max(-self.balance_minor, 0)


@dataclass(frozen=True, slots=True)
class Trial:
    """All accounts of one currency."""

    currency: str
    lines: list[TrialLine]

    @property
    def debit_minor(self) -> int:
        return sum(line.debit_minor for line in self.lines)

    @property
    def credit_minor(self) -> int:
        return sum(line.credit_minor for line in self.lines)

    @property
    def balances(self) -> bool:
        """Whether debits and credits are the same to the last tiyn."""
        return self.debit_minor == self.credit_minor


_BALANCES = """SELECT a.id, a.code, a.type, a.currency, a.earmark_id, coalesce(m.label, ''), l.balance_after
  FROM ledger_account a LEFT JOIN ledger_earmark m ON m.id = a.earmark_id
 CROSS JOIN LATERAL (SELECT balance_after FROM ledger_entry e
                      WHERE e.account_id BETWEEN a.id AND a.id AND e.id <= $2::bigint
                      ORDER BY e.account_id DESC, e.id DESC LIMIT 1) l
 WHERE a.fund_id = $1::uuid"""


def balances_at(*, fund_id: UUID, entry: int) -> list[TrialLine]:
    """Every account that had a line up to the entry with this id, in order. One query."""
    return _sorted(fetch(_BALANCES, [fund_id, entry]))


def _sorted(rows: list[tuple[Any, ...]]) -> list[TrialLine]:
    found = [TrialLine(Book(row[0], AccountCode(row[1]), AccountType(row[2]), *row[3:6]), row[6]) for row in rows]
    return sorted(found, key=lambda line: in_order(line.book))


def _by_currency(lines: list[TrialLine]) -> list[Trial]:
    by_currency = {currency: [line for line in lines if line.book.currency == currency] for currency in CURRENCIES}
    return [Trial(currency, found) for currency, found in by_currency.items() if found]


def trial_balance(*, fund_id: UUID, on: date) -> tuple[int, list[Trial]]:
    """The number of the last line booked by the end of the day `on` (in Kazakhstan), and one Trial per currency."""
    seq = span_of(fund_id=fund_id, until=on).last
    lines = balances_at(fund_id=fund_id, entry=edge_of(fund_id=fund_id, seq=seq))
    return seq, _by_currency(lines)


_CLOSING = """SELECT a.id, a.code, a.type, a.currency, a.earmark_id, coalesce(m.label, ''), t.balance
  FROM ledger_trial($1::uuid, $2::date) t JOIN ledger_account a ON a.id = t.account_id
  LEFT JOIN ledger_earmark m ON m.id = a.earmark_id"""


def closing_trial(*, fund_id: UUID, ends: date) -> list[Trial]:
    """The trial balance that closing up to `ends` would put into the public log: by the day that each line is dated,
    not the day of its booking. It reads every entry of the fund, so it is for the treasurer's page alone."""
    return _by_currency(_sorted(fetch(_CLOSING, [fund_id, ends])))
