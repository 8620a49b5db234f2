"""A section for a phone without network: every question in words, whether it will be asked or not, and no answer.

Which questions concern somebody, the server says when the answers arrive. Rounds of a repeated group and files are left
out: a phone alone cannot know how many there are.
"""

from councils.surveys.forms.pages import SectionPage
from councils.surveys.rules import CompiledForm, Item, Question
from councils.surveys.rules.form import FILE_TYPES, fill


def bare_page(form: CompiledForm, *, section: str, language: str) -> SectionPage:
    """The questions of a section in a language, with all options; answers that texts speak of are gaps."""
    shown = [
        _item(form, question, language)
        for question in form.questions_of(section)
        if not question.repeat
        and question.type not in FILE_TYPES
        and (question.is_asked or (question.type == "note" and question.labels))
    ]
    return SectionPage(form=form, items=shown, repeats=(), answers={}, faults={})


def _item(form: CompiledForm, question: Question, language: str) -> Item:
    groups = {group.path: group for group in form.groups}
    parts = question.path.split("/")
    above = [path for end in range(4, len(parts)) if (path := "/".join(parts[:end])) in groups]
    headings = (fill(form.words(groups[path].labels, language), {}) for path in above)
    is_row = bool(above) and groups[above[-1]].is_matrix
    return Item(
        question=question,
        label=fill(form.words(question.labels, language), {}),
        hint=fill(form.words(question.hints, language), {}),
        options=tuple(
            (one.value, fill(form.words(one.labels, language), {}) or one.value) for one in form.choices(question)
        ),
        is_required=question.required is not None and question.relevant is None,
        value=None,
        headings=tuple(heading for heading in headings if heading),
        address=question.name,
        matrix=above[-1] if is_row else "",
    )
