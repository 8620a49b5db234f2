"""Whatever is sent about repeated groups, judging it never breaks."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import (
    accept,
    compile_xlsform,
    items,
    repeats,
)
from tests.surveys.test_repeats import TODAY

NAMES = [
    "people",
    "person",
    "trip",
    "name",
    "age",
    "places",
    "days",
    "town",
    "region",
    "order",
    "photo",
    "place_of_home",
]


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["kar", "3"]),
)


WHATEVER = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)),
    max_leaves=12,
)


HOUSEHOLD = compile_xlsform(
    content=Path(__file__).with_name("data").joinpath("household.md").read_bytes(), filename="h.md"
)


@given(st.dictionaries(st.sampled_from(NAMES), WHATEVER, max_size=8))
@settings(max_examples=40, deadline=None)
def test_nothing_that_json_can_say_breaks_the_judging(sent: dict[str, Any]) -> None:
    checked = accept(HOUSEHOLD.form, sent, today=TODAY)
    if not checked.errors:
        assert accept(HOUSEHOLD.form, checked.values, today=TODAY) == checked
    for section in HOUSEHOLD.form.sections:
        items(HOUSEHOLD.form, sent, section=section.name, language="en", today=TODAY)
        repeats(HOUSEHOLD.form, sent, section=section.name, language="en", today=TODAY)
