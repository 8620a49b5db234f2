"""Where things stand in the workbook, and which of its columns and settings are not carried out.

Columns that no XLSForm knows are an author's own notes: they are named in the report, never refused. Columns that mean
something we cannot do are refused at the first filled cell, never ignored.
"""

import re
from collections.abc import Iterator

from councils.surveys.rules.form import words
from councils.surveys.rules.problems import Problem, Remark
from councils.surveys.rules.workbook import Row, Sheet, Workbook, base_name, survey_rows
from councils.surveys.states import FormProblem, FormRemark

ALIASES = {
    "type": ("type", "command"),
    "name": ("name", "tag", "value"),
    "relevant": ("relevant", "relevance"),
    "calculation": ("calculation", "calculate"),
    "read_only": ("read_only", "readonly"),
    "repeat_count": ("repeat_count", "count", "jr"),
    "media": ("image", "big-image", "audio", "video", "media"),
}
# Columns by the attribute that pyxform makes of them, where the two are not called alike.
_ATTRIBUTES = {"noapperrorstring": "no_app_error_string", "tag": "compact_tag"}
_SURVEY = words(
    "type command name tag value label caption hint relevant relevance required required_message requiredmsg "
    "constraint constraint_message constraining_message calculation calculate read_only readonly choice_filter "
    "appearance default parameters rows repeat_count count jr image big-image audio video media "
    "bind body control instance intent autoplay trigger no_app_error_string noapperrorstring compact_tag"
)
_GUIDANCE = words("guidance_hint")
_SMS = words(
    "sms_field sms_option sms_separator sms_allow_media sms_date_format sms_datetime_format sms_response sms_keyword"
)
_SURVEY_REFUSED = words("save_to")
_SETTINGS = words(
    "form_title title set_form_title form_id id_string set_form_id name version default_language style public_title "
    "clean_text_values add_none_option allow_choice_duplicates namespaces attribute"
)
# Where answers go, how they travel, what they are called: here this site decides. Taken out before conversion.
TRANSPORT = _SMS | words(
    "flat public_key submission_url auto_send auto_delete prefix delimiter instance_xmlns client_editable "
    "omit_instanceid instance_name"
)
MEDIA_COLUMNS = words("image big-image audio video")
TITLES = words("form_title title set_form_title")
_BY_LANGUAGE = TITLES | words("public_title")  # settings that may have a language
_OFF = frozenset({"no", "false", "false()", "0", ""})


class Places:
    """Finds the row and column for a path of the XForm."""

    def __init__(self, workbook: Workbook, *, root: str) -> None:
        self._survey = workbook.sheet("survey")
        self._choices = workbook.sheet("choices")
        self._rows: dict[str, Row] = {}
        for path, row in survey_rows(self._survey):
            self._rows.setdefault(f"/{root}{path}", row)
            self._rows.setdefault(row.cells.get(self._survey.named(*ALIASES["name"]), ""), row)

    def problem(self, code: FormProblem, *, path: str, kind: str = "name", detail: str = "") -> Problem:
        """A problem at the question or group of this path, in the column of this kind."""
        number, column = self._cell(path, kind)
        return Problem(code=code, sheet="survey", row=number, column=column, detail=detail)

    def remark(self, code: FormRemark, *, path: str, kind: str = "name", detail: str = "") -> Remark:
        """A line of the report about the question or group of this path, in the column of this kind."""
        number, column = self._cell(path, kind)
        return Remark(code=code, sheet="survey", row=number, column=column, detail=detail)

    def _cell(self, path: str, kind: str) -> tuple[int | None, str]:
        row = self.row(path)
        if row is None:
            return None, ""
        bases = ALIASES.get(kind, (kind,))
        filled = next((header for header in row.cells if base_name(header) in bases), "")
        return row.number, self._survey.letter(filled or self._survey.named(*bases) or self._attribute_column(kind))

    def _attribute_column(self, attribute: str) -> str:
        """The header `bind::saveIncomplete`, `body::accept` or `autoplay` for an attribute of the XForm."""
        plain = attribute.rpartition(":")[2].lower()
        names = {plain, _ATTRIBUTES.get(plain, plain)}
        return next((header for header in self._survey.headers if header.rpartition(":")[2].lower() in names), "")

    def row(self, path: str) -> Row | None:
        """The row of a path. What is added to a row (`sex_other`, `child_count`) belongs to the row of its question."""
        name = path.rpartition("/")[2]
        keys = (path, name, name.removesuffix("_other"), name.removesuffix("_count"))
        return next((self._rows[key] for key in keys if key in self._rows), None)

    def written(self, path: str, kind: str) -> str:
        """A cell as the author wrote it: with `${name}`, not with the path that pyxform made of it."""
        row = self.row(path)
        cells = row.cells.items() if row else ()
        return next((text for header, text in cells if base_name(header) in ALIASES.get(kind, (kind,))), "")

    def type_written(self, path: str) -> str:
        """The type as the author wrote it, for the report."""
        row = self.row(path)
        return row.cells.get(self._survey.named("type", "command"), "") if row else ""

    def parameters(self, path: str) -> dict[str, str]:
        """The parameters of a row, as `max-pixels=1000 quality=low` gives them."""
        row = self._rows.get(path)
        return parameters_in(row.cells.get(self._survey.named("parameters"), "")) if row else {}

    def choice_problem(self, code: FormProblem, *, list_name: str, value: str, last: bool = False) -> Problem:
        """A problem at a choice of a list: at its first row, or at its `last`."""
        lists, names = self._choices.named("list_name"), self._choices.named("name", "value")
        rows = [
            row for row in self._choices.rows if row.cells.get(lists) == list_name and row.cells.get(names) == value
        ]
        row = rows[-1 if last else 0] if rows else None
        return Problem(
            code=code,
            sheet="choices",
            row=row.number if row else None,
            column=self._choices.letter(names) if row else "",
            detail=value,
        )


