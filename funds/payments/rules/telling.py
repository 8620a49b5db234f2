"""Whether the sum of transfers to the bank would tell a gift without a public name. Pure: counts alone, no sum.

Readers know two kinds of sums of such gifts: of the lines that book them together, and of the transfers that carry
them. Each gift is in one line, and in one transfer or still on the card account, so what readers can work out are the
sums across cuts of the graph whose ends are lines and transfers and whose edges are gifts. A transfer is told when
every cut that it adds is of `least` gifts or more, or of none.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

GOING: Final = "going"
"""The transfers that are asked about, together."""
HERE: Final = "here"
"""What is on the card account still, or in transfers that are not told."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Movements of one common line of the ledger that one column of transfers carries.

    `gifts` is how many of them are gifts of which nothing went back: a gift and its refund are one unknown sum.
    """

    line: str
    column: str
    movements: int
    gifts: int


def tells_nothing(cells: Iterable[Cell], *, least: int) -> bool:
    """Whether the sum of what is GOING tells no sum of fewer than `least` gifts beyond what lines and earlier transfers
    tell. The cells of earlier transfers must be given; those told alone may be left out where no line reaches them.

    Either nothing joins it with what is HERE (its lines are whole, so its sum follows from theirs), or so many ways of
    one gift each do that no cut between them is smaller (Menger's theorem). By induction no other cut is smaller then.
    """
    room: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    joined: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        if not cell.movements:
            continue
        ends = f"line {cell.line}", f"column {cell.column}"
        for one, other in (ends, ends[::-1]):
            joined[one].add(other)
            room[one][other] += cell.gifts
    start, end = f"column {GOING}", f"column {HERE}"
    if not _way(joined, start, end):
        return True
    found = 0
    while found < least:
        open_ways = {one: {other for other, left in others.items() if left > 0} for one, others in room.items()}
        way = _way(open_ways, start, end)
        if not way:
            return False
        for one, other in pairwise(way):
            room[one][other] -= 1
            room[other][one] += 1
        found += 1
    return True


def _way(joined: Mapping[str, set[str]], start: str, end: str) -> list[str]:
    """The shortest way between two ends; empty where there is none."""
    came: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == end:
            way = [here]
            while came[way[-1]]:
                way.append(came[way[-1]])
            return way[::-1]
        for there in sorted(joined.get(here, ())):
            if there not in came:
                came[there] = here
                queue.append(there)
    return []
