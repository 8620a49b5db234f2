"""Where things stand in the workbook, and which of its columns and settings cannot be carried out.

Columns that no XLSForm knows are an author's own notes: they are named in the report, never refused. Columns that mean
something we cannot do are refused at the first filled cell, never ignored.
"""

from collections.abc import Iterator

from councils.surveys.rules.form import words
from councils.surveys.rules.problems import Problem
from councils.surveys.rules.workbook import Row, Sheet, Workbook, base_name, survey_rows
from councils.surveys.states import FormProblem

_ALIASES = {
    "type": ("type", "command"),
    "name": ("name", "tag", "value"),
    "relevant": ("relevant", "relevance"),
    "calculation": ("calculation", "calculate"),
    "read_only": ("read_only", "readonly"),
}
_SURVEY = words(
    "type command name tag value label caption hint relevant relevance required required_message requiredmsg "
    "constraint constraint_message constraining_message calculation calculate read_only readonly choice_filter "
    "appearance default parameters rows repeat_count"  # repeat_count: its row is refused as a repeat
)
_SURVEY_REFUSED = words(
    "image big-image audio video media guidance_hint autoplay trigger save_to intent body bind instance control "
    "count jr no_app_error_string noapperrorstring compact_tag "
    "sms_field sms_option sms_separator sms_allow_media sms_date_format sms_datetime_format sms_response"
)
_CHOICES_REFUSED = frozenset({"image", "big-image", "audio", "video", "media"})
_SETTINGS = words(
    "form_title title set_form_title form_id id_string set_form_id name version default_language style public_title "
    "clean_text_values add_none_option omit_instanceid instance_name"  # instance_name: no answer has a name
)
_SETTINGS_REFUSED = words(
    "flat public_key submission_url auto_send auto_delete allow_choice_duplicates prefix delimiter namespaces "
    "attribute instance_xmlns client_editable sms_keyword sms_separator sms_allow_media sms_date_format "
    "sms_datetime_format sms_response"
)
_OFF = frozenset({"no", "false", "false()", "0", ""})


class Places:
    """Finds the row and column for a path of the XForm."""

    def __init__(self, workbook: Workbook, *, root: str) -> None:
        self._survey = workbook.sheet("survey")
        self._choices = workbook.sheet("choices")
        self._rows: dict[str, Row] = {}
        for path, row in survey_rows(self._survey):
            self._rows.setdefault(f"/{root}{path}", row)
            self._rows.setdefault(row.cells.get(self._survey.named(*_ALIASES["name"]), ""), row)

    def problem(self, code: FormProblem, *, path: str, kind: str = "name", detail: str = "") -> Problem:
        """A problem at the question or group of this path, in the column of this kind."""
        row = self.row(path)
        header = self._survey.named(*_ALIASES.get(kind, (kind,)))
        return Problem(
            code=code,
            sheet="survey",
            row=row.number if row else None,
            column=self._survey.letter(header) if row else "",
            detail=detail,
        )

    def row(self, path: str) -> Row | None:
        """The row of a path. What pyxform adds itself (`sex_other`) belongs to the row of its question."""
        name = path.rpartition("/")[2]
        return next((self._rows[key] for key in (path, name, name.removesuffix("_other")) if key in self._rows), None)

    def type_written(self, path: str) -> str:
        """The type as the author wrote it, for the report."""
        row = self.row(path)
        return row.cells.get(self._survey.named("type", "command"), "") if row else ""

    def choice_problem(self, code: FormProblem, *, list_name: str, value: str) -> Problem:
        """A problem at a choice of a list."""
        lists, names = self._choices.named("list_name"), self._choices.named("name", "value")
        row = next(
            (row for row in self._choices.rows if row.cells.get(lists) == list_name and row.cells.get(names) == value),
            None,
        )
        return Problem(
            code=code,
            sheet="choices",
            row=row.number if row else None,
            column=self._choices.letter(names) if row else "",
            detail=value,
        )


def unsupported_cells(workbook: Workbook) -> Iterator[Problem]:
    """Filled cells of columns and settings that mean something we cannot carry out."""
    yield from _filled(workbook.sheet("survey"), "survey", _SURVEY_REFUSED)
    yield from _filled(workbook.sheet("choices"), "choices", _CHOICES_REFUSED)
    settings = workbook.sheet("settings")
    for problem in _filled(settings, "settings", _SETTINGS_REFUSED):
        value = next((row.cells.get(problem.detail, "") for row in settings.rows if row.number == problem.row), "")
        if value.lower() not in _OFF:
            yield Problem(
                code=FormProblem.SETTING_UNSUPPORTED,
                sheet="settings",
                row=problem.row,
                column=problem.column,
                detail=problem.detail,
            )
    for name in ("external_choices", "entities", "osm"):
        if workbook.sheet(name).rows:
            yield Problem(code=FormProblem.FILE_UNSUPPORTED, sheet=name, detail=name)
    survey = workbook.sheet("survey")
    kind, parameters = survey.named("type", "command"), survey.named("parameters")
    for row in survey.rows:
        if parameters in row.cells and not row.cells.get(kind, "").startswith("range"):
            yield Problem(
                code=FormProblem.COLUMN_UNSUPPORTED,
                sheet="survey",
                row=row.number,
                column=survey.letter(parameters),
                detail=parameters,
            )


def unknown_columns(workbook: Workbook) -> tuple[str, ...]:
    """Columns that are no part of XLSForm, as `survey!F notes`: kept out of the form, named in the report."""
    known = {"survey": _SURVEY | _SURVEY_REFUSED, "settings": _SETTINGS | _SETTINGS_REFUSED}
    return tuple(
        f"{name}!{sheet.letter(header)} {header}"
        for name, bases in known.items()
        for sheet in [workbook.sheet(name)]
        for header in sheet.headers
        if header and base_name(header) not in bases
    )


def _filled(sheet: Sheet, name: str, bases: frozenset[str]) -> Iterator[Problem]:
    headers = [header for header in sheet.headers if base_name(header) in bases]
    for row in sheet.rows:
        for header in headers:
            if header in row.cells:
                yield Problem(
                    code=FormProblem.COLUMN_UNSUPPORTED,
                    sheet=name,
                    row=row.number,
                    column=sheet.letter(header),
                    detail=header,
                )
