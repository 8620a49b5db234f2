"""Who has a vote in a council, and how many must be there. Pure: people come in as ids, days as days.

Never count a quorum from the seats that happen to be filled: it is counted from all seats.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from users.states import Role

# The secretary keeps the roll and the minutes. A secretary with a seat is appointed as a council member as well.
VOTING_ROLES = (Role.CHAIR, Role.COUNCILLOR)


@dataclass(frozen=True, slots=True)
class Seat:
    """One current appointment to a council: whose, and as what."""

    appointment_id: UUID
    user_id: UUID
    role: str


def quorum(seats: int, share: float) -> int:
    """How many members must be present: `share` of all seats, rounded up (2/3 of 9 is 6, of 10 is 7).

    The share is read as the nearest fraction with a small denominator, so that 0.6667 of 3 seats is 2 and not 3.
    """
    return max(1, math.ceil(seats * Fraction(share).limit_denominator(100)))


def seats_with_a_vote(seats: Iterable[Seat]) -> list[Seat]:
    """Those who vote: one seat per person, as chair when somebody is both. Order is kept, the chair first."""
    by_person: dict[UUID, Seat] = {}
    for seat in sorted(seats, key=lambda seat: seat.role != Role.CHAIR):
        if seat.role in VOTING_ROLES:
            by_person.setdefault(seat.user_id, seat)
    return list(by_person.values())
