"""Judging settled answers: what is missing, not offered or impossible, and which canonical values count.

Order as in ODK: shape, then relevance and calculations, then required, choice filter and constraint, each only where
the question is relevant. Irrelevant answers are dropped, never kept aside.
"""

from dataclasses import dataclass
from typing import Any

from councils.surveys.rules.form import Texts, fill
from councils.surveys.rules.frames import OWN, Frame
from councils.surveys.rules.problems import Fault
from councils.surveys.rules.program import Row
from councils.surveys.rules.settling import Settled
from councils.surveys.rules.shapes import Value
from councils.surveys.states import AnswerFault


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict. `values` are canonical, nested as the repeats are, and hold only what counts.

    `errors` and `relevant` are keyed by address: `age` outside of repeats, `child/0/age` inside; a fault of a repeated
    group itself stands at the group's address. Answers may be stored when `errors` is empty. `values` never holds an
    answer that has an error. An occurrence that is not relevant is an empty one, so that the others keep their places.
    """

    values: dict[str, Value]
    errors: dict[str, Fault]
    relevant: frozenset[str]


def judge(settled: Settled, *, names: frozenset[str] | None = None) -> Checked:
    """The verdict on settled answers. `names`: only errors of these questions and repeats are told; None: of all."""
    errors = {
        address: fault
        for address, fault in settled.faults.items()
        if names is None or address.rpartition("/")[2] in names
    }
    relevant: set[str] = set()
    values = _judge_frame(settled, settled.root, names, errors, relevant)
    return Checked(values=values, errors=errors, relevant=frozenset(relevant))


def _judge_frame(
    settled: Settled, frame: Frame, names: frozenset[str] | None, errors: dict[str, Fault], relevant: set[str]
) -> dict[str, Value]:
    path, prefix, gone = frame.scope.path, frame.prefix, frame.gone
    rows, here = settled.program.rows[path], settled.program.names[path]
    kept: dict[str, Value] = {}
    if gone:
        here = here.difference([row.name for row in rows if row.place in gone])
    relevant.update({f"{prefix}{name}" for name in here} if prefix else here)
    given, faults = frame.values, frame.faults
    for row in rows:
        place = row.place
        if place in gone:
            continue
        value = given.get(place)
        if row.is_free and value is not None:
            kept[row.name] = value
            continue
        if not row.is_asked:
            value, fault = _computed(row, frame.texts[place]), None
        else:
            fault = faults.get(place) or _fault(settled, frame, row, value)
        if fault is None and value is not None:
            kept[row.name] = value
        elif fault is not None and (names is None or row.name in names):
            errors[f"{prefix}{row.name}"] = fault
    for repeat in frame.scope.repeats:
        below = [_judge_occurrence(settled, one, names, errors, relevant) for one in frame.children[repeat.path]]
        if below := _without_the_last_empty(below):
            kept[repeat.name] = [one or {} for one in below]
    return kept


def _without_the_last_empty(occurrences: list[dict[str, Any] | None]) -> list[dict[str, Any] | None]:
    """Occurrences up to the last one that is relevant."""
    while occurrences and occurrences[-1] is None:
        occurrences = occurrences[:-1]
    return occurrences


def _judge_occurrence(
    settled: Settled, frame: Frame, names: frozenset[str] | None, errors: dict[str, Fault], relevant: set[str]
) -> dict[str, Any] | None:
    return None if OWN in frame.gone else _judge_frame(settled, frame, names, errors, relevant)


def _computed(row: Row, text: str) -> Value | None:
    """A calculated answer in the type of its question; plain text when it has no such shape. Nothing of a device."""
    if not text or row.question.type == "metadata":
        return None
    value = row.shape(text)
    return text if isinstance(value, Fault) else value


def _fault(settled: Settled, frame: Frame, row: Row, value: Any) -> Fault | None:
    question = row.question
    if value is None:
        if row.required is False or not (row.required is True or row.required(frame, settled)):
            return None
        return Fault(code=AnswerFault.REQUIRED, text=_own_words(settled, frame, question.required_messages))
    if row.choice_filter is not None:
        if not settled.offers(row, frame, value if isinstance(value, list) else (value,)):
            return Fault(code=AnswerFault.NOT_OFFERED)
        if question.type == "rank" and len(value) != len(settled.offered(row, frame)):
            return Fault(code=AnswerFault.NOT_ALL)
    if row.constraint is not None and not row.constraint(frame, settled):
        return Fault(code=AnswerFault.CONSTRAINT, text=_own_words(settled, frame, question.constraint_messages))
    return None


def _own_words(settled: Settled, frame: Frame, texts: Texts) -> str:
    """The questionnaire's own sentence, with the answers it speaks about put in."""
    words = settled.program.form.words(texts, settled.language) if texts else ""
    return fill(words, settled.shown(frame)) if "${" in words else words
