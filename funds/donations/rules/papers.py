"""What stands on receipts and statements and can be told without asking anybody. Pure.

Numbers of receipts must never tell how many gifts there are without a public name, nor when one was made.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from common.ids import TICKET_ALPHABET

_LETTERS: Final = 8
LONGEST_PERIOD: Final = timedelta(days=366 * 10)


def receipt_number(*, slug: str, seq: int | None, gift: UUID) -> str:
    """`temirtau-17` for a gift with a line of the ledger of its own; else `temirtau-7KD4XM2T`, made from the gift's id.

    25^8 numbers: it names a gift to a person, the id names it to the database.
    """
    if seq is not None:
        return f"{slug}-{seq}"
    digest = sha256(b"receipt" + gift.bytes).digest()
    return f"{slug}-" + "".join(TICKET_ALPHABET[byte % len(TICKET_ALPHABET)] for byte in digest[:_LETTERS])


def opening_fields(count: int) -> list[str]:
    """The names of the sealed fields of gifts that are booked together, in order: gift_a ... gift_z, gift_aa ..."""
    names = []
    for place in range(count):
        letters, rest = "", place + 1
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("a") + letter) + letters
        names.append(f"gift_{letters}")
    return names


def year_of(day: date) -> tuple[date, date]:
    """The period of a statement that nobody chose: the year of `day` up to its last day."""
    return date(day.year, 1, 1), date(day.year, 12, 31)


def totals(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums per currency, in the order in which currencies first occur. Never across currencies."""
    sums: dict[str, int] = {}
    for currency, minor in amounts:
        sums[currency] = sums.get(currency, 0) + minor
    return sums
