"""The compiled questionnaire: what an XLSForm says, as plain data that fits into JSON.

It is made once at import, stored with the version and never changed afterwards: answers, codes and published figures
refer to its names, its order and its digest. Nothing here may read the workbook again or hold an answer.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

import msgspec

QuestionType = Literal[
    "select_one",
    "select_multiple",
    "rank",
    "integer",
    "decimal",
    "range",
    "text",
    "barcode",
    "date",
    "time",
    "datetime",
    "geopoint",
    "geotrace",
    "geoshape",
    "acknowledge",
    "image",
    "audio",
    "video",
    "file",
    "note",
    "calculate",
    "metadata",
]
Texts = dict[str, str]  # language -> text; `${name}` in it stands for the answer to that question
Media = dict[str, Texts]  # image, audio, video, big-image -> language -> name of a file that came with the form

CLOSED_TYPES: frozenset[str] = frozenset({"select_one", "select_multiple"})
CHOICE_TYPES: frozenset[str] = CLOSED_TYPES | {"rank"}
FILE_TYPES: frozenset[str] = frozenset({"image", "audio", "video", "file"})
# `metadata` is what a device adds by itself (start, end, deviceid ...): carried in the form, never kept with an answer.
UNASKED_TYPES: frozenset[str] = frozenset({"note", "calculate", "metadata"})

MOST_REPEATS = 100  # of one repeated group, as an answer to one question may not be endless either

_REFERENCE = re.compile(r"\$\{([^}]+)\}")


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One option. `columns` are the extra columns of the choices sheet, for choice filters."""

    value: str
    labels: Texts
    columns: dict[str, str] = {}
    media: Media = {}


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """A range question: from `start` to `end` in steps, as decimal numbers."""

    start: str
    end: str
    step: str


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the survey sheet. Expressions are XPath with absolute paths; `path` is the node they stand at.

    `repeat` is the path of the innermost repeated group around it, "" outside of all. `default` is a fixed text,
    `default_expression` is computed once, when the question (or its repeated group) first comes to life.
    `read_only_when` is an expression; `read_only` is always so. `data_type` is the XForm's own type of the node.
    """

    name: str
    path: str
    type: QuestionType
    labels: Texts = {}
    hints: Texts = {}
    choice_list: str = ""
    choice_filter: str | None = None
    required: str | None = None
    required_messages: Texts = {}
    relevant: str | None = None
    constraint: str | None = None
    constraint_messages: Texts = {}
    calculation: str | None = None
    read_only: bool = False
    read_only_when: str | None = None
    default: str = ""
    default_expression: str | None = None
    bounds: Bounds | None = None
    appearance: str = ""
    data_type: str = "string"
    repeat: str = ""
    media: Media = {}
    parameters: dict[str, str] = {}  # randomize, seed, max-pixels ... as the sheet gives them

    @property
    def is_asked(self) -> bool:
        """Whether a person answers it: not a note, not computed, not read-only."""
        return self.type not in UNASKED_TYPES and self.calculation is None and not self.read_only


class Group(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group of questions, top-level or nested. When it is not relevant, nothing in it is.

    A repeated group (`is_repeat`) occurs from 0 to `MOST_REPEATS` times; `count` is an expression that fixes how
    often, None where the respondent adds and removes. `repeat` is the path of the innermost repeated group around
    this one. `is_matrix` is XLSForm's table-list: its select questions share one list and are drawn as one table.
    """

    name: str
    path: str
    labels: Texts = {}
    relevant: str | None = None
    appearance: str = ""
    is_repeat: bool = False
    count: str | None = None
    repeat: str = ""
    is_matrix: bool = False
    media: Media = {}


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page: a top-level group, or a run of questions outside any group (then numbered and without label).

    `repeat` is the path of the repeated group that this page is, "" for an ordinary page. Repeated groups deeper
    inside a section are drawn on its page.
    """

    name: str
    labels: Texts = {}
    questions: tuple[str, ...] = ()
    repeat: str = ""


class CompiledForm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, eq=False):
    """A whole questionnaire. Question names are unique in the form; `digest` is the SHA-256 of everything else."""

    form_id: str
    version: str
    titles: Texts
    languages: dict[str, str]  # language code -> its name as the sheet writes it
    default_language: str
    root: str
    groups: tuple[Group, ...]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    lists: dict[str, tuple[Choice, ...]] = {}
    files: tuple[str, ...] = ()  # names of the media that must come with the form before it can be used
    digest: str = ""
    layout: int = 2  # of this structure, should stored forms ever need to be read differently

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompiledForm) and self.digest == other.digest

    def question(self, name: str) -> Question:
        """The question of that name; KeyError when there is none."""
        return {question.name: question for question in self.questions}[name]

    def section(self, name: str) -> Section:
        """The section of that name; KeyError when there is none."""
        return {section.name: section for section in self.sections}[name]

    def questions_of(self, section: str) -> tuple[Question, ...]:
        """The questions of one section, in the order of the sheet."""
        names = frozenset(self.section(section).questions)
        return tuple(question for question in self.questions if question.name in names)

    def choices(self, question: Question) -> tuple[Choice, ...]:
        """All options of a question in the order of the sheet; none for an open question."""
        return self.lists.get(question.choice_list, ())

    def words(self, texts: Texts, language: str) -> str:
        """A text in this language, else in the form's default language, else in any, else ""."""
        return texts.get(language) or texts.get(self.default_language) or next(iter(texts.values()), "")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON-ready data; `from_dict` takes it back."""
        built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return built

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The form from stored data. Refuses (msgspec.ValidationError) what is not of this shape."""
        return msgspec.convert(data, cls)


def words(text: str) -> frozenset[str]:
    """A set of names, written as one line of words."""
    return frozenset(text.split())


def references_in(text: str) -> frozenset[str]:
    """Names of the questions whose answers this label or hint shows."""
    return frozenset(_REFERENCE.findall(text))


def fill(text: str, shown: Mapping[str, str], *, gap: str = "…") -> str:
    """A label with the answers it speaks about put in; an unanswered one becomes the `gap`."""
    return _REFERENCE.sub(lambda found: shown.get(found[1], "") or gap, text)
