"""Reading a LimeSurvey survey (.lss): tables of rows in XML, brought together into groups, questions and answers.

Files of LimeSurvey 2, 3 (words in the rows) and 4 to 6 (words in tables of their own) are read. The file is a
stranger's: its size, its rows and its XML are bounded, and nothing in it is ever run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from councils.surveys.rules.form import Texts
from councils.surveys.rules.problems import FormRefusedError, Problem
from councils.surveys.rules.workbook import LARGEST_FILE, MOST_ROWS
from councils.surveys.states import FormProblem

_MOST_ROWS = 20 * MOST_ROWS  # of all tables together: each question has a row per language and per attribute

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """An answer of a list, or a subquestion: its code and its words. `scale` tells the two scales of an array apart."""

    code: str
    labels: Texts
    relevance: str = ""
    scale: str = "0"


@dataclass(frozen=True, slots=True)
class LimeQuestion:
    """One question with everything that hangs on it."""

    id: str
    code: str
    type: str
    labels: Texts
    helps: Texts
    mandatory: str
    has_other: bool
    relevance: str
    pattern: str
    answers: tuple[Option, ...] = ()
    parts: tuple[Option, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    other_labels: Texts = field(default_factory=dict)
    has_default: bool = False
    has_conditions: bool = False


@dataclass(frozen=True, slots=True)
class LimeGroup:
    """One page of questions in their order."""

    id: str
    labels: Texts
    descriptions: Texts
    relevance: str
    questions: tuple[LimeQuestion, ...]


@dataclass(frozen=True, slots=True)
class LimeSurvey:
    """The whole survey; `languages` begins with its base language. `extras` names further parts that it has."""

    id: str
    languages: tuple[str, ...]
    titles: Texts
    welcomes: Texts
    groups: tuple[LimeGroup, ...]
    extras: tuple[str, ...]


def read_lss(content: bytes) -> LimeSurvey:
    """The survey of an .lss file. Refuses (FormRefusedError) what is too large or no such file."""
    if len(content) > LARGEST_FILE:
        raise _refused(FormProblem.TOO_LARGE, f"{LARGEST_FILE // 1_000_000} MB")
    try:
        document: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise _refused(FormProblem.NOT_A_QUESTIONNAIRE) from error
    if document.findtext("LimeSurveyDocType", "").strip() != "Survey":
        raise _refused(FormProblem.NOT_A_QUESTIONNAIRE)
    tables = {table.tag: [_row(row) for row in table.iterfind("rows/row")] for table in document}
    if sum(map(len, tables.values())) > _MOST_ROWS:
        raise _refused(FormProblem.TOO_LARGE, f"{LARGEST_FILE // 1_000_000} MB")
    return _Reader(tables, [one.text or "" for one in document.iterfind("languages/language")]).survey()


def _refused(code: FormProblem, detail: str = "") -> FormRefusedError:
    return FormRefusedError((Problem(code=code, detail=detail),))


def _row(row: Element) -> Row:
    return {cell.tag: (cell.text or "").strip() for cell in row}


class _Reader:
    def __init__(self, tables: dict[str, list[Row]], languages: list[str]) -> None:
        self._tables = tables
        self._indexes: dict[tuple[str, str], dict[str, list[Row]]] = {}
        self._grouped: dict[tuple[str, str], dict[str, list[list[Row]]]] = {}
        self._sorted: dict[str, list[list[Row]]] = {}
        survey = next(iter(tables.get("surveys", ())), {})
        base = survey.get("language") or next(iter(languages), "en")
        more = [*survey.get("additional_languages", "").split(), *languages]
        self._languages = tuple(dict.fromkeys([base, *more]))
        self._id = survey.get("sid", "")

    def survey(self) -> LimeSurvey:
        """Everything, in the order in which it is asked."""
        settings = self._tables.get("surveys_languagesettings", ())
        texts = {
            column: self._by_language(settings, "surveyls_language", column)
            for column in ("surveyls_title", "surveyls_welcometext", "surveyls_endtext", "surveyls_policy_notice")
        }
        extras = [table for table in ("quota", "assessments") if self._tables.get(table)]
        extras += [column for column in ("surveyls_endtext", "surveyls_policy_notice") if texts[column]]
        return LimeSurvey(
            id=self._id,
            languages=self._languages,
            titles=texts["surveyls_title"],
            welcomes=texts["surveyls_welcometext"],
            groups=tuple(self._group(rows) for rows in self._ordered("groups", "gid", "group_order")),
            extras=tuple(extras),
        )

    def _group(self, rows: list[Row]) -> LimeGroup:
        own, words = rows[0], [*rows, *self._of("group_l10ns", "gid", rows[0]["gid"])]
        asked = self._inside("questions", "gid", own["gid"])
        return LimeGroup(
            id=own["gid"],
            labels=self._by_language(words, "language", "group_name"),
            descriptions=self._by_language(words, "language", "description"),
            relevance=own.get("grelevance", ""),
            questions=tuple(self._question(one) for one in asked if one[0].get("parent_qid", "0") in {"0", ""}),
        )

    def _question(self, rows: list[Row]) -> LimeQuestion:
        own, words = rows[0], [*rows, *self._of("question_l10ns", "qid", rows[0]["qid"])]
        attributes = self._of("question_attributes", "qid", own["qid"])
        return LimeQuestion(
            id=own["qid"],
            code=own.get("title", ""),
            type=own.get("type", ""),
            labels=self._by_language(words, "language", "question"),
            helps=self._by_language(words, "language", "help"),
            mandatory=own.get("mandatory", "N"),
            has_other=own.get("other", "N") == "Y",
            relevance=own.get("relevance", ""),
            pattern=own.get("preg", ""),
            answers=tuple(self._answers(own["qid"])),
            parts=tuple(self._parts(own["qid"])),
            attributes={row["attribute"]: row.get("value", "") for row in attributes if row.get("attribute")},
            other_labels=self._by_language(
                [row for row in attributes if row.get("attribute") == "other_replace_text"], "language", "value"
            ),
            has_default=any(row.get("defaultvalue", "1") for row in self._of("defaultvalues", "qid", own["qid"])),
            has_conditions=bool(self._of("conditions", "qid", own["qid"])),
        )

    def _answers(self, question: str) -> Iterable[Option]:
        """The options of a question, one for each code and scale, whatever number of languages has a row."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in sorted(self._of("answers", "qid", question), key=lambda row: _number(row.get("sortorder"))):
            found.setdefault((row.get("scale_id", "0"), row.get("code", "")), []).append(row)
        for (scale, code), rows in found.items():
            words = [
                *rows,
                *(word for row in rows if "aid" in row for word in self._of("answer_l10ns", "aid", row["aid"])),
            ]
            yield Option(code=code, labels=self._by_language(words, "language", "answer"), scale=scale)

    def _parts(self, question: str) -> Iterable[Option]:
        for rows in self._inside("subquestions", "parent_qid", question):
            words = [*rows, *self._of("question_l10ns", "qid", rows[0]["qid"])]
            yield Option(
                code=rows[0].get("title", ""),
                labels=self._by_language(words, "language", "question"),
                relevance=rows[0].get("relevance", ""),
                scale=rows[0].get("scale_id", "0"),
            )

    def _of(self, table: str, key: str, value: str) -> list[Row]:
        index = self._indexes.get((table, key))
        if index is None:
            index = self._indexes[table, key] = {}
            for row in self._tables.get(table, ()):
                index.setdefault(row.get(key, ""), []).append(row)
        return index.get(value, [])

    def _ordered(self, table: str, key: str, order: str) -> list[list[Row]]:
        """The rows of a table by their key, in their order; version 3 has one row for each language."""
        if table not in self._sorted:
            found: dict[str, list[Row]] = {}
            for row in self._tables.get(table, ()):
                if row.get(key):
                    found.setdefault(row[key], []).append(row)
            self._sorted[table] = sorted(found.values(), key=lambda rows: _number(rows[0].get(order)))
        return self._sorted[table]

    def _inside(self, table: str, key: str, value: str) -> list[list[Row]]:
        """Questions or subquestions of one group or question, in their order."""
        if (table, key) not in self._grouped:
            index = self._grouped[table, key] = {}
            for rows in self._ordered(table, "qid", "question_order"):
                index.setdefault(rows[0].get(key, ""), []).append(rows)
        return self._grouped[table, key].get(value, [])

    def _by_language(self, rows: Iterable[Row], language: str, column: str) -> Texts:
        found = {row.get(language) or self._languages[0]: row[column] for row in rows if row.get(column)}
        return {code: found[code] for code in self._languages if code in found}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
