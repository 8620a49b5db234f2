"""Pure arithmetic of double entry: what a well-formed posting is.

A debit is positive, a credit negative. Nothing here may know the database, the clock or a payment provider.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.money import Money
from funds.ledger.states import AccountCode, Kind

FEWEST_LINES = 2


class UnbalancedError(ValueError):
    """Entries that do not sum to zero per currency, or fewer than two of them, or a zero amount."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry to be: `amount` positive debits the account, negative credits it."""

    code: AccountCode
    amount: Money
    earmark: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A transaction to be. `key` names the event for ever: the same key is booked once."""

    fund: UUID
    kind: Kind
    effective_date: date
    key: str
    lines: tuple[Line, ...]
    memo: str = ""
    subject: UUID | None = None
    reverses: UUID | None = None
    hold: UUID | None = None  # the reservation that this payment uses up
    # What names a person: the log gets keyed commitments to it, never the value itself.
    personal: tuple[tuple[str, str], ...] = ()
    late: bool = False  # it happened outside, so it must be booked: a closed period's day becomes the first open one

    def __post_init__(self) -> None:
        if len(self.lines) < FEWEST_LINES:
            raise UnbalancedError("a transaction has at least two entries")
        totals: dict[str, int] = defaultdict(int)
        for line in self.lines:
            if line.amount.minor == 0:
                raise UnbalancedError("an entry is never zero")
            totals[line.amount.currency] += line.amount.minor
        off = {currency: total for currency, total in totals.items() if total}
        if off:
            raise UnbalancedError(f"off by {off}")
