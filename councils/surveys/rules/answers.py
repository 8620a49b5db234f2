"""An interview, page by page and as a whole: the same verdict for every channel.

Answers are nested as the form is: a repeated group is one name that holds the list of its occurrences. Nothing here
keeps anything between calls, and nothing knows who answers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from councils.surveys.rules.form import Choice, CompiledForm, Group, Media, Question, Section, Texts, fill
from councils.surveys.rules.frames import OWN, Frame
from councils.surveys.rules.judging import Checked, judge
from councils.surveys.rules.program import program_of
from councils.surveys.rules.settling import Settled
from councils.surveys.rules.shapes import Raw, Value
from councils.surveys.rules.shuffling import shuffled

Answers = Mapping[str, Raw]


@dataclass(frozen=True, slots=True)
class Item:
    """A question as a page shows it: words in one language, only the options that are offered now.

    `address` is unique on the page; `repeats` are the occurrences it stands in, as (repeat name, index), outermost
    first; `matrix` is the path of the table it is a row of, or ""; `media` are names of files by kind.
    """

    question: Question
    label: str
    hint: str
    options: tuple[tuple[str, str], ...]  # value, label
    is_required: bool
    value: Value | None
    headings: tuple[str, ...] = ()  # labels of the groups inside the section that hold it, outermost first
    address: str = ""
    media: dict[str, str] = field(default_factory=dict)
    matrix: str = ""
    repeats: tuple[tuple[str, int], ...] = ()
    is_read_only: bool = False
    option_media: dict[str, dict[str, str]] = field(default_factory=dict)  # option value -> kind -> file


@dataclass(frozen=True, slots=True)
class RepeatState:
    """A repeated group on a page: how many occurrences there are now, and whether the form itself fixes that."""

    address: str  # `child`, or `child/0/toy` inside an occurrence of another
    name: str
    label: str
    number: int
    is_fixed: bool


def check(form: CompiledForm, answers: Answers, *, language: str, today: date) -> Checked:
    """Judge a whole set of answers, as typed or as stored. Names that the form does not have are not looked at."""
    return judge(Settled(program_of(form), answers, today=today, language=language))


def accept(form: CompiledForm, answers: Answers, *, today: date) -> Checked:
    """Judge a complete submission: `check` in the form's own language, where nobody reads the sentences."""
    return judge(Settled(program_of(form), answers, today=today, language=form.default_language))


def check_section(form: CompiledForm, answers: Answers, *, section: str, language: str, today: date) -> Checked:
    """Judge one page: errors only for its questions. `answers` are all answers given so far, this page's included."""
    settled = Settled(program_of(form), answers, today=today, language=language)
    names = frozenset(form.section(section).questions)
    return judge(settled, names=names | {group.name for group in _repeats_on(form, names)})


def next_section(form: CompiledForm, answers: Answers, *, after: str | None, today: date) -> str | None:
    """The next section that has something to show, the first one when `after` is None, None at the end."""
    names = [section.name for section in form.sections]
    return _first_shown(form, answers, names=names[names.index(after) + 1 :] if after else names, today=today)


def previous_section(form: CompiledForm, answers: Answers, *, before: str, today: date) -> str | None:
    """The section before this one that has something to show, or None."""
    names = [section.name for section in form.sections]
    return _first_shown(form, answers, names=names[: names.index(before)][::-1], today=today)


def items(
    form: CompiledForm, answers: Answers, *, section: str, language: str, today: date, seed: str = ""
) -> tuple[Item, ...]:
    """What a page shows: relevant questions and notes of a section, occurrence by occurrence; no calculations.

    `seed` is any text that stays the same for one respondent: it orders the options that the form wants shuffled.
    """
    settled = Settled(program_of(form), answers, today=today, language=language, suggests=True)
    page = _Page(settled, section=form.section(section), seed=seed)
    return tuple(page.items(settled.root))


def repeats(
    form: CompiledForm, answers: Answers, *, section: str, language: str, today: date
) -> tuple[RepeatState, ...]:
    """The repeated groups of a page that are relevant now, outer ones before those inside them."""
    settled = Settled(program_of(form), answers, today=today, language=language, suggests=True)
    return _states(settled, form.section(section))


def whole(
    form: CompiledForm, answers: Answers, *, language: str, today: date
) -> Iterator[tuple[Section, tuple[Item, ...], tuple[RepeatState, ...]]]:
    """Every section with its `items` and `repeats`, settled once for all of them."""
    settled = Settled(program_of(form), answers, today=today, language=language, suggests=True)
    for section in form.sections:
        yield section, tuple(_Page(settled, section=section, seed="").items(settled.root)), _states(settled, section)


def _states(settled: Settled, section: Section) -> tuple[RepeatState, ...]:
    form = settled.program.form
    shown = _repeats_on(form, frozenset(section.questions))
    return tuple(
        RepeatState(
            address=f"{frame.prefix}{group.name}",
            name=group.name,
            label=fill(form.words(group.labels, settled.language), settled.shown(frame)),
            number=len(frame.children[group.path]),
            is_fixed=group.count is not None,
        )
        for frame in settled.every_frame()
        for group in frame.scope.repeats
        if group in shown and OWN not in frame.gone and settled.may_occur(group, frame)
    )