def parameters_in(text: str) -> dict[str, str]:
    """`key=value` pairs, separated by spaces, commas or semicolons; keys in lower case."""
    return {key.lower(): value for key, value in re.findall(r"([\w-]+)\s*=\s*([^\s,;]+)", text)}


def refused_cells(workbook: Workbook) -> Iterator[Problem]:
    """Filled cells of columns, and sheets, that mean something we cannot carry out."""
    for number, column, header in _filled(workbook.sheet("survey"), _SURVEY_REFUSED):
        yield Problem(code=FormProblem.COLUMN_UNSUPPORTED, sheet="survey", row=number, column=column, detail=header)
    for name in ("external_choices", "entities", "osm"):
        if workbook.sheet(name).rows:
            yield Problem(code=FormProblem.FILE_UNSUPPORTED, sheet=name, detail=name)


def remarked_cells(workbook: Workbook) -> Iterator[Remark]:
    """Columns and settings that are left out: transport, words for devices only, an author's own notes."""
    survey, settings = workbook.sheet("survey"), workbook.sheet("settings")
    for number, column, header in _filled(survey, _GUIDANCE):
        yield Remark(code=FormRemark.GUIDANCE, sheet="survey", row=number, column=column, detail=header)
    for number, column, header in _filled(survey, _SMS):
        yield Remark(code=FormRemark.ATTRIBUTE, sheet="survey", row=number, column=column, detail=header)
    kind = survey.named("type", "command")
    for row in survey.rows:
        if row.cells.get(kind, "").lower() == "audit":  # pyxform puts it beside the questions
            column = survey.letter(kind)
            yield Remark(code=FormRemark.METADATA, sheet="survey", row=row.number, column=column, detail="audit")
    values = settings.rows[0].cells if settings.rows else {}
    for number, column, header in _filled(settings, TRANSPORT):
        if values.get(header, "").lower() not in _OFF:
            is_name = base_name(header) == "instance_name"
            code = FormRemark.INSTANCE_NAME if is_name else FormRemark.SETTING
            yield Remark(code=code, sheet="settings", row=number, column=column, detail=header)
    known = {"survey": _SURVEY | _GUIDANCE | _SMS | _SURVEY_REFUSED, "settings": _SETTINGS | TRANSPORT}
    for name, bases in known.items():
        sheet = workbook.sheet(name)
        for header in sheet.headers:
            is_known = base_name(header) in bases and not (name == "settings" and _is_odd_setting(header))
            if header and not is_known:
                yield Remark(code=FormRemark.COLUMN, sheet=name, row=1, column=sheet.letter(header), detail=header)


def is_translated(header: str) -> bool:
    """Whether a setting is written in one language, as `form_title::Deutsch (de)` is; public titles are ours."""
    return ":" in header and base_name(header) != "public_title"


def _is_odd_setting(header: str) -> bool:
    """A setting with a language that has only one value for all: `version::kk`."""
    return ":" in header and base_name(header) in _SETTINGS - _BY_LANGUAGE


def _filled(sheet: Sheet, bases: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    headers = [header for header in sheet.headers if base_name(header) in bases]
    for row in sheet.rows:
        for header in headers:
            if header in row.cells:
                yield row.number, sheet.letter(header), header
