"""Settling a form: which questions are relevant, how often groups repeat and what is computed, for one set of answers.

The answers stand in frames; every expression is evaluated on them in the order that `ordering.py` found. Irrelevant
answers are blanked before anything reads them, as in ODK. It judges no answer.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from councils.surveys.rules.closures import Truth
from councils.surveys.rules.form import MOST_REPEATS, Choice, Group, fill
from councils.surveys.rules.frames import OWN, Frame
from councils.surveys.rules.problems import Fault
from councils.surveys.rules.program import Program, Row, Step
from councils.surveys.rules.shapes import cleaned
from councils.surveys.states import AnswerFault

MOST_OCCURRENCES = 1_000  # of all repeated groups in one set of answers together


class Settled:
    """One settled set of answers: `frames` by scope, the form's own frame `root`, `faults` of repeats by address.

    `suggests`: a question that has no answer yet takes its default, as on a page that shows it for the first time;
    without it only what was given counts, and a default only where nobody is asked.
    """

    def __init__(
        self,
        program: Program,
        answers: Mapping[str, Any],
        *,
        today: date,
        language: str,
        suggests: bool = False,
    ) -> None:
        self.program = program
        self.today = today
        self.language = language
        self.item: Choice | None = None
        self.position = self.size = 0
        self.faults: dict[str, Fault] = {}
        self._left = MOST_OCCURRENCES
        self._suggests = suggests
        self._shown: dict[str, str] | None = None
        layout = program.layout
        self.root = self.origin = Frame(scope=layout.scopes[layout.root], raw=answers)
        self._fill(self.root)
        self.frames: dict[str, list[Frame]] = {layout.root: [self.root]}
        for step in program.steps:
            if step.node.path == step.scope:
                self._settle_repeat(step)
            else:
                for frame in self.frames[step.scope]:
                    self._settle(step, frame)

    def _fill(self, frame: Frame) -> None:
        """Take the answers of a frame, shaped."""
        given, texts, values = frame.raw.get, frame.texts, frame.values
        for row in self.program.rows[frame.scope.path]:
            place = row.place
            if not row.is_asked:
                texts[place] = self._own_text(row)
                continue
            raw = given(row.name)
            if raw is None:
                if self._suggests and row.question.default and row.name not in frame.raw:
                    self._shape(frame, row, row.question.default)
            elif raw.__class__ is str and raw in row.options:
                values[place] = texts[place] = raw
            else:
                self._shape(frame, row, raw)

    def _own_text(self, row: Row) -> str:
        """What stands in a question that nobody is asked before anything is computed."""
        question = row.question
        if question.type != "metadata":
            return question.default
        day = self.today.isoformat()
        return {"date": day, "dateTime": f"{day}T00:00:00.000"}.get(question.data_type, "")

    @staticmethod
    def _shape(frame: Frame, row: Row, raw: Any) -> None:
        value = row.shape(raw)
        if value is None:
            return
        if isinstance(value, Fault):
            frame.faults[row.place] = value
            return
        frame.values[row.place] = value
        frame.texts[row.place] = (
            value if isinstance(value, str) else " ".join(value) if isinstance(value, list) else str(value)
        )

    def _settle(self, step: Step, frame: Frame) -> None:
        place = step.place
        if step.around in frame.gone or not (step.relevant is None or step.relevant(frame, self)):
            frame.gone.add(place)
            frame.texts[place] = ""
        elif step.calculation is not None:
            text = step.calculation(frame, self)
            frame.texts[place] = "" if text == "NaN" else text
        elif step.default is not None:
            self._suggest(step, frame)

    def _suggest(self, step: Step, frame: Frame) -> None:
        """A computed default: where nobody is asked, or where a page shows the question for the first time."""
        row = self.program.row_by_name[step.node.name]
        if row.is_asked and not (self._suggests and row.name not in frame.raw):
            return
        text = step.default(frame, self) if step.default is not None else ""
        text = "" if text == "NaN" else cleaned(text)
        if row.is_asked:
            self._shape(frame, row, text)
        else:
            frame.texts[step.place] = text

    def _settle_repeat(self, step: Step) -> None:
        path = step.scope
        scope = self.program.layout.scopes[path]
        every: list[Frame] = []
        for parent in self.frames[scope.parent]:
            is_gone = step.around in parent.gone
            found: list[Frame] = []
            if not is_gone:
                given = self._given(parent, scope.name)
                number = len(given) if step.count is None else self._number(step, parent)
                number = self._bounded(number, parent=parent, name=scope.name, is_given=step.count is None)
                for index in range(number):
                    raw = given[index] if index < len(given) else {}
                    found.append(Frame(scope=scope, raw=raw, parent=parent, index=index))
            parent.children[path] = found
            every += found
        for frame in every:
            self._fill(frame)
            if step.relevant is not None and not step.relevant(frame, self):
                frame.gone.add(OWN)
        self.frames[path] = every

    def _given(self, parent: Frame, name: str) -> Sequence[Mapping[str, Any]]:
        """The occurrences that were sent. What is no list of answers is a fault and none of them."""
        raw = parent.raw.get(name, ())
        if isinstance(raw, list | tuple) and all(isinstance(one, Mapping) for one in raw):
            return raw
        if raw not in ("", None):
            self.faults[f"{parent.prefix}{name}"] = Fault(code=AnswerFault.MALFORMED)
        return ()

    def _number(self, step: Step, parent: Frame) -> int:
        """How often a group occurs whose number is computed. It is computed where the next occurrence would stand."""
        if step.count is None:
            return 0
        number = step.count(Frame(scope=self.program.layout.scopes[step.scope], raw={}, parent=parent), self)
        return max(0, int(number)) if math.isfinite(number) else 0

    def _bounded(self, number: int, *, parent: Frame, name: str, is_given: bool) -> int:
        most = min(MOST_REPEATS, self._left)
        if number > most and is_given:
            self.faults[f"{parent.prefix}{name}"] = Fault(code=AnswerFault.TOO_MANY, limit=str(MOST_REPEATS))
        self._left -= min(number, most)
        return min(number, most)

    def may_occur(self, group: Group, parent: Frame) -> bool:
        """Whether a repeated group is relevant here, as far as its next occurrence would be."""
        step = next(one for one in self.program.steps if one.node.path == group.path)
        if step.around in parent.gone:
            return False
        scope = self.program.layout.scopes[group.path]
        upcoming = Frame(scope=scope, raw={}, parent=parent, index=len(parent.children[group.path]))
        return step.relevant is None or step.relevant(upcoming, self)

    def every_frame(self) -> Iterator[Frame]:
        """All frames, those of the form and of the outer repeats first."""
        for frames in self.frames.values():
            yield from frames

    def shown(self, frame: Frame) -> dict[str, str]:
        """The answers as a person reads them from this frame, by question name: labels of options for their values.

        Of a repeat elsewhere the first occurrence is shown.
        """
        line: list[Frame] = [one for frames in self.frames.values() for one in frames[:1]]
        at: Frame | None = frame
        own = []
        while at is not None:
            own.append(at)
            at = at.parent
        found: dict[str, str] = {}
        for one in [*line, *reversed(own)]:
            for row in self.program.rows[one.scope.path]:
                if text := self.words_of(row, one.texts[row.place]):
                    found[row.name] = text
                else:
                    found.pop(row.name, None)
        return found

    def words_of(self, row: Row, text: str) -> str:
        """The text of an answer with the labels of its options."""
        if not row.choices or not text:
            return text
        words = self.program.form.words
        chosen = ((one, row.choices.get(one)) for one in text.split())
        return ", ".join((words(found[0].labels, self.language) if found else "") or one for one, found in chosen)

    def choice_label(self, *, value: str, path: str) -> str:
        """The label of an option (`jr:choice-name`), or the value itself when there is no such option."""
        # The path may be relative to an occurrence; names are unique in a form.
        form, question = self.program.form, self.program.layout.by_name.get(path.rpartition("/")[2])
        choices = form.choices(question) if question else ()
        labels = next((choice.labels for choice in choices if choice.value == value), {})
        return form.words(labels, self.language) or value

    def own_label(self, *, language: str) -> str:
        """The label of the option that a choice filter looks at, with the answers it speaks about put in."""
        return fill(self.item.labels.get(language, ""), self.shown(self.origin), gap="") if self.item else ""

    def column(self, choice: Choice, name: str) -> str:
        """A column of an option, its `name`, or its `label` in the language of the page."""
        if name == "name":
            return choice.value
        return (
            choice.columns.get(name, "") if name != "label" else self.program.form.words(choice.labels, self.language)
        )

    def offered(self, row: Row, frame: Frame) -> tuple[Choice, ...]:
        """The options that the choice filter leaves, in the order of the sheet."""
        choices = self.program.form.choices(row.question)
        return choices if row.choice_filter is None else tuple(self._left_by(row.choice_filter, choices, frame))

    def offers(self, row: Row, frame: Frame, values: Iterable[str]) -> bool:
        """Whether the choice filter leaves all of these."""
        test = row.choice_filter
        return test is None or all(any(self._left_by(test, row.choices[value], frame)) for value in values)

    def _left_by(self, test: Truth, choices: Iterable[Choice], frame: Frame) -> Iterator[Choice]:
        self.origin = frame
        for choice in choices:
            self.item = choice
            if test(frame, self):
                yield choice
        self.item = None
