"""Which files a person's answers speak of. Names only: nothing here reads a file."""

from collections.abc import Mapping
from functools import lru_cache

from councils.surveys.rules.form import FILE_TYPES, CompiledForm


@lru_cache(maxsize=64)
def takes_files(form: CompiledForm) -> bool:
    """Whether any question is answered with a file."""
    return any(question.type in FILE_TYPES for question in form.questions)


def types_of_files(form: CompiledForm, answers: Mapping[str, object]) -> dict[str, str]:
    """Name of each file that answers name -> type of its question; in repeated groups, too."""
    types = {question.name: question.type for question in form.questions}
    found: dict[str, str] = {}
    for name, value in answers.items():
        if isinstance(value, list):
            for one in value:
                if isinstance(one, Mapping):
                    found.update(types_of_files(form, one))
        elif types.get(name) in FILE_TYPES and value:
            found[str(value)] = types[name]
    return found
