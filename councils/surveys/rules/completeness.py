"""Is every word of a questionnaire there in every language of a wave? A wave cannot open before it is.

It must never take a text in another language for a translation: what is missing is named, not filled in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from councils.surveys.rules.form import CompiledForm, Question, Texts

Part = Literal["title", "label", "hint", "choice", "constraint_message", "required_message"]


@dataclass(frozen=True, slots=True)
class Missing:
    """One missing text. `name` is the question or section ("" for the title), `choice` the option's value."""

    language: str
    part: Part
    name: str = ""
    choice: str = ""


def missing_translations(form: CompiledForm, languages: Iterable[str]) -> tuple[Missing, ...]:
    """Every text that a language lacks, in the order of the form; empty when a wave may open in these languages.

    Labels and choices must exist; hints, messages and section titles must exist in all languages or in none.
    """
    return tuple(
        Missing(language=language, part=part, name=name, choice=choice)
        for language in languages
        for part, name, choice, texts, is_needed in _texts(form)
        if language not in texts and (is_needed or texts)
    )


def _texts(form: CompiledForm) -> Iterator[tuple[Part, str, str, Texts, bool]]:
    yield "title", "", "", form.titles, True
    for section in form.sections:
        yield "label", section.name, "", section.labels, False
    seen: set[str] = set()
    for question in form.questions:
        if question.type != "calculate":
            yield from _question_texts(question)
        if question.choice_list not in seen:
            seen.add(question.choice_list)
            for choice in form.choices(question):
                yield "choice", question.name, choice.value, choice.labels, True


def _question_texts(question: Question) -> Iterator[tuple[Part, str, str, Texts, bool]]:
    yield "label", question.name, "", question.labels, True
    yield "hint", question.name, "", question.hints, False
    yield "constraint_message", question.name, "", question.constraint_messages, question.constraint is not None
    yield "required_message", question.name, "", question.required_messages, False
