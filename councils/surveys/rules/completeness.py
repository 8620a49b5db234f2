"""Is every word of a questionnaire there in every language of a wave? A wave cannot open before it is.

It must never take a text in another language for a translation: what is missing is named, not filled in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from councils.surveys.rules.form import CompiledForm, Media, Question, Texts

Part = Literal["title", "label", "hint", "choice", "constraint_message", "required_message", "media"]


@dataclass(frozen=True, slots=True)
class Missing:
    """One missing text. `name` is the question, group or section ("" for the title), `choice` the option's value.

    For a missing picture, sound or film (`media`) `kind` says which: `image`, `audio`, `video` or `big-image`.
    """

    language: str
    part: Part
    name: str = ""
    choice: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One thing that a language may lack; `is_needed` although no language has it."""

    part: Part
    name: str
    texts: Texts
    is_needed: bool = False
    choice: str = ""
    kind: str = ""


def missing_translations(form: CompiledForm, languages: Iterable[str]) -> tuple[Missing, ...]:
    """Every text that a language lacks, in the order of the form; empty when a wave may open in these languages.

    Questions, choices, tables and repeated groups must have a label, be it a picture or a sound; hints, messages,
    titles of sections and groups, and further media must exist in all languages or in none.
    """
    spoken = tuple(_spoken(form))
    return tuple(
        Missing(language=language, part=one.part, name=one.name, choice=one.choice, kind=one.kind)
        for language in languages
        for one in spoken
        if language not in one.texts and (one.is_needed or one.texts)
    )


def _spoken(form: CompiledForm) -> Iterator[_Spoken]:
    yield _Spoken("title", "", form.titles, is_needed=True)
    for group in form.groups:
        yield _label(group.name, group.labels, group.media, is_needed=group.is_repeat or group.is_matrix)
        yield from _media(group.name, group.media)
    seen: set[str] = set()
    for question in form.questions:
        if question.type not in {"calculate", "metadata"}:
            yield from _question(question)
        if question.choice_list not in seen:
            seen.add(question.choice_list)
            for choice in form.choices(question):
                is_needed = not choice.media
                yield _Spoken("choice", question.name, choice.labels, is_needed=is_needed, choice=choice.value)
                yield from _media(question.name, choice.media, choice=choice.value)


def _question(question: Question) -> Iterator[_Spoken]:
    has_constraint = question.constraint is not None
    yield _label(question.name, question.labels, question.media, is_needed=True)
    yield from _media(question.name, question.media)
    yield _Spoken("hint", question.name, question.hints)
    yield _Spoken("constraint_message", question.name, question.constraint_messages, is_needed=has_constraint)
    yield _Spoken("required_message", question.name, question.required_messages)


def _label(name: str, labels: Texts, media: Media, *, is_needed: bool) -> _Spoken:
    """A picture or a sound may stand for the words, as long as no language has words."""
    return _Spoken("label", name, labels, is_needed=is_needed and not media)


def _media(name: str, media: Media, *, choice: str = "") -> Iterator[_Spoken]:
    for kind, names in media.items():
        yield _Spoken("media", name, names, choice=choice, kind=kind)
