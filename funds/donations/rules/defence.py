"""When payment pages are refused or asked for, and the question before them. Pure.

People who test stolen cards open many payment pages; a giver opens one or two. What is refused here must be possible
again within an hour, and the sentence must say so.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

HOUR: Final = timedelta(hours=1)
BURST: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=1)
QUICKEST: Final = timedelta(seconds=2)
"""Nobody reads and fills in a form faster."""
LASTS: Final = timedelta(days=1)
_LARGEST: Final = 9
# A quarter of a burst in refused cards is one as well: givers are seldom refused.
_REFUSED_PART: Final = 4


class Stop(StrEnum):
    """Why no further payment page is opened at the moment."""

    NETWORK = "too_many_from_network"
    EMAIL = "too_many_with_email"
    DECLINES = "declined_too_often"
    USED = "question_used"


@dataclass(frozen=True, slots=True)
class Load:
    """What was counted within the last hour, about one network and one address; `page`: pages of this form's number."""

    network: int
    email: int
    declines: int
    page: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many are let through within an hour, and refused cards that are too many."""

    network: int
    email: int
    declines: int


def stop_at(load: Load, limits: Limits, *, challenged: bool) -> Stop | None:
    """Why one more is refused, or None. One answered question opens one payment page."""
    if load.declines >= limits.declines:
        return Stop.DECLINES
    if load.network >= limits.network:
        return Stop.NETWORK
    if load.email >= limits.email:
        return Stop.EMAIL
    return Stop.USED if challenged and load.page else None


def is_burst(*, opened: int, declines: int, burst: int) -> bool:
    """Whether the last ten minutes look like a program: of all networks together. `burst` 0 switches it off."""
    return burst > 0 and (opened >= burst or declines >= max(1, burst // _REFUSED_PART))


def question_of(page: UUID, secret: bytes) -> tuple[int, int]:
    """The two numbers, each 1 to 9, that the form of this number asks to add up. Only the site can tell them before."""
    digest = sha256(secret + page.bytes).digest()
    return digest[0] % _LARGEST + 1, digest[1] % _LARGEST + 1


def is_answer(typed: str, numbers: tuple[int, int]) -> bool:
    """Whether what was typed is the sum, in digits of whatever script, with whatever spaces around."""
    text = typed.strip()
    return text.isdecimal() and len(text) < _LARGEST and int(text) == sum(numbers)
