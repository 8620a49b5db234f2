"""What a giver chooses from, and what makes two sendings of a form the same gift. Pure."""

from typing import Final
from uuid import UUID, uuid5

# What most people give, in minor units; every other amount can be typed.
SUGGESTED: Final = {
    "KZT": (2_000_00, 5_000_00, 10_000_00, 50_000_00),
    "EUR": (10_00, 25_00, 50_00, 100_00),
    "USD": (10_00, 25_00, 50_00, 100_00),
}


def submission_key(nonce: UUID, content: str) -> UUID:
    """The identity of one sending: the same form sent twice is one gift, the same form with other content another."""
    return uuid5(nonce, content)
