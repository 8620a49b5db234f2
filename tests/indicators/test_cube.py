"""Counting codes into the cube: by hand, against a plain loop, in any batches, and never from another version."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from councils.indicators.rules.cube import (
    ANSWERED,
    Counted,
    Cube,
    Kind,
    Layout,
    Question,
    add_batch,
    build,
    empty,
    from_rows,
    merge,
    to_rows,
)
from councils.indicators.rules.margins import CellSpace
from councils.indicators.rules.packed import from_bytes, to_bytes
from councils.indicators.rules.refusals import LayoutMismatchError

LAYOUT = Layout(
    questions=(
        Question("water", Kind.ONE, ("good", "bad")),
        Question("needs", Kind.MANY, ("roads", "jobs", "air")),
        Question("sex", Kind.ONE, ("female", "male")),
        Question("age", Kind.ONE, ("not_said", "old", "young")),
    ),
    space=CellSpace(("female", "male"), ("young", "old")),
)
# water, roads, jobs, air, sex, age
CODES = np.array(
    [
        [1, 1, 0, 1, 1, 3],
        [2, 0, 0, 0, 1, 2],
        [0, 0, 1, 0, 2, 2],
        [1, 1, 1, 1, 2, 1],
        [1, 0, 0, 1, 0, 3],
    ],
    dtype=np.int16,
)


def cells_of(codes: np.ndarray) -> np.ndarray:
    sex = LAYOUT.positions(codes=codes, question="sex", order=LAYOUT.space.sexes)
    age = LAYOUT.positions(codes=codes, question="age", order=LAYOUT.space.ages)
    return LAYOUT.space.cells_of(sex=sex, age=age)


def count(codes: np.ndarray) -> Cube:
    return build(layout=LAYOUT, codes=codes, cells=cells_of(codes))


def row(cube: Cube, question: str, option: str) -> list[int]:
    found: list[int] = cube.counts[LAYOUT.row_of[question, option]].tolist()
    return found


def test_cells_follow_the_names_of_answers_not_their_places() -> None:
    assert cells_of(CODES).tolist() == [0, 1, 3, -1, -1]
    assert LAYOUT.space.names == ("female_young", "female_old", "male_young", "male_old")
    assert CellSpace(("f",), ("x", "y"), ("s", "c")).names == ("f_x_s", "f_x_c", "f_y_s", "f_y_c")


def test_counts_by_hand() -> None:
    cube = count(CODES)
    assert cube.respondents.tolist() == [1, 1, 0, 1, 2]
    assert row(cube, "water", "good") == [1, 0, 0, 0, 2]
    assert row(cube, "water", "bad") == [0, 1, 0, 0, 0]
    assert row(cube, "water", ANSWERED) == [1, 1, 0, 0, 2]
    assert row(cube, "needs", "air") == [1, 0, 0, 0, 2]
    assert row(cube, "needs", ANSWERED) == [1, 0, 0, 1, 2]


def test_education_splits_cells() -> None:
    space = CellSpace(("f", "m"), ("x", "y"), ("s", "c"))
    sex, age, education = np.array([0, 1, 1]), np.array([1, 0, 1]), np.array([1, 0, -1])
    assert space.cells_of(sex=sex, age=age, education=education).tolist() == [3, 4, -1]
    assert space.age_of_cell().tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    with pytest.raises(ValueError, match="education"):
        space.cells_of(sex=sex, age=age)


codes_of_many = st.integers(0, 40).flatmap(
    lambda n: st.tuples(
        *(arrays(np.int16, (n, 1), elements=st.integers(0, top)) for top in (2, 1, 1, 1, 2, 3)),
    ).map(np.hstack)
)


@given(codes=codes_of_many)
def test_counts_equal_a_plain_loop(codes: np.ndarray) -> None:
    cube = count(codes)
    expected = empty(layout=LAYOUT)
    for answers, cell in zip(codes.tolist(), cells_of(codes).tolist(), strict=True):
        expected.respondents[cell] += 1
        for question in LAYOUT.questions:
            at = LAYOUT.first_slot[question.name]
            own = answers[at : at + question.slots]
            named = [own[0] - 1] if question.kind is Kind.ONE and own[0] else []
            if question.kind is Kind.MANY:
                named = [place for place, chosen in enumerate(own) if chosen]
            for place in named:
                expected.counts[LAYOUT.row_of[question.name, question.options[place]], cell] += 1
            if named:
                expected.counts[LAYOUT.row_of[question.name, ANSWERED], cell] += 1
    assert cube.same(other=expected)


@settings(max_examples=30)
@given(codes=codes_of_many, cuts=st.lists(st.integers(0, 40), max_size=4), order=st.randoms())
def test_batches_in_any_order_equal_a_full_recount(codes: np.ndarray, cuts: list[int], order: object) -> None:
    batches = [count(part) for part in np.split(codes, sorted(min(cut, len(codes)) for cut in cuts))]
    order.shuffle(batches)  # type: ignore[attr-defined]
    assert merge(cubes=batches, layout=LAYOUT).same(other=count(codes))


@given(codes=codes_of_many)
def test_rows_of_the_database_give_the_cube_back(codes: np.ndarray) -> None:
    cube = count(codes)
    rows = to_rows(layout=LAYOUT, cube=cube)
    assert from_rows(layout=LAYOUT, rows=rows).same(other=cube)
    assert rows == sorted(rows)
    assert all(n > 0 for *_, n in rows)


def test_a_recount_that_differs_in_one_cell_is_seen() -> None:
    drifted = count(CODES)
    drifted.counts[0, 0] += 1
    assert not drifted.same(other=count(CODES))


def test_rows_name_question_answer_and_cell() -> None:
    assert to_rows(layout=LAYOUT, cube=count(CODES[:1])) == [
        ("", "", "female_young", 1),
        ("age", "", "female_young", 1),
        ("age", "young", "female_young", 1),
        ("needs", "", "female_young", 1),
        ("needs", "air", "female_young", 1),
        ("needs", "roads", "female_young", 1),
        ("sex", "", "female_young", 1),
        ("sex", "female", "female_young", 1),
        ("water", "", "female_young", 1),
        ("water", "good", "female_young", 1),
    ]


@pytest.mark.parametrize(
    ("codes", "cells", "code"),
    [
        (CODES[:, :5], [0] * 5, "shape"),
        (CODES, [0] * 4, "shape"),
        (CODES, [0, 1, 2, 3, 4], "cell"),
        (CODES, [0, 1, 2, 3, -2], "cell"),
        (CODES + 2, [0] * 5, "code"),
        (CODES - 1, [0] * 5, "code"),
    ],
)
def test_codes_of_another_version_are_refused(codes: np.ndarray, cells: list[int], code: str) -> None:
    with pytest.raises(LayoutMismatchError) as caught:
        build(layout=LAYOUT, codes=codes, cells=np.array(cells))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("water", "fair", "female_old", 1), "row"),
        (("water", "good", "female_25", 1), "cell"),
        (("water", "good", "female_old", -1), "cell"),
    ],
)
def test_rows_of_another_version_are_refused(row: tuple[str, str, str, int], code: str) -> None:
    with pytest.raises(LayoutMismatchError) as caught:
        from_rows(layout=LAYOUT, rows=[row])
    assert caught.value.code == code


def test_other_refusals() -> None:
    with pytest.raises(LayoutMismatchError, match="not a single choice"):
        LAYOUT.positions(codes=CODES, question="needs", order=("roads",))
    smaller = Layout(LAYOUT.questions[:1], LAYOUT.space)
    with pytest.raises(LayoutMismatchError, match="different layouts"):
        merge(cubes=[empty(layout=smaller)], layout=LAYOUT)


def counted_in(batches: list[np.ndarray], *, start: Counted | None = None) -> Counted:
    counted = start or Counted(empty(layout=LAYOUT))
    for number, batch in enumerate(batches, start=counted.through + 1):
        counted = add_batch(layout=LAYOUT, counted=counted, codes=batch, cells=cells_of(batch), number=number)
    return counted


@settings(max_examples=30)
@given(codes=codes_of_many, cuts=st.lists(st.integers(0, 40), max_size=4).map(sorted))
def test_batches_give_the_full_recount(codes: np.ndarray, cuts: list[int]) -> None:
    found = counted_in(np.split(codes, cuts))
    assert found.cube.same(other=count(codes))
    assert found.through == len(cuts) + 1


def test_a_batch_counts_once_and_none_is_left_out() -> None:
    found = counted_in([CODES[:2], CODES[2:]])
    again = add_batch(layout=LAYOUT, counted=found, codes=CODES[2:], cells=cells_of(CODES[2:]), number=2)
    assert again is found
    assert again.cube.same(other=count(CODES))
    with pytest.raises(LayoutMismatchError, match="batch 4 after 2"):
        add_batch(layout=LAYOUT, counted=found, codes=CODES, cells=cells_of(CODES), number=4)


def test_a_refused_batch_leaves_the_cube_as_it_was() -> None:
    found = counted_in([CODES])
    with pytest.raises(LayoutMismatchError, match="a code of water outside"):
        add_batch(layout=LAYOUT, counted=found, codes=CODES + 2, cells=cells_of(CODES), number=2)
    assert found.cube.same(other=count(CODES))
    assert counted_in([CODES], start=found).through == 2


def test_more_answers_than_a_block_are_counted_alike() -> None:
    many = np.tile(CODES, (5000, 1))
    assert count(many).counts.tolist() == (count(CODES).counts * 5000).tolist()


def test_bytes_give_the_cube_back_and_no_other_version_reads_them() -> None:
    found = counted_in([CODES[:2], CODES[2:]])
    data = to_bytes(counted=found)
    back = from_bytes(layout=LAYOUT, data=data)
    assert back.cube.same(other=found.cube)
    assert back.through == 2
    assert counted_in([CODES], start=back).cube.respondents.sum() == 10
    smaller = Layout(LAYOUT.questions[:1], LAYOUT.space)
    swapped = Layout(LAYOUT.questions, CellSpace(("female",), ("young", "old", "not_said", "other")))
    for layout, broken in ((smaller, data), (LAYOUT, data[:-1]), (swapped, b"ebuc" + data[4:])):
        with pytest.raises(LayoutMismatchError, match="shape: "):
            from_bytes(layout=layout, data=broken)
