"""Computed defaults, what is only read, and the order of options: what a page suggests and nobody has to keep."""

from datetime import date
from typing import Any

from councils.surveys.rules import Checked, CompiledForm, check, compile_xlsform, items

TODAY = date(2026, 11, 22)


def form_of(*lines: str) -> CompiledForm:
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form


def judged(form: CompiledForm, **answers: Any) -> Checked:
    return check(form, answers, language="en", today=TODAY)


LIVELY = form_of(
    "| survey |",
    "| | type | name | label | default | read_only | relevant | parameters |",
    "| | integer | base | Base | | | | |",
    "| | date | day | Day | today() | | | |",
    "| | integer | more | More | ${base} * 2 | | | |",
    "| | integer | fixed | Fixed | ${base} + 1 | yes | | |",
    "| | text | locked | Locked | | ${base} > 5 | | |",
    "| | text | after | After | | | ${more} = 8 and ${fixed} = 5 | |",
    "| | select_one l | any | In any order | | | | randomize=true |",
    "| | select_one l | seeded | In one order | | | | randomize=true, seed=42 |",
    "| choices |",
    "| | list_name | name | label |",
    *(f"| | l | o{n} | Option {n} |" for n in range(8)),
)


def test_a_computed_default_is_suggested_and_kept_only_where_nobody_is_asked() -> None:
    checked = judged(LIVELY, base="4")
    assert checked.values == {"base": 4, "fixed": 5}
    shown = {item.address: item for item in items(LIVELY, {"base": 4}, section="1", language="en", today=TODAY)}
    assert (shown["day"].value, shown["more"].value, shown["fixed"].value) == ("2026-11-22", 8, "5")
    assert "after" in shown
    given = items(LIVELY, {"base": 4, "more": "", "day": ""}, section="1", language="en", today=TODAY)
    assert {item.address: item.value for item in given if item.address in {"day", "more"}} == {
        "day": None,
        "more": None,
    }


def test_read_only_may_depend_on_answers() -> None:
    def state(base: int) -> dict[str, bool]:
        shown = items(LIVELY, {"base": base}, section="1", language="en", today=TODAY)
        return {item.address: item.is_read_only for item in shown if item.address in {"locked", "fixed", "base"}}

    assert state(5) == {"base": False, "fixed": True, "locked": False}
    assert state(6) == {"base": False, "fixed": True, "locked": True}
    assert judged(LIVELY, base=6, locked="was typed before").values["locked"] == "was typed before"


def test_options_may_be_shuffled_the_same_way_for_the_same_person() -> None:
    def order(name: str, seed: str) -> list[str]:
        shown = items(LIVELY, {}, section="1", language="en", today=TODAY, seed=seed)
        return next([value for value, _label in item.options] for item in shown if item.address == name)

    sheet = [f"o{n}" for n in range(8)]
    assert sorted(order("any", "a")) == sheet
    assert order("any", "a") == order("any", "a")
    assert len({tuple(order("any", str(seed))) for seed in range(40)}) > 30
    assert order("seeded", "a") == order("seeded", "b") != sheet
    assert judged(LIVELY, any="o3").values == {"any": "o3"}
