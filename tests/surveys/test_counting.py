"""Closed answers as codes: the layout names every position, and decoding gives the answers back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import CompiledForm, Slot, Value, code_layout, codes, compile_xlsform

FORM: CompiledForm = compile_xlsform(
    content=b"""
| survey |
| | type | name | label |
| | select_one l | one | O |
| | integer | n | N |
| | select_multiple l | many | M |
| | text | t | T |
| | select_one k | two | T |
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
| | l | c | C |
| | k | x | X |
""",
    filename="form.md",
).form


def test_the_layout_names_every_position() -> None:
    options = ("a", "b", "c")
    assert code_layout(FORM) == (
        Slot(index=0, question="one", option=None, options=options),
        Slot(index=1, question="many", option="a", options=options),
        Slot(index=2, question="many", option="b", options=options),
        Slot(index=3, question="many", option="c", options=options),
        Slot(index=4, question="two", option=None, options=("x",)),
    )


def test_codes_are_places_and_ticks_and_zero_is_no_answer() -> None:
    assert codes(FORM, {}) == [0, 0, 0, 0, 0]
    assert codes(FORM, {"one": "c", "many": ["a", "c"], "n": 5, "t": "a", "two": "x"}) == [3, 1, 0, 1, 1]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "one": st.sampled_from("abc"),
            "many": st.sets(st.sampled_from("abc"), min_size=1).map(sorted),
            "two": st.just("x"),
        },
    )
)
@settings(deadline=None)
def test_codes_say_the_same_as_the_answers(values: dict[str, Value]) -> None:
    found: dict[str, Value] = {}
    for slot, code in zip(code_layout(FORM), codes(FORM, values), strict=True):
        if slot.option is None and code:
            found[slot.question] = slot.options[code - 1]
        elif slot.option is not None and code:
            ticked = found.setdefault(slot.question, [])
            assert isinstance(ticked, list)
            found[slot.question] = [*map(str, ticked), slot.option]
    assert found == values


def test_of_an_order_the_first_place_counts_and_repeats_are_left_out() -> None:
    form = compile_xlsform(
        content=b"""
| survey |
| | type | name | label |
| | rank l | order | Put in order |
| | begin_repeat | child | A child |
| | select_one l | likes | Likes |
| | end_repeat | | |
| | select_one l | last | Last |
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
| | l | c | C |
""",
        filename="form.md",
    ).form
    options = ("a", "b", "c")
    assert code_layout(form) == (
        Slot(index=0, question="order", option=None, options=options),
        Slot(index=1, question="last", option=None, options=options),
    )
    assert codes(form, {"order": ["c", "a", "b"], "child": [{"likes": "a"}], "last": "b"}) == [3, 2]
    assert codes(form, {"child": [{"likes": "a"}]}) == [0, 0]
    assert codes(form, {"order": ["x"], "last": "x"}) == [0, 0]
