"""What a phone without network says about answers: never anything else than the server will say when they arrive.

Some of the answers are hidden from the phone, as those are that arrived before: it may be silent then, but not wrong.
The script runs in the JavaScript engine that comes with the browser tests.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import playwright
import pytest

from councils.surveys.rules import CompiledForm, Question, compile_xlsform
from councils.surveys.rules.frames import OWN
from councils.surveys.rules.judging import judge
from councils.surveys.rules.phone import phone_rules
from councils.surveys.rules.program import Program, build_program
from councils.surveys.rules.settling import Settled
from tests.surveys.test_oracle import FORMS, answers_of

NODE = Path(playwright.__file__).parent / "driver/node"
JUDGE = Path(__file__).with_name("phone_judge.js")
TODAY = date(2026, 11, 22)
TYPES = """
| survey | | | | |
| | type | name | label | calculation |
| | integer | whole | Whole | |
| | decimal | part | Part | |
| | text | words | Words | |
| | date | day | Day | |
| | time | hour | Hour | |
| | datetime | moment | Moment | |
| | select_one yn | one | One | |
| | select_multiple yn | many | Many | |
| | range | scale | Scale | |
| | begin_repeat | child | Child | |
| | integer | age | Age | |
| | text | name | Name | |
| | calculate | sum | | ${age} + ${whole} |
| | end_repeat | | | |
| | calculate | sum2 | | ${whole} + ${part} |
| choices | | |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| | yn | 7 | Seven |
"""
WILD = {
    "integer": ["", "0", "-0", "7", "007", " 12 ", "-3", "999999999", "1.5", "x", "٣"],
    "decimal": ["", "0", "-0.0", "1,50", "0.1", "0.30", "-2.5", "123456789012345.5", "0.0000001", "1e3", "."],
    "text": [
        *(
            "",
            " ",
            "yes",
            "12",
            "7",
            " -1.5 ",
            ".5",
            "5.",
            "true",
            "a b  c",
            "Ә и\r\nб\u00a0",
            "e\u0301",
            "😀x",
            "\ufeffq",
        ),
        *("2026-11-22", "2026-02-30", "09:30", "24:00", "2026-11-22T09:30:00.250+05:00", "2026-11-22T1030", "x" * 2001),
    ],
    "date": ["", "2026-11-22", "2026-11-21", "2026-11-23", "1960-02-29", "2025-02-29", "0000-01-01", "2026-1-1"],
    "time": ["", "09:30", "09:30:15.5Z", "00:00", "24:00", "9:30"],
    "datetime": ["", "2026-11-22T09:30", "2026-11-22 23:59", "2026-11-22T09:30:10", "x", "2026-02-30T09:30"],
    "select_one": ["", "yes", "no", "7", "other", " yes"],
    "range": ["", "1", "2.0", "11", "0", "3.5"],
}
PATTERNS = [
    r"[a-z]+",
    r"\d{1,3}",
    r"[0-9]{3}|yes",
    r"\w+\s?.*",
    r"^[А-Яа-яӘә\s.-]+$",
    r".",
    r"(\-|\+)?[^x]*",
    r"(?i)a",
    "(",
]
_TO_SAY = 25  # of one form of random expressions


@pytest.fixture(scope="module")
def phone() -> Iterator[Any]:
    process = subprocess.Popen([NODE, JUDGE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(**said: Any) -> dict[str, list[Any]]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps(said)}\n")
        process.stdin.flush()
        told: dict[str, list[Any]] = json.loads(process.stdout.readline())
        return told

    yield ask
    process.stdin.close()
    process.stdout.close()
    assert process.wait(30) == 0


def _expression(random: Random, names: list[str], depth: int) -> str:
    """Any expression that a form may hold, most of them nonsense."""
    if depth == 0 or random.random() < 0.15:
        return random.choice(
            [f"${{{random.choice(names)}}}"] * 4
            + ["'yes'", "''", "'7'", "0", "2.5", "1000", "today()", "'2026-11-22'", "true()"]
        )
    one, two, three = (_expression(random, names, depth - 1) for _part in range(3))
    made = [
        f"({one} {sign} {two})" for sign in ("=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod", "and", "or")
    ]
    made += [
        f"{name}({one})" for name in ("not", "boolean", "boolean-from-string", "count-selected", "string", "number")
    ]
    made += [
        f"{name}({one})" for name in ("string-length", "normalize-space", "int", "round", "abs", "sqrt", "sum", "once")
    ]
    made += [
        f"{name}({one}, {two})" for name in ("selected", "selected-at", "contains", "starts-with", "ends-with", "min")
    ]
    made += [
        f"{name}({one}, {two})"
        for name in ("substring-before", "substring-after", "concat", "coalesce", "max", "substr")
    ]
    made += [f"if({one}, {two}, {three})", f"-{one}", f"round({one}, {random.choice('012')})", f"substr({one}, -2, 3)"]
    made += [f"regex({one}, '{random.choice(PATTERNS[:-1])}')", f"count-non-empty({one})", f"decimal-date-time({one})"]
    made += [f"translate({one}, 'a', 'b')", f"pow({one}, 2)", f"format-date({one}, '%Y')"]
    return random.choice(made)


@lru_cache
def _types() -> CompiledForm:
    return compile_xlsform(content=TYPES.encode(), filename="types.md").form


@lru_cache(maxsize=4)
def _told(form: CompiledForm) -> tuple[Program, dict[str, Any]]:
    return build_program(form), phone_rules(form, language="en")


def _of_expressions(seed: int) -> CompiledForm:
    """The form of all types with random conditions, constraints and calculations; only earlier questions are read."""
    random = Random(seed)
    form = _types()
    made: list[Question] = []
    names: list[str] = []
    inner: list[str] = []
    for question in form.questions:
        readable = names + (inner if question.repeat else [])

        def say(*more: str, readable: list[str] = readable) -> str | None:
            there = [*readable, *more]
            if not there or random.random() < 0.4:
                return None
            paths = {one.name: one.path for one in form.questions}
            source = _expression(random, there, random.choice([1, 2, 2, 3]))
            for name in there:
                source = source.replace(f"${{{name}}}", paths[name])
            return source

        changes: dict[str, Any] = {"relevant": say()}
        if question.is_asked:
            changes |= {"constraint": say(question.name), "required": say()}
        elif readable:
            changes |= {"calculation": say() or question.calculation}
        made.append(msgspec.structs.replace(question, **changes))
        (inner if question.repeat else names).append(question.name)
    return msgspec.structs.replace(form, questions=tuple(made), digest=str(seed))


def _wild(form: CompiledForm, random: Random, scope: str = "") -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for question in form.questions:
        if question.repeat == scope and question.is_asked:
            if question.type == "select_multiple":
                answers[question.name] = random.sample(["yes", "no", "7", ""], random.choice([0, 1, 2]))
            else:
                answers[question.name] = random.choice(WILD[question.type])
    for group in form.groups:
        if group.is_repeat and group.repeat == scope:
            answers[group.name] = [_wild(form, random, group.path) for _one in range(random.choice([0, 1, 2]))]
    return answers


def _pairs(answers: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    for name, value in answers.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, one in enumerate(value):
                yield from _pairs(one, f"{prefix}{name}/{number}/")
        else:
            yield f"{prefix}{name}", value if isinstance(value, list) else [value]


def _hold(phone: Any, form: CompiledForm, answers: dict[str, Any], *, hidden: float, random: Random) -> tuple[int, int]:
    """Nothing that the phone says is wrong. How many verdicts it gave, and how many there are."""
    program, rules = _told(form)
    settled = Settled(program, answers, today=TODAY, language="")
    ours = judge(settled)
    frames: dict[str, list[str]] = {}
    expected: dict[str, list[Any]] = {}
    for frame in settled.every_frame():
        if OWN in frame.gone:
            continue
        rows = [row for row in settled.program.rows[frame.scope.path] if row.question.type != "metadata"]
        frames[frame.prefix] = [row.name for row in rows]
        for row in rows:
            address = f"{frame.prefix}{row.name}"
            fault = ours.errors.get(address)
            expected[address] = [address in ours.relevant, fault.code.value if fault else "", frame.texts[row.place]]
    pairs = {address: values for address, values in _pairs(answers) if random.random() >= hidden}
    for address in expected.keys() - dict(_pairs(answers)).keys():
        pairs.setdefault(address, [])
    told = phone(rules=rules, today=TODAY.isoformat(), pairs=pairs, frames=frames)
    said = 0
    for address, verdicts in told.items():
        for verdict, right in zip(verdicts, expected[address], strict=True):
            said += verdict is not None
            assert verdict in (None, right), (
                f"{address}: {form.question(address.split('/')[-1])} {dict(_pairs(answers))}"
            )
    return said, 3 * len(expected)


def _say_much(phone: Any, seeds: range) -> float:
    """The part of the verdicts that the phone gave where it knew every answer."""
    said = there = 0
    for seed in seeds:
        random = Random(seed)
        form = _of_expressions(seed)
        for hidden in (0.0, 0.0, 0.3):
            found, most = _hold(phone, form, _wild(form, random), hidden=hidden, random=random)
            said += found * (not hidden)
            there += most * (not hidden)
    return said / there


def test_a_phone_is_never_wrong_about_random_conditions(phone: Any) -> None:
    assert _say_much(phone, range(_TO_SAY)) > 0.8


@pytest.mark.soak
def test_a_phone_is_never_wrong_about_many_random_conditions(phone: Any) -> None:
    assert _say_much(phone, range(1_000, 1_600)) > 0.8


@pytest.mark.parametrize(
    "path", [FORMS[0], *(pytest.param(one, marks=pytest.mark.soak) for one in FORMS[1:])], ids=lambda path: path.stem
)
def test_a_phone_is_never_wrong_about_answers_to_whole_forms(phone: Any, path: Path) -> None:
    form, random = compile_xlsform(content=path.read_bytes(), filename=path.name).form, Random(path.stem)
    told = [
        _hold(phone, form, _split(form, answers_of(form, random, skips=0.2)), hidden=hidden, random=random)
        for hidden in (0.0, 0.0, 0.5)
    ]
    assert sum(said for said, _all in told[:2]) > 0.5 * sum(most for _said, most in told[:2])


def _split(form: CompiledForm, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a page sends them: several ticks are several values."""
    several = {question.name for question in form.questions if question.type == "select_multiple"}
    return {
        name: value.split()
        if name in several
        else [_split(form, one) for one in value]
        if isinstance(value, list)
        else value
        for name, value in answers.items()
    }
