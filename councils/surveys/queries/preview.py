"""A questionnaire for whoever prepares a survey: every question, with the condition under which it is asked in words.

It is made of the compiled form alone. Nothing here knows of a wave or an answer.
"""

from functools import lru_cache

import msgspec
from django.utils.translation import gettext

from councils.surveys.rules import CompiledForm, Question
from councils.surveys.rules.paper import Only, questions_of, sheet
from councils.surveys.rules.preview import condition_of


@lru_cache(maxsize=8)
def with_conditions(form: CompiledForm, language: str) -> CompiledForm:
    """The form whose hints in this language begin with the condition under which the question is asked."""
    on_paper = {one.name: one for one in questions_of(sheet(form, language=language))}
    labels = {one.number: one.label for one in on_paper.values()}
    questions = []
    for question in form.questions:
        printed = on_paper.get(question.name)
        plain = printed.only if printed is not None and not printed.may_be_empty else ()
        words = [_only(one, labels) for one in plain] or _raw(form, question)
        if question.choice_filter is not None:
            words.append(gettext("Which options are shown depends on earlier answers."))
        hint = " ".join([*words, form.words(question.hints, language)]).strip()
        questions.append(msgspec.structs.replace(question, hints={language: hint} if hint else {}))
    return msgspec.structs.replace(form, questions=tuple(questions), digest=f"{language} {form.digest}")


def _only(only: Only, labels: dict[int, str]) -> str:
    answers = ", ".join(gettext("“%(answer)s”") % {"answer": label} for label in only.labels)
    facts = {"answers": answers, "question": labels.get(only.number, "")}
    if only.is_negated:
        return gettext("Asked unless this was ticked: %(answers)s (%(question)s)") % facts
    return gettext("Asked only if this was ticked: %(answers)s (%(question)s)") % facts


def _raw(form: CompiledForm, question: Question) -> list[str]:
    condition = condition_of(form, question)
    # Dollar signs would be read as places for answers.
    plain = condition.replace("${", "{")
    return [gettext("Asked only when: %(condition)s") % {"condition": plain}] if condition else []
