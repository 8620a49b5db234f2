"""A LimeSurvey survey (.lss) as an XLSForm, and the list of everything that it loses on the way.

Types with a counterpart become questions, arrays become tables, conditions are translated where they mean the same.
What has none is left out and named with its question's code: never silently, never half.
"""

import re
from collections.abc import Iterator
from itertools import chain, count

import msgspec

from councils.surveys.rules.form import Texts
from councils.surveys.rules.limeparts import (
    ARRAYS,
    GROUPS_OF_FIELDS,
    LISTS,
    SEVERAL,
    TEXTS,
    Row,
    constraint_of,
    kind_name,
    left_out,
    unused_attributes,
)
from councils.surveys.rules.limewords import FIXED_LISTS, fixed_words, language_name, plain, with_names
from councils.surveys.rules.lss import LimeGroup, LimeQuestion, LimeSurvey, Option, read_lss
from councils.surveys.rules.relevance import Variable, translate
from councils.surveys.rules.sheets import write_xlsform
from councils.surveys.rules.xform import language_code
from councils.surveys.states import LimeRemark

_KNOWN = LISTS | SEVERAL | ARRAYS | TEXTS | GROUPS_OF_FIELDS | frozenset("YG5NDRX|")


class LimeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report: what happened to the question of this code ("" for the whole survey)."""

    code: LimeRemark
    question: str = ""
    detail: str = ""

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        return str(self.code.label) % {"detail": self.detail}


class FromLime(msgspec.Struct, frozen=True, kw_only=True):
    """The XLSForm (.xlsx), a name for it, and the report in the order of the survey."""

    content: bytes
    filename: str
    report: tuple[LimeLine, ...]


def from_limesurvey(content: bytes) -> FromLime:
    """Convert an .lss file (up to 5 MB). Refuses with `FormRefusedError` what is no such file."""
    survey = read_lss(content)
    converter = _Converter(survey)
    converted = write_xlsform(survey=converter.rows(), choices=converter.choices, settings=converter.settings())
    name = f"limesurvey_{survey.id or 'survey'}"
    return FromLime(content=converted, filename=f"{name}.xlsx", report=tuple(dict.fromkeys(converter.report)))


class _Converter:
    def __init__(self, survey: LimeSurvey) -> None:
        self.report: list[LimeLine] = []
        self.choices: list[Row] = []
        self._survey = survey
        self._languages = self._without_doubles()
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._variables: dict[str, Variable] = {}
        for group in survey.groups:
            for question in group.questions:
                self._name(group, question)
        self._shown = {code: variable.name for code, variable in self._variables.items() if not variable.option}
        for extra in survey.extras:
            self._say(LimeRemark.SURVEY, "", extra.removeprefix("surveyls_"))

    def settings(self) -> Row:
        """The sheet settings: titles, and the base language as the default one."""
        titles = {code: plain(text)[0] for code, text in self._survey.titles.items()}
        base = self._languages[0]
        title = titles.get(base) or f"LimeSurvey {self._survey.id}"
        public = self._texts("public_title", titles, "")
        return {"form_title": title, "form_id": f"limesurvey_{self._survey.id or 'survey'}", "version": "1"} | {
            "default_language": language_name(base),
            **public,
        }

    def rows(self) -> list[Row]:
        """The sheet survey, page by page. A page without a question is left out."""
        found: list[Row] = []
        if self._survey.welcomes:
            found.append(self._note("welcome", self._survey.welcomes))
        for number, group in enumerate(self._survey.groups, start=1):
            inside = [row for question in group.questions for row in self._question(question)]
            if not inside:
                continue
            name = self._free(f"page_{number}")
            condition = self._condition("", group.relevance)
            words = self._texts("label", group.labels, "")
            found.append({"type": "begin_group", "name": name, "relevant": condition} | words)
            if group.descriptions:
                found.append(self._note(f"{name}_about", group.descriptions))
            found += [*inside, {"type": "end_group"}]
        return found

    def _note(self, name: str, texts: Texts) -> Row:
        return {"type": "note", "name": self._free(name)} | self._texts("label", texts, "")

    def _say(self, code: LimeRemark, question: str, detail: str) -> None:
        self.report.append(LimeLine(code=code, question=question, detail=detail))

    def _without_doubles(self) -> tuple[str, ...]:
        kept: dict[str, str] = {}
        for code in self._survey.languages:
            plain_code = language_code(language_name(code))
            if plain_code in kept:
                self._say(LimeRemark.LANGUAGE, "", code)
            else:
                kept[plain_code] = code
        return tuple(kept.values())

    def _free(self, wanted: str) -> str:
        """A name that nothing in the form has yet."""
        plain_name = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        base = plain_name if re.match(r"[A-Za-z_]", plain_name) else f"q_{plain_name}"
        further = (f"{base}_{number}" for number in count(2))
        name = next(one for one in chain([base], further) if one.lower() not in self._taken)
        self._taken.add(name.lower())
        return name

    def _name(self, group: LimeGroup, question: LimeQuestion) -> None:
        """Give the question and its parts their names, so that conditions anywhere can speak of them."""
        if question.type not in _KNOWN or left_out(question):
            return
        name = self._names[question.code] = self._free(question.code or f"q{question.id}")
        if name != question.code:
            self._say(LimeRemark.RENAMED, question.code, name)
        always = {question.relevance, group.relevance} <= {"", "1"}
        if question.type in SEVERAL:
            for part in question.parts:
                self._variables[f"{question.code}_{part.code}"] = Variable(name, part.code, is_always_asked=always)
        elif question.type in ARRAYS | GROUPS_OF_FIELDS:
            for part in question.parts:
                own = self._names[f"{question.code}_{part.code}"] = self._free(f"{name}_{part.code}")
                always_it = always and part.relevance in {"", "1"}
                self._variables[f"{question.code}_{part.code}"] = Variable(own, is_always_asked=always_it)
        else:
            self._variables[question.code] = Variable(name, is_always_asked=always)

    def _texts(self, base: str, texts: Texts, question: str) -> Row:
        found: Row = {}
        for code in self._languages:
            words, tags = plain(texts.get(code, ""))
            words, lost = with_names(words, self._shown)
            for tag in sorted(tags):
                self._say(LimeRemark.MARKUP, question, tag)
            for part in lost:
                self._say(LimeRemark.PLACEHOLDER, question, part)
            if words:
                found[f"{base}::{language_name(code)}"] = words
        return found

    def _condition(self, question: str, source: str) -> str:
        condition = translate(source, self._variables)
        if condition is None:
            self._say(LimeRemark.CONDITION, question, source)
        return condition or ""

    def _options(self, name: str, options: list[tuple[str, Texts]], question: str) -> str:
        """Write a list of its own for a question and return its name."""
        for code, labels in options:
            self.choices.append({"list_name": name, "name": code} | self._texts("label", labels, question))
        return name

    def _fixed(self, word: str) -> Texts:
        return fixed_words(word, self._languages)

    def _question(self, question: LimeQuestion) -> Iterator[Row]:
        code = question.code
        if question.type == "*":
            formula = question.attributes.get("equation") or next(iter(question.labels.values()), "")
            return self._say(LimeRemark.EQUATION, code, formula)
        if question.type not in _KNOWN:
            return self._say(LimeRemark.TYPE, code, kind_name(question.type))
        if left_out(question):
            return self._say(LimeRemark.HIDDEN, code, code)
        self._say_losses(question)
        name = self._names[code]
        row: Row = {"name": name, "relevant": self._condition(code, question.relevance)}
        row |= self._texts("label", question.labels, code) | self._texts("hint", question.helps, code)
        row["required"] = "yes" if question.mandatory == "Y" else ""
        constraint, lost = constraint_of(question)
        row["constraint"] = constraint
        for detail in lost:
            self._say(LimeRemark.VALIDATION, code, detail)
        if question.type in ARRAYS | GROUPS_OF_FIELDS:
            yield from self._group(question, row)
        elif question.type in LISTS | SEVERAL | frozenset("YG5R"):
            yield from self._list(question, row)
        else:
            yield self._single(question, row)

    def _say_losses(self, question: LimeQuestion) -> None:
        if question.has_default:
            self._say(LimeRemark.DEFAULT, question.code, question.code)
        if question.mandatory == "S":
            self._say(LimeRemark.SOFT, question.code, question.code)
        if question.has_conditions and question.relevance in {"", "1"}:
            self._say(LimeRemark.CONDITION, question.code, "conditions")
        if question.type == "R" and question.attributes.get("max_answers"):
            self._say(LimeRemark.RANKING, question.code, question.attributes["max_answers"])
        if question.type == "|" and question.attributes.get("max_num_of_files", "1") != "1":
            self._say(LimeRemark.FILES, question.code, question.attributes["max_num_of_files"])
        for attribute in unused_attributes(question):
            self._say(LimeRemark.ATTRIBUTE, question.code, f"{attribute} = {question.attributes[attribute]}")

    def _single(self, question: LimeQuestion, row: Row) -> Row:
        match question.type:
            case "X":
                return row | {"type": "note", "required": ""}
            case "N":
                is_whole = question.attributes.get("num_value_int_only") == "1"
                return row | {"type": "integer" if is_whole else "decimal"}
            case "D":
                written = question.attributes.get("date_format", "")
                return row | {"type": "dateTime" if "H" in written else "date"}
            case "|":
                return row | {"type": "file"}
        return row | {"type": "text", "appearance": "multiline" if question.type in "TU" else ""}

    def _list(self, question: LimeQuestion, row: Row) -> Iterator[Row]:
        name, kind = self._names[question.code], question.type
        options = [(one.code, one.labels) for one in (question.parts if kind in SEVERAL else question.answers)]
        if kind == "R" and not options:
            options = [(one.code, one.labels) for one in question.parts]
        if kind in FIXED_LISTS:
            options = [(code, self._fixed(word)) for code, word in FIXED_LISTS[kind]]
        if question.has_other:
            options.append(("other", question.other_labels or self._fixed("other")))
        wanted = "rank" if kind == "R" else "select_multiple" if kind in SEVERAL else "select_one"
        is_random = "1" in {question.attributes.get("random_order"), question.attributes.get("answer_order")}
        yield row | {
            "type": f"{wanted} {self._options(name, options, question.code)}",
            "appearance": "minimal" if kind == "!" else "",
            "parameters": "randomize=true" if is_random else "",
        }
        if question.has_other:
            other = {"type": "text", "name": self._free(f"{name}_other"), "relevant": f"selected(${{{name}}}, 'other')"}
            yield other | self._texts("label", self._fixed("say"), question.code)
        if kind == "O":
            note = {"type": "text", "name": self._free(f"{name}_comment"), "relevant": row["relevant"]}
            yield note | self._texts("label", self._fixed("comment"), question.code)
        if kind == "P":
            for part in question.parts:
                told = {"type": "text", "name": self._free(f"{name}_{part.code}_comment")}
                told["relevant"] = f"selected(${{{name}}}, '{part.code}')"
                yield told | self._texts("label", part.labels, question.code)

    def _group(self, question: LimeQuestion, row: Row) -> Iterator[Row]:
        """An array as a table, several fields as a group: the question is the heading, its parts are the rows."""
        name, kind = self._names[question.code], question.type
        words = {header: text for header, text in row.items() if header.startswith(("label", "hint"))}
        heading = {header: text for header, text in words.items() if header.startswith("label")}
        for header, text in words.items():
            if header.startswith("hint"):
                label = f"label{header.removeprefix('hint')}"
                heading[label] = "\n".join(filter(None, (heading.get(label), text)))
        looks = "table-list" if kind in ARRAYS else ""
        yield {"type": "begin_group", "name": name, "relevant": row["relevant"], "appearance": looks} | heading
        asked = "decimal" if kind == "K" else "text"
        if kind in ARRAYS:
            fixed = FIXED_LISTS.get(kind)
            options = [(one.code, one.labels) for one in question.answers]
            if fixed is not None:
                options = [(code, self._fixed(word)) for code, word in fixed]
            asked = f"select_one {self._options(name, options, question.code)}"
        for part in question.parts:
            yield self._part(question, part, asked) | {"required": row["required"], "constraint": row["constraint"]}
        yield {"type": "end_group"}

    def _part(self, question: LimeQuestion, part: Option, asked: str) -> Row:
        code = f"{question.code}_{part.code}"
        condition = self._condition(code, part.relevance)
        words = self._texts("label", part.labels, code)
        return {"type": asked, "name": self._names[code], "relevant": condition} | words
