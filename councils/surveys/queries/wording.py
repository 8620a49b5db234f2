"""The words of a sheet for what a page would do by itself: which questions to answer after which boxes."""

from django.utils.translation import gettext

from councils.surveys.rules.paper import Only, PaperQuestion, Skip


def conditions_in_words(question: PaperQuestion) -> tuple[str, ...]:
    """Under which answers a question is asked."""
    words = [_only_in_words(one) for one in question.only]
    if question.may_be_empty:
        words.append(gettext("Leave this empty where it does not concern you."))
    return tuple(words)


def skip_in_words(skip: Skip) -> str:
    """Where to go after an answer."""
    facts = {"answers": _listed(skip.labels), "number": skip.number}
    if not skip.number:
        return gettext("If you ticked %(answers)s, this was the last question.") % facts
    return gettext("If you ticked %(answers)s, go to question %(number)s.") % facts


def _only_in_words(only: Only) -> str:
    facts = {"answers": _listed(only.labels), "number": only.number}
    if only.is_negated:
        return gettext("Only if you did not tick %(answers)s in question %(number)s.") % facts
    return gettext("Only if you ticked %(answers)s in question %(number)s.") % facts


def _listed(labels: tuple[str, ...]) -> str:
    words = [gettext("“%(answer)s”") % {"answer": label} for label in labels]
    if len(words) == 1:
        return words[0]
    return gettext("%(several)s or %(last)s") % {"several": ", ".join(words[:-1]), "last": words[-1]}
