"""IIN and BIN: twelve digits whose last checks the others, by the published rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.identifiers import number_is_valid


@pytest.mark.parametrize("number", ["900101100014", "900101100500", "851231201806", "991240000013", "991241001803"])
def test_numbers_that_exist(number: str) -> None:
    assert number_is_valid(number)


@pytest.mark.parametrize(
    "number",
    [
        "900101100015",
        "991240000014",
        "",
        "99124000001",
        "9912400000133",
        "99124000001x",
        " 991240000013",
        "991240000013\n",
        "991 240 000 013",
        "٩٩١٢٤٠٠٠٠٠١٣",
        "９９１２４００００００１３"[:12],
        "²²²²²²²²²²²²",
        "-91240000013",
    ],
)
def test_what_is_no_number(number: str) -> None:
    assert not number_is_valid(number)


def test_twelve_zeros_check_themselves() -> None:
    """The rule allows them; no register holds them, and nothing here asks a register."""
    assert number_is_valid("000000000000")


@given(st.text("0123456789", min_size=11, max_size=11))
def test_at_most_one_last_digit_is_right(first: str) -> None:
    right = [digit for digit in "0123456789" if number_is_valid(first + digit)]
    assert len(right) <= 1
    if not right:  # both rounds of the rule gave ten: such a number is never issued
        weights = ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2])
        assert [sum(int(d) * w for d, w in zip(first, row, strict=True)) % 11 for row in weights] == [10, 10]


@given(st.text("0123456789", min_size=11, max_size=11), st.sampled_from([*range(10), 11]), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(first: str, place: int, by: int) -> None:
    """All but the eleventh, whose weight is 11 modulo 11; and as long as the first round of the rule decides."""
    for number in (first + digit for digit in "0123456789" if number_is_valid(first + digit)):
        wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
        rounds = [sum(int(d) * w for d, w in zip(one, range(1, 12), strict=False)) % 11 for one in (number, wrong)]
        if 10 not in rounds:
            assert not number_is_valid(wrong)
