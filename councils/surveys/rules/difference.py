"""What changed between two versions of a questionnaire, and which figures may still stand side by side.

The rule is strict on purpose: other words, other options, another type or another circle of people asked make figures
incomparable; a new place, new looks or a further translation do not. It must never guess that a meaning stayed.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from councils.surveys.rules.form import Choice, CompiledForm, Group, Question, Texts
from councils.surveys.rules.references import references_of
from councils.surveys.states import FormChange

Subject = Literal["form", "group", "question", "choice"]

_TYPE = ("type", "data_type", "bounds")
_FIXED = ("default", "read_only")
_EXPRESSIONS = ("constraint", "calculation", "choice_filter", "default_expression", "read_only_when")
_LOOKS = ("appearance", "parameters")
_WORDS = ("labels", "hints")
_HARMLESS_WORDS = ("constraint_messages", "required_messages")
_COMPARABLE = frozenset(
    {FormChange.MOVED, FormChange.TRANSLATED, FormChange.REQUIRED, FormChange.LOOKS, FormChange.ADDED}
)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `name` is the question or group, `choice` the option's value, `aspects` the parts that differ.

    `languages` are those whose words differ. `is_comparable` says whether figures before and after may be compared.
    """

    subject: Subject
    kind: FormChange
    name: str = ""
    choice: str = ""
    aspects: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_comparable: bool = True


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All changes in the order of the newer form; `comparable`: the asked questions whose figures stay so."""

    changes: tuple[Change, ...]
    comparable: frozenset[str]


def difference(before: CompiledForm, after: CompiledForm) -> Difference:
    """Compare two versions. Questions are the same where their names are, wherever they stand now."""
    changes = [*_titles(before, after), *_groups(before, after), *_questions(before, after)]
    spoilt = {change.name for change in changes if not change.is_comparable}
    tables = {group.path: group.name for group in after.groups if group.is_matrix}
    kept = {question.name for question in before.questions if question.is_asked}
    return Difference(
        changes=tuple(changes),
        comparable=frozenset(
            question.name
            for question in after.questions
            if question.is_asked
            and question.name in kept - spoilt
            and tables.get(question.path.rpartition("/")[0]) not in spoilt
        ),
    )


def _titles(before: CompiledForm, after: CompiledForm) -> Iterator[Change]:
    yield from _words("form", before.titles, after.titles, aspect="titles", is_comparable=True)


def _groups(before: CompiledForm, after: CompiledForm) -> Iterator[Change]:
    old, new = ({group.name: group for group in form.groups} for form in (before, after))
    yield from (Change(subject="group", kind=FormChange.REMOVED, name=name) for name in old if name not in new)
    for name, group in new.items():
        if name not in old:
            yield Change(subject="group", kind=FormChange.ADDED, name=name)
            continue
        yield from _words(
            "group", old[name].labels, group.labels, name=name, aspect="labels", is_comparable=not group.is_matrix
        )
        before_it, now = (
            (one.is_repeat, _said(form, one, "count")) for form, one in ((before, old[name]), (after, group))
        )
        if before_it != now:
            yield Change(subject="group", kind=FormChange.TYPE, name=name, aspects=("is_repeat", "count"))
        if (old[name].appearance, old[name].is_matrix) != (group.appearance, group.is_matrix):
            yield Change(subject="group", kind=FormChange.LOOKS, name=name, aspects=("appearance",))


def _questions(before: CompiledForm, after: CompiledForm) -> Iterator[Change]:
    old, new = ({one.name: one for one in form.questions if one.type != "metadata"} for form in (before, after))
    for name in old:
        if name not in new:
            yield Change(subject="question", kind=FormChange.REMOVED, name=name, is_comparable=False)
    moved = _moved([*old], [*new])
    for name, question in new.items():
        if name not in old:
            yield Change(subject="question", kind=FormChange.ADDED, name=name)
            continue
        if name in moved or _place(before, old[name]) != _place(after, question):
            yield Change(subject="question", kind=FormChange.MOVED, name=name)
        yield from _question(before, old[name], after, question)
        yield from _choices(name, before.choices(old[name]), after.choices(question))


def _question(before: CompiledForm, old: Question, after: CompiledForm, new: Question) -> Iterator[Change]:
    for aspect in (*_WORDS, *_HARMLESS_WORDS):
        is_harmless = aspect in _HARMLESS_WORDS
        yield from _words(
            "question",
            getattr(old, aspect),
            getattr(new, aspect),
            name=new.name,
            aspect=aspect,
            is_comparable=is_harmless,
        )
    shape = [aspect for aspect in _TYPE if getattr(old, aspect) != getattr(new, aspect)]
    shape += ["repeat"] if _repeats(before, old) != _repeats(after, new) else []
    logic = ["relevant"] if _asked_when(before, old) != _asked_when(after, new) else []
    logic += [aspect for aspect in _FIXED if getattr(old, aspect) != getattr(new, aspect)]
    logic += [aspect for aspect in _EXPRESSIONS if _said(before, old, aspect) != _said(after, new, aspect)]
    for kind, aspects in (
        (FormChange.TYPE, shape),
        (FormChange.LOGIC, logic),
        (FormChange.REQUIRED, ["required"] if _said(before, old, "required") != _said(after, new, "required") else []),
        (FormChange.REWORDED, ["media"] if old.media != new.media else []),
        (FormChange.LOOKS, [aspect for aspect in _LOOKS if getattr(old, aspect) != getattr(new, aspect)]),
    ):
        if aspects:
            yield Change(
                subject="question",
                kind=kind,
                name=new.name,
                aspects=tuple(aspects),
                is_comparable=kind in _COMPARABLE,
            )


def _choices(name: str, before: Sequence[Choice], after: Sequence[Choice]) -> Iterator[Change]:
    old, new = ({choice.value: choice for choice in choices} for choices in (before, after))
    moved = _moved([*old], [*new])
    for value in (*(one for one in old if one not in new), *(one for one in new if one not in old)):
        kind = FormChange.REMOVED if value in old else FormChange.ADDED
        yield Change(subject="choice", kind=kind, name=name, choice=value, is_comparable=False)
    for value, choice in new.items():
        if value not in old:
            continue
        if value in moved:
            yield Change(subject="choice", kind=FormChange.MOVED, name=name, choice=value)
        yield from _words(
            "choice", old[value].labels, choice.labels, name=name, choice=value, aspect="labels", is_comparable=False
        )
        if (old[value].media, old[value].columns) != (choice.media, choice.columns):
            yield Change(
                subject="choice",
                kind=FormChange.LOGIC,
                name=name,
                choice=value,
                aspects=tuple(one for one in ("media", "columns") if getattr(old[value], one) != getattr(choice, one)),
                is_comparable=False,
            )


def _words(
    subject: Subject,
    old: Texts,
    new: Texts,
    *,
    name: str = "",
    choice: str = "",
    aspect: str,
    is_comparable: bool,
) -> Iterator[Change]:
    """Other words in a language are a change of meaning as far as anybody knows; words in a further one are not."""
    reworded = tuple(language for language in old if old[language] != new.get(language))
    added = tuple(language for language in new if language not in old)
    for kind, languages, stays in (
        (FormChange.REWORDED, reworded, is_comparable),
        (FormChange.TRANSLATED if old else FormChange.REWORDED, added, is_comparable or bool(old)),
    ):
        if languages:
            yield Change(
                subject=subject,
                kind=kind,
                name=name,
                choice=choice,
                aspects=(aspect,),
                languages=languages,
                is_comparable=stays,
            )


def _said(form: CompiledForm, node: Group | Question, aspect: str) -> str | None:
    """An expression with names instead of paths: it says the same wherever the questions stand now."""
    source: str | None = getattr(node, aspect)
    return None if source is None else references_of(form).named(node, source)


def _asked_when(form: CompiledForm, question: Question) -> tuple[str, ...]:
    """All conditions that stand above a question, outermost first: they decide together who is asked."""
    above = [_said(form, group, "relevant") for group in form.groups if question.path.startswith(f"{group.path}/")]
    return tuple(relevant for relevant in (*above, _said(form, question, "relevant")) if relevant is not None)


def _repeats(form: CompiledForm, question: Question) -> list[str]:
    return [group.name for group in form.groups if group.is_repeat and question.path.startswith(f"{group.path}/")]


def _place(form: CompiledForm, question: Question) -> tuple[str, ...]:
    groups: dict[str, Group] = {group.path: group for group in form.groups}
    path, above = question.path.rpartition("/")[0], []
    while path in groups:
        above.append(groups[path].name)
        path = path.rpartition("/")[0]
    return tuple(above)


def _moved(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """The fewest names that must have moved to turn one order into the other (all but a longest rising run)."""
    place = {name: number for number, name in enumerate(old)}
    common = [name for name in new if name in place]
    tails: list[int] = []
    before: dict[str, str | None] = {}
    ends: list[str] = []
    for name in common:
        at = bisect_left(tails, place[name])
        tails[at:] = [place[name], *tails[at + 1 :]]
        ends[at:] = [name, *ends[at + 1 :]]
        before[name] = ends[at - 1] if at else None
    kept: set[str] = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return frozenset(common) - kept
