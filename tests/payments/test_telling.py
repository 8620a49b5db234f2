"""What readers could work out from sums of lines and of transfers: whatever is told, no sum of one or two gifts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from funds.payments.rules.telling import GOING, HERE, Cell, tells_nothing

LEAST = 3
PRIME = 2**61 - 1
Known = list[list[int]]


def cells(line_of: Sequence[int], column_of: Sequence[str]) -> list[Cell]:
    """Each gift by its line and by what carries it."""
    found = Counter((f"{line}", column) for line, column in zip(line_of, column_of, strict=True))
    return [Cell(line, column, number, number) for (line, column), number in found.items()]


def rank(rows: Iterable[Sequence[int]]) -> int:
    """How many of these sums say something that the others do not."""
    left, found = [list(row) for row in rows], 0
    for place in range(len(left[0]) if left else 0):
        pivot = next((row for row in left if row[place]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        found += 1
        inverse = pow(pivot[place], -1, PRIME)
        left = [
            [(one - row[place] * inverse * other) % PRIME for one, other in zip(row, pivot, strict=True)]
            for row in left
        ]
    return found


def told_of(known: Known, gifts: tuple[int, ...], number: int) -> int:
    """How many sums of these gifts alone readers can work out: the dimension of what they know within those."""
    alone = [[int(place == gift) for place in range(number)] for gift in gifts]
    return rank(known) + len(gifts) - rank([*known, *alone])


def of_groups(groups: Sequence[object]) -> Known:
    """One sum a group."""
    return [[int(one == group) for one in groups] for group in dict.fromkeys(groups)]


@given(
    gifts=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=3, max_size=14),
    least=st.just(LEAST),
)
def test_no_sum_of_fewer_gifts_can_be_worked_out(gifts: list[tuple[int, int]], least: int) -> None:
    lines, carried = [line for line, _ in gifts], [payout for _, payout in gifts]
    told: dict[int, str] = {}
    for payout in range(5):  # the last one has not left
        for first in range(payout + 1):
            going = {one for one in range(first, payout + 1) if one not in told}
            columns = [GOING if one in going else told.get(one, HERE) for one in carried]
            if going and tells_nothing(cells(lines, columns), least=least):
                told |= dict.fromkeys(going, f"told {payout}")
                break
    told_columns = [told.get(one, HERE) for one in carried]
    of_lines = of_groups(lines)
    everything = [*of_lines, *of_groups(told_columns)]
    for number in range(1, least):
        for few in combinations(range(len(gifts)), number):
            before, after = (told_of(known, few, len(gifts)) for known in (of_lines, everything))
            assert after == before, (few, told)


def test_whole_lines_are_told_at_once_and_one_gift_beyond_them_is_not() -> None:
    assert tells_nothing(cells([1, 1, 1], [GOING] * 3), least=LEAST)
    assert tells_nothing(cells([1], [GOING]), least=LEAST)  # a lone gift's own line tells it already
    assert not tells_nothing(cells([1, 1, 1], [GOING, GOING, HERE]), least=LEAST)
    assert not tells_nothing(cells([1, 1, 1, 2, 2, 2], [GOING] * 4 + [HERE] * 2), least=LEAST)
    # What an earlier transfer carried of the same line hides nothing.
    assert not tells_nothing(cells([1, 1, 1], ["earlier", GOING, HERE]), least=LEAST)
    assert tells_nothing(cells([1, 1, 1], ["earlier", GOING, GOING]), least=LEAST)


def test_three_gifts_that_part_are_enough_and_refunds_do_not_count() -> None:
    parted = cells([1, 1, 2, 2, 3, 3], [GOING, HERE] * 3)
    assert tells_nothing(parted, least=LEAST)
    assert not tells_nothing(parted, least=LEAST + 1)
    back = [Cell("1", GOING, 1, 0), *(one for one in parted if (one.line, one.column) != ("1", GOING))]
    assert not tells_nothing(back, least=LEAST)
