"""Names in a set of answers that its form does not have: what a program misspelled is told to it, not lost in silence.

Answers by a name that the form knows elsewhere (a question of a repeated group sent outside of it) are as lost as
others. Nothing here judges or changes an answer.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from councils.surveys.rules.form import CompiledForm
from councils.surveys.rules.program import program_of

MOST_TOLD: Final = 20
_LONGEST: Final = 100  # characters of a name as it is told


class _Known:
    """The names that may stand in one place: all of them, and those of repeated groups with what is known inside."""

    __slots__ = ("inside", "names")

    def __init__(self, form: CompiledForm, path: str) -> None:
        scope = program_of(form).layout.scopes[path]
        self.inside = {repeat.name: _Known(form, repeat.path) for repeat in scope.repeats}
        self.names = frozenset(question.name for question in scope.questions) | self.inside.keys()


def unknown_names(form: CompiledForm, answers: Mapping[str, Any]) -> list[str]:
    """Addresses of answers that nobody asked for (`tres`, `child/0/aeg`), in the order sent, at most `MOST_TOLD`."""
    known = _known(form)
    if not known.inside and answers.keys() <= known.names:
        return []
    return list(islice(_unknown(known, answers, ""), MOST_TOLD))


@lru_cache(maxsize=64)
def _known(form: CompiledForm) -> _Known:
    return _Known(form, program_of(form).layout.root)


def _unknown(known: _Known, answers: Mapping[str, Any], prefix: str) -> Iterator[str]:
    if not answers.keys() <= known.names:
        yield from (f"{prefix}{name[:_LONGEST]}" for name in answers if name not in known.names)
    for name, within in known.inside.items():
        occurrences = answers.get(name)
        for index, one in enumerate(occurrences if isinstance(occurrences, list) else ()):
            if isinstance(one, Mapping):
                yield from _unknown(within, one, f"{prefix}{name}/{index}/")
