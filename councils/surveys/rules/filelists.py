"""Lists of choices that came as .csv files beside the questionnaire, written into its sheet of choices.

Afterwards the questionnaire needs no other file, on pages, on devices and on paper. A list that did not come, or that
cannot be read, is refused with its cell.
"""

import csv
import io
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import PurePath
from typing import Any

from councils.surveys.rules.places import parameters_in
from councils.surveys.rules.problems import FormRefusedError, Problem, Remark
from councils.surveys.rules.workbook import LARGEST_FILE, MOST_ROWS, Sheet, Workbook, base_name
from councils.surveys.states import FormProblem, FormRemark

_FROM_FILE = re.compile(r"(select[ _](?:one|multiple)|rank)[ _]from[ _]file\s+(\S+)\s*$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][\w.\-]*")


class FileLists:
    """Writes the lists into pyxform's sheets; `remarks` says which were taken in."""

    def __init__(self, workbook: Workbook, files: Mapping[str, bytes]) -> None:
        self.remarks: list[Remark] = []
        self._survey: Sheet = workbook.sheet("survey")
        self._files = files
        self._languages = [header for header in self._survey.headers if base_name(header) == "label"] or ["label"]
        self._written: dict[tuple[str, str, str], str] = {}

    def write(self, sheets: dict[str, Any]) -> None:
        """Turn each `select_one_from_file x.csv` into `select_one` of a list of its own."""
        kind, parameters = self._survey.named("type", "command"), self._survey.named("parameters")
        numbers = {id(row): number for number, row in enumerate(sheets["survey"] or (), start=2)}
        for row in sheets["survey"] or ():
            written = next((header for header in row if base_name(str(header)) in {"type", "command"}), kind)
            found = _FROM_FILE.match(str(row.get(written) or "").strip())
            if not found:
                continue
            place: dict[str, Any] = {"sheet": "survey", "row": numbers[id(row)], "column": self._survey.letter(kind)}
            given = parameters_in(str(row.get(parameters) or ""))
            name = self._list(sheets, found[2], given, place)
            row[written] = f"{found[1]} {name}"
            left = {key: value for key, value in given.items() if key not in {"value", "label"}}
            if row.pop(parameters, None) and left:
                row[parameters] = " ".join(f"{key}={value}" for key, value in left.items())
            self.remarks.append(Remark(code=FormRemark.LIST_FILE, detail=found[2], **place))

    def _list(self, sheets: dict[str, Any], file: str, given: Mapping[str, str], place: dict[str, Any]) -> str:
        key = (file, given.get("value", "name"), given.get("label", "label"))
        if key in self._written:
            return self._written[key]
        rows = self._read(file, value=key[1], label=key[2], place=place)
        names = {next((cell for head, cell in row.items() if _is_list(head)), "") for row in sheets["choices"] or ()}
        plain = re.sub(r"\W", "_", PurePath(file).stem)
        own = next(name for name in (plain, *(f"{plain}_{n}" for n in range(2, 100))) if name not in names)
        headers: dict[str, None] = next(iter(sheets["choices_header"] or ()), {})
        list_header = next((head for head in headers if _is_list(head)), "list_name")
        added = [{list_header: own, **row} for row in rows]
        sheets["choices"] = [*(sheets["choices"] or ()), *added]
        sheets["choices_header"] = [{**headers, **dict.fromkeys(head for row in added for head in row)}]
        sheets["sheet_names"] = [*(sheets["sheet_names"] or ()), "choices"]
        self._written[key] = own
        return own

    def _read(self, file: str, *, value: str, label: str, place: dict[str, Any]) -> list[dict[str, str]]:
        content = self._files.get(file)
        if content is None or not file.lower().endswith(".csv"):
            raise FormRefusedError((Problem(code=FormProblem.FILE_UNSUPPORTED, detail=file, **place),))
        unreadable = FormRefusedError((Problem(code=FormProblem.FILE_UNREADABLE, detail=file, **place),))
        try:
            table = csv.DictReader(io.StringIO(content[: LARGEST_FILE + 1].decode("utf-8-sig")), strict=True)
            rows = [self._choice(row, value=value, label=label) for row in islice(table, MOST_ROWS + 1)]
        except (ValueError, KeyError, AttributeError, TypeError, csv.Error) as error:
            raise unreadable from error
        if not rows or len(rows) > MOST_ROWS or len(content) > LARGEST_FILE:
            raise unreadable
        return rows

    def _choice(self, row: dict[str, str], *, value: str, label: str) -> dict[str, str]:
        """A row of the file as a row of the sheet. Its one label serves every language, as on devices."""
        extra = {
            head: cell.strip()
            for head, cell in row.items()
            if head not in {value, label} and (_NAME.fullmatch(head) or base_name(head) == "label")
        }
        labels = dict.fromkeys(self._languages, row[label].strip()) if label in row else {}
        return {"name": row[value].strip(), **labels, **extra}


def _is_list(header: object) -> bool:
    return base_name(str(header)) == "list_name"
