"""A compiled questionnaire as an XLSForm again: to take along, to change and to import as the next version.

What is written imports to the same form, apart from its digest. References become `${name}` where pyxform would write
the same path; anything else stays XPath, which an XLSForm may hold as well.
"""

import re
from collections.abc import Iterator

from councils.surveys.rules.form import CompiledForm, Group, Media, Question, Texts
from councils.surveys.rules.kinds import LABELS, PRELOAD
from councils.surveys.rules.references import References
from councils.surveys.rules.sheets import write_xlsform
from councils.surveys.rules.xform import UNNAMED

_CHOICE_NAME = re.compile(r"(?<![\w:.-])choice-name\(")
_CHOICE_LABEL = re.compile(r"choice-label\('([^']*)'\)")
_TYPES = {"datetime": "dateTime", "select_one": "select_one", "select_multiple": "select_multiple", "rank": "rank"}
_DATA_TYPES = {
    "integer": "int",
    "datetime": "dateTime",
    "rank": "odk:rank",
    **{kind: kind for kind in ("decimal", "date", "time", "geopoint", "geotrace", "geoshape", "barcode")},
    **dict.fromkeys(("image", "audio", "video", "file"), "binary"),
}

Row = dict[str, str]


def export_xlsform(form: CompiledForm) -> bytes:
    """The questionnaire as .xlsx with the sheets survey, choices and settings."""
    writer = _Writer(form)
    return write_xlsform(survey=writer.survey(), choices=writer.choices(), settings=writer.settings())


class _Writer:
    def __init__(self, form: CompiledForm) -> None:
        self._form = form
        self._references = References(form)
        self._heads = {
            question.path.rpartition("/")[0]: question
            for question in reversed(form.questions)
            if question.parameters.get(PRELOAD) == LABELS and question.labels
        }
        self._children = self._tree()

    def survey(self) -> list[Row]:
        """The rows of the sheet survey, groups opened and closed."""
        return list(self._rows(f"/{self._form.root}"))

    def choices(self) -> list[Row]:
        """The rows of the sheet choices, list by list."""
        return [
            {"list_name": name, "name": choice.value}
            | self._texts("label", choice.labels)
            | self._media(choice.media)
            | choice.columns
            for name, choices in self._form.lists.items()
            for choice in choices
        ]

    def settings(self) -> Row:
        """The one row of the sheet settings."""
        form = self._form
        titles = {language: title for language, title in form.titles.items() if language != form.default_language}
        default = form.languages.get(form.default_language, UNNAMED)
        return (
            {"form_title": form.titles.get(form.default_language, form.form_id), "form_id": form.form_id}
            | {"version": form.version, "name": "" if form.root == "data" else form.root}
            | {"default_language": "" if default == UNNAMED else default}
            | self._texts("public_title", titles)
        )

    def _tree(self) -> dict[str, list[Group | Question]]:
        """What stands directly in each group, in the order of the sheet: a group stands where its first question is."""
        form = self._form
        first: dict[str, int] = {}
        for number, question in enumerate(form.questions):
            path = question.path
            while path:
                first.setdefault(path, number)
                path = path.rpartition("/")[0]
        nodes: list[Group | Question] = [*form.groups, *form.questions]
        placed = sorted(nodes, key=lambda node: first.get(node.path, 0))
        children: dict[str, list[Group | Question]] = {}
        for node in placed:
            children.setdefault(node.path.rpartition("/")[0], []).append(node)
        return children

    def _rows(self, parent: str) -> Iterator[Row]:
        for node in self._children.get(parent, ()):
            if isinstance(node, Question):
                yield self._question(node)
                continue
            bracket = "repeat" if node.is_repeat else "group"
            yield {"type": f"begin_{bracket}"} | self._group(node)
            yield from self._rows(node.path)
            yield {"type": f"end_{bracket}"}

    def _group(self, group: Group) -> Row:
        head = self._heads.get(group.path)
        is_headed = head is not None and head.labels == group.labels  # the heading row of a table says it
        return (
            {"name": group.name}
            | ({} if is_headed else self._texts("label", group.labels) | self._media(group.media))
            | {"relevant": self._expression(group, group.relevant), "appearance": group.appearance}
            | {"repeat_count": self._expression(group, group.count)}
        )

    def _question(self, question: Question) -> Row:
        bounds = question.bounds
        span = {"start": bounds.start, "end": bounds.end, "step": bounds.step} if bounds is not None else {}
        given = {key: value for key, value in question.parameters.items() if key != PRELOAD}
        usual = _DATA_TYPES.get(question.type, "string")
        has_own_type = question.type not in {"metadata", "range"} and question.data_type != usual
        return (
            {"type": self._type(question), "name": question.name}
            | self._texts("label", question.labels)
            | self._texts("hint", question.hints)
            | self._media(question.media)
            | {
                "required": "yes" if question.required == "true()" else self._expression(question, question.required),
                "relevant": self._expression(question, question.relevant),
                "constraint": self._expression(question, question.constraint),
                "calculation": self._expression(question, question.calculation),
                "choice_filter": self._expression(question, question.choice_filter),
                "read_only": "yes" if question.read_only else self._expression(question, question.read_only_when),
                "default": question.default or self._first_value(question),
                "appearance": question.appearance,
                "parameters": " ".join(f"{key}={value}" for key, value in {**span, **given}.items()),
                "bind::type": question.data_type if has_own_type else "",
            }
            | self._texts("constraint_message", question.constraint_messages)
            | self._texts("required_message", question.required_messages)
        )

    @staticmethod
    def _type(question: Question) -> str:
        preload = question.parameters.get(PRELOAD, "")
        if preload == LABELS:
            return f"select_one {question.choice_list}" if question.choice_list else "note"
        if question.type == "metadata":
            return preload
        if question.type == "calculate" and not (question.calculation or question.default_expression):
            return "hidden"
        return f"{_TYPES.get(question.type, question.type)} {question.choice_list}".strip()

    def _first_value(self, question: Question) -> str:
        return "" if question.type == "metadata" else self._expression(question, question.default_expression)

    def _header(self, base: str, language: str) -> str:
        name = self._form.languages.get(language, language)
        return base if name == UNNAMED else f"{base}::{name}"

    def _texts(self, base: str, texts: Texts) -> Row:
        return {self._header(base, language): text for language, text in texts.items()}

    def _media(self, media: Media) -> Row:
        return {self._header(kind, language): name for kind, names in media.items() for language, name in names.items()}

    def _expression(self, node: Group | Question, source: str | None) -> str:
        if source is None:
            return ""
        text = _CHOICE_NAME.sub("jr:choice-name(", self._references.named(node, source))
        return _CHOICE_LABEL.sub(lambda found: f"label::{self._form.languages.get(found[1], found[1])}", text)
