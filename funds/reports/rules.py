"""Comparing two sides that tell of the same money. Pure: whole minor units, nothing is rounded, tolerated or hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from funds.reports.states import Hop


@dataclass(frozen=True, slots=True)
class Compared:
    """One hop in one currency, in minor units. `remainder` is what nobody has explained; it should be zero."""

    hop: Hop
    currency: str
    outside: int
    ours: int
    fund: UUID | None = None
    subject: str = ""
    under_way: int = 0
    items_open: int = 0
    oldest_open: date | None = None

    @property
    def remainder(self) -> int:
        """What the outside tells beyond ours."""
        return self.outside - self.ours


def card(*, balance: Mapping[str, int], movements: Mapping[str, int], unpublished: Mapping[str, int]) -> list[Compared]:
    """The processor's own balance against the sum of its movements that we know; all by currency."""
    found = []
    for currency in sorted(balance.keys() | movements.keys()):
        hidden = unpublished.get(currency, 0)
        found.append(
            Compared(Hop.CARD, currency, balance.get(currency, 0) - hidden, movements.get(currency, 0) - hidden)
        )
    return found


def ledgers(
    *,
    movements: Mapping[str, int],
    unpublished: Mapping[str, int],
    booked: Mapping[str, int],
    under_way: Mapping[str, int],
    waiting: Mapping[str, tuple[int, date]],
) -> list[Compared]:
    """The movements against what all funds' ledgers say of the card account.

    `booked` is the ledgers' sum, `under_way` the part of it whose movement has not been told yet, `waiting` the number
    and the oldest day of movements that nobody could book.
    """
    found = []
    for currency in sorted(movements.keys() | booked.keys() | under_way.keys()):
        number, oldest = waiting.get(currency, (0, None))
        found.append(
            Compared(
                Hop.LEDGER,
                currency,
                movements.get(currency, 0) - unpublished.get(currency, 0),
                booked.get(currency, 0) - under_way.get(currency, 0),
                under_way=under_way.get(currency, 0),
                items_open=number,
                oldest_open=oldest,
            )
        )
    return found