class _Page:
    """The questions of one section, in words."""

    def __init__(self, settled: Settled, *, section: Section, seed: str) -> None:
        self._settled = settled
        self._form = settled.program.form
        self._names = frozenset(section.questions)
        self._seed = seed
        self._groups = {group.path: group for group in self._form.groups}
        self._section = f"/{self._form.root}/{section.name}"
        self._order = {question.path: place for place, question in enumerate(self._form.questions)}
        self._first = {
            path: min((place for inner, place in self._order.items() if inner.startswith(f"{path}/")), default=0)
            for path in settled.program.layout.repeats
        }

    def items(self, frame: Frame) -> list[Item]:
        """The items of a frame in the order of the sheet, those of its repeats where the repeats stand."""
        found: list[tuple[int, list[Item]]] = []
        shown = self._settled.shown(frame)
        for row in self._settled.program.rows[frame.scope.path]:
            question = row.question
            if question.name in self._names and row.place not in frame.gone and question.type not in _UNSEEN:
                found.append((self._order[question.path], [self._item(question, frame, shown)]))
        for repeat in frame.scope.repeats:
            below = [one for child in frame.children[repeat.path] if OWN not in child.gone for one in self.items(child)]
            found.append((self._first[repeat.path], below))
        return [item for _place, ours in sorted(found, key=lambda pair: pair[0]) for item in ours]

    def _item(self, question: Question, frame: Frame, shown: Mapping[str, str]) -> Item:
        row = self._settled.program.row_by_name[question.name]
        read_only = question.read_only or (row.read_only is not None and row.read_only(frame, self._settled))
        required = row.required is True or (row.required is not False and row.required(frame, self._settled))
        text = frame.texts[row.place]
        choices = self._settled.offered(row, frame)
        return Item(
            question=question,
            label=self._words(question.labels, shown),
            hint=self._words(question.hints, shown),
            options=self._options(question, choices, shown),
            is_required=question.is_asked and required,
            value=frame.values.get(row.place) if question.is_asked else (text or None),
            headings=self._headings(question, shown),
            address=f"{frame.prefix}{question.name}",
            media=self._media(question.media),
            matrix=self._matrix(question),
            repeats=_repeats_of(frame),
            is_read_only=read_only,
            option_media={one.value: media for one in choices if (media := self._media(one.media))},
        )

    def _words(self, texts: Texts, shown: Mapping[str, str]) -> str:
        return fill(self._form.words(texts, self._settled.language), shown)

    def _media(self, media: Media) -> dict[str, str]:
        return {kind: self._form.words(texts, self._settled.language) for kind, texts in media.items()}

    def _options(
        self, question: Question, choices: tuple[Choice, ...], shown: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        ordered = shuffled(choices, question.parameters, shown=shown, seed=f"{self._seed} {question.name}")
        return tuple((choice.value, self._words(choice.labels, shown) or choice.value) for choice in ordered)

    def _above(self, question: Question) -> list[Group]:
        """The groups between the section and the question, outermost first."""
        parts = question.path.split("/")
        paths = ["/".join(parts[:end]) for end in range(3, len(parts))]
        return [self._groups[path] for path in paths if path != self._section and path in self._groups]

    def _headings(self, question: Question, shown: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(label for group in self._above(question) if (label := self._words(group.labels, shown)))

    def _matrix(self, question: Question) -> str:
        around = self._groups.get(question.path.rpartition("/")[0])
        return around.path if around is not None and around.is_matrix else ""


_UNSEEN = frozenset({"calculate", "metadata"})


def _repeats_of(frame: Frame) -> tuple[tuple[str, int], ...]:
    return (*_repeats_of(frame.parent), (frame.scope.name, frame.index)) if frame.parent is not None else ()


def _repeats_on(form: CompiledForm, names: frozenset[str]) -> list[Group]:
    """The repeated groups that hold a question of a page."""
    paths = [question.path for question in form.questions if question.name in names]
    return [
        group for group in form.groups if group.is_repeat and any(one.startswith(f"{group.path}/") for one in paths)
    ]


def _first_shown(form: CompiledForm, answers: Answers, *, names: list[str], today: date) -> str | None:
    settled = Settled(program_of(form), answers, today=today, language=form.default_language, suggests=True)
    alive = {
        row.name
        for frame in settled.every_frame()
        if OWN not in frame.gone
        for row in settled.program.rows[frame.scope.path]
        if row.place not in frame.gone and row.question.type not in _UNSEEN
    }
    for name in names:
        section = form.section(name)
        if not alive.isdisjoint(section.questions) or _may_begin(settled, section):
            return name
    return None


def _may_begin(settled: Settled, section: Section) -> bool:
    """Whether the page has a repeated group that the respondent could begin."""
    groups = _repeats_on(settled.program.form, frozenset(section.questions))
    return any(
        group.count is None and settled.may_occur(group, frame)
        for frame in settled.every_frame()
        if OWN not in frame.gone
        for group in frame.scope.repeats
        if group in groups
    )
