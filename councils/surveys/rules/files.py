"""Which files a person's answers speak of. Names only: nothing here reads a file."""

from collections.abc import Mapping

from councils.surveys.rules.form import FILE_TYPES, CompiledForm


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
