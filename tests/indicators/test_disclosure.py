"""Hidden cells against a reader with a linear program: printed digits, margins, two releases, the smallest pattern."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.indicators.rules.disclosure import (
    DisclosureError,
    Release,
    Table,
    audit,
    crossed,
    printed_share,
    protect,
    rounded,
)


def table(counts: list[list[int]] | np.ndarray, k: int = 5) -> Table:
    cells = np.array(counts)
    rows, columns = ([f"{side}{n}" for n in range(size)] for side, size in zip("rc", cells.shape, strict=True))
    return crossed(counts=cells, rows=rows, columns=columns, k=k)


def hidden_inside(release: Release, rows: int, columns: int) -> list[list[int]]:
    grid = release.hidden.reshape(rows + 1, columns + 1)[:rows, :columns]
    return [[int(a), int(b)] for a, b in np.argwhere(grid)]


SIX = [[3, 20, 15, 4], [25, 4, 30, 40], [30, 35, 2, 20], [3, 40, 25, 1]]


def test_hiding_the_small_alone_hides_nothing() -> None:
    """Six small cells; row and column totals give each of them back."""
    six = table(SIX)
    alone = audit(release=Release.exact(table=six, hidden=six.sensitive))
    small = [one for one in alone if "all" not in one.name]
    assert len(small) == int(six.sensitive.sum()) == 6
    exact = [one for one in small if one.high - one.low < 1e-6]
    assert len(exact) >= 2
    assert audit(release=protect(table=six)) == ()


def test_a_square_protects_one_cell() -> None:
    release = protect(table=table([[3, 20, 50], [20, 30, 60], [50, 60, 70]]))
    assert hidden_inside(release, 3, 3) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert release.hidden.sum() == 4


def fewest(one: Table) -> int:
    """The smallest number of hidden cells that holds, by trying them all."""
    loose = np.flatnonzero(~one.sensitive & ~one.fixed)
    sizes: list[int] = []
    for choice in product([False, True], repeat=len(loose)):
        hidden = one.sensitive.copy()
        hidden[loose] = choice
        if (not sizes or hidden.sum() < min(sizes)) and audit(release=Release.exact(table=one, hidden=hidden)) == ():
            sizes.append(int(hidden.sum()))
    return min(sizes, default=0)


@pytest.mark.parametrize("counts", [[[3, 9], [12, 20]], [[0, 4, 9], [12, 6, 0]], [[2, 7, 30]]])
def test_no_pattern_is_smaller(counts: list[list[int]]) -> None:
    one = table(counts)
    assert int(protect(table=one).hidden.sum()) == fewest(one)


def test_nothing_small_hides_nothing() -> None:
    assert not protect(table=table([[9, 20], [30, 0]])).hidden.any()


def test_cross_breaks_take_their_own_threshold() -> None:
    counts = [[9, 20, 15], [25, 24, 30]]
    assert not protect(table=table(counts)).hidden.any()
    ten = protect(table=table(counts, k=10))
    assert ten.hidden[0]
    assert audit(release=ten) == ()


def test_printed_digits_can_betray_what_rounding_hid() -> None:
    """Total 200 printed as about 200 keeps a cell of 3 free; its share printed to 4 digits brings it back."""
    one = table([[3, 97], [40, 60]])
    hidden = one.sensitive.copy()
    hidden[[1, 3, 4, 2, 5, 6, 7]] = True
    base = rounded(release=Release.exact(table=one, hidden=hidden), cells=[8], step=5)
    assert (base.low[8], base.high[8]) == (197.5, 202.5)
    assert audit(release=base) == ()
    share = printed_share(table=one, part=[0], whole=[8], digits=4)
    told = Release(one, base.hidden, base.low, base.high, (share,))
    assert [betrayed.name for betrayed in audit(release=told)] == ["r0 x c0"]
    coarse = printed_share(table=one, part=[0], whole=[8], digits=1)
    assert audit(release=Release(one, base.hidden, base.low, base.high, (coarse,))) == ()


def test_the_reader_sees_what_rounding_leaves_of_a_sum() -> None:
    """A row of 3 and 20: 23 to the nearest 5 is 25, so the 3 lies between 2.5 and 7.5 and is betrayed all the same."""
    one = table([[3, 20], [40, 60]])
    release = Release.exact(table=one, hidden=one.sensitive)
    low = rounded(release=release, cells=[2, 6, 8], step=5)
    found = audit(release=low)
    assert [betrayed.cell for betrayed in found] == [0]
    assert found[0].low < 3 < found[0].high


def test_a_later_release_keeps_what_was_hidden() -> None:
    first = protect(table=table([[3, 20, 50], [20, 30, 60], [50, 60, 70]]))
    second = protect(table=table([[30, 40, 50], [40, 50, 60], [50, 60, 70]]), before=first, changed=87)
    assert np.all(second.hidden[first.hidden])
    assert audit(release=second, before=first) == ()


def test_a_cell_shown_before_cannot_be_hidden_by_hiding_it_now() -> None:
    """A zero became 3 after 9 more answers: the reader knows at most 9 were added, and of which row."""
    first = protect(table=table([[0, 20], [30, 40]]))
    assert not first.hidden.any()
    with pytest.raises(DisclosureError, match="unprotectable"):
        protect(table=table([[3, 21], [32, 43]]), before=first, changed=9)
    naive = protect(table=table([[3, 21], [32, 43]]))
    assert audit(release=naive) == ()
    assert "r0 x c0" in [one.name for one in audit(release=naive, before=first)]


def test_fewer_than_k_changes_are_not_released_anew() -> None:
    first = protect(table=table([[9, 20], [30, 40]]))
    with pytest.raises(DisclosureError, match="too_few: 4 answers changed"):
        protect(table=table([[9, 21], [32, 41]]), before=first, changed=4)
    assert not protect(table=table([[9, 22], [33, 40]]), before=first, changed=5).hidden.any()
    with pytest.raises(DisclosureError, match="changed: another table"):
        protect(table=table([[9, 22, 1], [33, 40, 1]]), before=first, changed=50)


def test_what_cannot_be_protected_is_refused() -> None:
    with pytest.raises(DisclosureError, match="unprotectable"):
        protect(table=table([[1, 1], [1, 1]]))
    with pytest.raises(ValueError, match="do not fit"):
        crossed(counts=np.ones((2, 2), dtype=np.int64), rows=["a"], columns=["b", "c"], k=5)


def two_releases(seed: int) -> bool:
    """A random table protected and released, then more answers. Whatever is released holds; True for two releases."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([2, 6, 15, 40], rng.integers(2, 5, 2)))
    k = int(rng.choice([5, 10]))
    try:
        first = protect(table=table(counts, k))
    except DisclosureError:
        return False
    assert audit(release=first) == ()
    added = rng.poisson(rng.choice([0.3, 1, 4], counts.shape))
    later = table(counts + added, k)
    try:
        second = protect(table=later, before=first, changed=int(added.sum()))
    except DisclosureError:
        return False
    assert np.all(second.hidden[first.hidden])
    # As printed: the total to 5, and the share of every open inner cell in it to three decimals.
    place = np.arange(later.size).reshape(counts.shape[0] + 1, -1)[:-1, :-1].ravel()
    shares = tuple(
        printed_share(table=later, part=[int(cell)], whole=[later.size - 1], digits=3)
        for cell in place
        if not second.hidden[cell] and later.values[-1] > 0
    )
    coarse = rounded(release=second, cells=[later.size - 1], step=5)
    printed = Release(later, second.hidden, coarse.low, coarse.high, shares)
    for release in (second, printed):
        assert audit(release=release, before=first) == ()
    return True


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6))
def test_no_hidden_cell_is_recovered_over_two_releases(seed: int) -> None:
    two_releases(seed)


@pytest.mark.soak
def test_no_hidden_cell_is_recovered_in_three_hundred_random_tables() -> None:
    assert sum(two_releases(seed) for seed in range(300)) > 120
