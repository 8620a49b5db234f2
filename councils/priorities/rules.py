"""What makes a council's list of priorities fit to be published: places without gaps, reasons where it departs.

A departure is a place outside the ranks that the evidence allows (`indicators.rules.ranking`). Nothing here may decide
whether a reason is good: everybody reads it and judges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from councils.indicators.rules.needs_order import Place
from councils.indicators.rules.ranking import departures

SHORTEST_REASON = 20  # letters: dots and blanks say nothing
LONGEST_REASON = 600


class Fault(StrEnum):
    """Why a list cannot be published."""

    EMPTY = "places_missing"
    GAP = "places_gap"
    UNKNOWN = "unknown_need"
    NO_REASON = "reason_missing"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the council says about one need: its place (None: not on the list) and why, in words."""

    need: str
    place: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A need of the list beside the evidence, or one that the list leaves out against it (`place` None).

    `best`, `worst` and `evidence` (its place by evidence) are None where the evidence says nothing.
    """

    need: str
    place: int | None
    reason: str
    evidence: int | None
    best: int | None
    worst: int | None
    departs: bool


def faults(*, entries: Sequence[Entry], order: Sequence[Place], known: Sequence[str]) -> list[tuple[Fault, str]]:
    """What is wrong with a list, each with the need that it is about ("" for the list). None: it may be published."""
    placed = [one for one in entries if one.place is not None]
    if not placed:
        return [(Fault.EMPTY, "")]
    found = [(Fault.UNKNOWN, one.need) for one in placed if one.need not in known]
    wanted = set(range(1, len(placed) + 1))
    seen: set[int] = set()
    for one in placed:
        if one.place not in wanted or one.place in seen:
            found.append((Fault.GAP, one.need))
        seen.add(one.place or 0)
    if found:
        return found
    return [
        (Fault.NO_REASON, one.need)
        for one in judged(entries=entries, order=order)
        if one.departs and sum(map(str.isalpha, one.reason)) < SHORTEST_REASON
    ]


def judged(*, entries: Sequence[Entry], order: Sequence[Place]) -> list[Judged]:
    """The list in its order beside the evidence, then what it leaves out against the evidence."""
    said: Mapping[str, Entry] = {one.need: one for one in entries}
    decided = [one.need for one in sorted(entries, key=lambda one: one.place or 0) if one.place is not None]
    evidence = {one.need: one for one in order}
    departed = [one.need for one in departures(order=order, decided=decided)]
    left_out = [need for need in departed if need not in decided]
    found = []
    for need in (*decided, *left_out):
        one, entry = evidence.get(need), said.get(need, Entry(need, None))
        found.append(
            Judged(
                need=need,
                place=entry.place,
                reason=" ".join(entry.reason.split()),
                evidence=one.place if one else None,
                best=one.best if one else None,
                worst=one.worst if one else None,
                departs=need in departed,
            )
        )
    return found
