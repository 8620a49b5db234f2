"""`or_other` in a questionnaire of several languages: the option "Other" and its question, in the site's languages.

pyxform would write both in English under every language, and the gate could no longer see that a translation is
missing. In other languages than ours the words stay missing, so that the gate names them.
"""

import re
from typing import Any

from councils.surveys.rules.problems import Remark
from councils.surveys.rules.workbook import Workbook, base_name
from councils.surveys.rules.xform import language_code
from councils.surveys.states import FormRemark

_OR_OTHER = re.compile(r"(select_(?:one|multiple)\s+(\S+))\s+or[_ ]other\s*$", re.IGNORECASE)
_OTHER = {"kk": "Басқа", "ru": "Другое", "en": "Other", "de": "Anderes"}
_SPECIFY = {
    "kk": "Нақтылап жазыңыз",
    "ru": "Пожалуйста, уточните",
    "en": "Please say what",
    "de": "Bitte genauer angeben",
}


def write_others(sheets: dict[str, Any], workbook: Workbook, added: list[int]) -> tuple[Remark, ...]:
    """Write option and question into pyxform's sheets; `added` receives the numbers of the rows put in."""
    survey = workbook.sheet("survey")
    kind, name = survey.named("type", "command"), survey.named("name", "tag", "value")
    labels = {header: language_code(header.partition("::")[2]) for header in survey.headers if _is_label(header)}
    if not labels.keys() - {"label"} or not set(labels.values()) & _OTHER.keys():
        return ()
    rows, remarks, lists = [], [], []
    for number, row in enumerate(sheets["survey"] or (), start=2):
        rows.append(row)
        found = _OR_OTHER.match(str(row.get(kind) or "").strip())
        if not found:
            continue
        own = str(row.get(name) or "")
        row[kind] = found[1]
        words = {header: _SPECIFY[code] for header, code in labels.items() if code in _SPECIFY}
        relevant = survey.named("relevant", "relevance") or "relevant"
        rows.append({kind: "text", name: f"{own}_other", relevant: f"selected(../{own}, 'other')", **words})
        added.append(len(rows) + 1)
        lists.append(found[2])
        place: dict[str, Any] = {"sheet": "survey", "row": number, "column": survey.letter(kind)}
        remarks.append(Remark(code=FormRemark.OTHER_WORDS, detail=own, **place))
    if lists:
        headers: dict[str, None] = next(iter(sheets["survey_header"] or ()), {})
        relevant = survey.named("relevant", "relevance") or "relevant"
        sheets["survey"], sheets["survey_header"] = rows, [{**headers, relevant: None}]
        _write_options(sheets, dict.fromkeys(lists), labels)
    return tuple(remarks)


def _write_options(sheets: dict[str, Any], lists: dict[str, None], labels: dict[str, str]) -> None:
    headers: dict[str, None] = next(iter(sheets["choices_header"] or ()), {})
    in_list = next((head for head in headers if base_name(str(head)) == "list_name"), "list_name")
    named = next((head for head in headers if base_name(str(head)) in {"name", "value"}), "name")
    known = {(row.get(in_list), row.get(named)) for row in sheets["choices"] or ()}
    words = {header: _OTHER[code] for header, code in labels.items() if code in _OTHER}
    fresh = [{in_list: one, named: "other", **words} for one in lists if (one, "other") not in known]
    sheets["choices"] = [*(sheets["choices"] or ()), *fresh]
    sheets["choices_header"] = [{**headers, **dict.fromkeys(words)}]


def _is_label(header: str) -> bool:
    return base_name(header) == "label"
