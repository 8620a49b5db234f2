"""A questionnaire as it looks when everything in it is asked: for whoever prepares a survey, never for an answer.

All conditions are taken away and every repeated group stands there once. What it decides counts for nobody.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from councils.surveys.rules.answers import Item, RepeatState, whole
from councils.surveys.rules.form import CompiledForm, Group, Question, Section
from councils.surveys.rules.references import references_of


@lru_cache(maxsize=16)
def everything_asked(form: CompiledForm) -> CompiledForm:
    """The same form without conditions, filters of options or counted repeated groups."""
    return msgspec.structs.replace(
        form,
        groups=tuple(msgspec.structs.replace(group, relevant=None, count=None) for group in form.groups),
        questions=tuple(
            msgspec.structs.replace(question, relevant=None, choice_filter=None) for question in form.questions
        ),
        digest=f"preview {form.digest}",
    )


def once_each(form: CompiledForm) -> dict[str, Any]:
    """No answers at all, in one round of every repeated group."""
    return _rounds(form, inside="")


def _rounds(form: CompiledForm, *, inside: str) -> dict[str, Any]:
    return {
        group.name: [_rounds(form, inside=group.path)]
        for group in form.groups
        if group.is_repeat and group.repeat == inside
    }


def pages(
    form: CompiledForm, *, language: str, today: date
) -> Iterator[tuple[Section, tuple[Item, ...], tuple[RepeatState, ...]]]:
    """Every section with all that it can show."""
    open_form = everything_asked(form)
    return whole(open_form, once_each(open_form), language=language, today=today)


def condition_of(form: CompiledForm, question: Question) -> str:
    """When a question is asked, as the sheet says it, the conditions of its groups first; "" when always."""
    above: list[Group | Question] = [one for one in form.groups if question.path.startswith(f"{one.path}/")]
    said = [references_of(form).named(node, node.relevant) for node in (*above, question) if node.relevant]
    return " and ".join(said if len(said) == 1 else (f"({one})" for one in said))
