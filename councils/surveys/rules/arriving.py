"""A questionnaire as it arrives: an XLSForm or a LimeSurvey survey, with the files that came beside it.

Both end as the same compiled form with one report of everything that is carried differently or was left out. It must
never store anything: whoever only wants to look gets the same report.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

import msgspec

from councils.surveys.rules.form import CompiledForm
from councils.surveys.rules.importing import compile_xlsform
from councils.surveys.rules.limesurvey import LimeLine, from_limesurvey
from councils.surveys.rules.problems import Remark
from councils.surveys.states import FormRemark

LIMESURVEY = ".lss"


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A questionnaire that can be carried out. `digest` is the SHA-256 of the file and the `lists` it took in."""

    form: CompiledForm
    xform: str
    report: tuple[Remark | LimeLine, ...]
    digest: str
    lists: tuple[str, ...] = ()


def read_questionnaire(*, content: bytes, filename: str, files: Mapping[str, bytes]) -> Arrived:
    """Convert and check a questionnaire; `files` are what came beside it, by name. Refuses with `FormRefusedError`."""
    lost: tuple[LimeLine, ...] = ()
    workbook, name = content, filename
    if is_limesurvey(filename):
        converted = from_limesurvey(content)
        lost, workbook, name = converted.report, converted.content, converted.filename
    imported = compile_xlsform(content=workbook, filename=name, files=files)
    lists = sorted({remark.detail for remark in imported.report if remark.code == FormRemark.LIST_FILE})
    unused = sorted(files.keys() - {*lists, *imported.form.files})
    digest = hashlib.sha256(content)
    for one in lists:
        digest.update(hashlib.sha256(files[one]).digest())
    return Arrived(
        form=imported.form,
        xform=imported.xform,
        report=(
            *lost,
            *imported.report,
            *(Remark(code=FormRemark.FILE_UNUSED, detail=one) for one in unused),
        ),
        digest=digest.hexdigest(),
        lists=tuple(lists),
    )


def is_limesurvey(filename: str) -> bool:
    """Whether a file says by its name that it comes from LimeSurvey; its content is judged when it is read."""
    return PurePath(filename).suffix.lower() == LIMESURVEY


def report_to_list(report: Iterable[Remark | LimeLine]) -> list[dict[str, Any]]:
    """A report as plain JSON-ready data; `report_from_list` takes it back."""
    return [msgspec.to_builtins(line) if isinstance(line, LimeLine) else line.to_dict() for line in report]


def report_from_list(stored: Iterable[Mapping[str, Any]]) -> tuple[Remark | LimeLine, ...]:
    """The lines of a stored report. Refuses (msgspec.ValidationError) what is not of this shape."""
    return tuple(msgspec.convert(line, LimeLine) if "question" in line else Remark.from_dict(line) for line in stored)
