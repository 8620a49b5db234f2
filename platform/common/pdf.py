"""PDF from a template in templates/pdf and data: the same data and moment give the same bytes, on every machine.

Data reach the template as JSON and are never pasted into its source, so a name can hold whatever signs it likes.
Nothing here may read the clock, the network, the system's fonts or a file outside that folder.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

SECONDS: Final = 30
"""How long one file may take, waiting included; then nobody gets it."""
CPU_SECONDS: Final = 20
LARGEST_DATA: Final = 4 * 1024 * 1024

_PROGRAM: Final = Path(__file__).with_name("typesetting.py")
_NAME: Final = re.compile(r"[a-z_]+")
# Neither a way out nor anything that belongs to the site.
_ENVIRONMENT: Final = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "LANG": "C.UTF-8"}
# PDF/UA: what a screen reader needs is there. It forbids letters that our font does not have (emoji, Chinese): a name
# with one gets a file all the same, with an empty box in its place, which then does not call itself PDF/UA.
_PDF: Final = {"format": "pdf", "pdf_standards": ["ua-1"]}
_PDF_WITH_BOXES: Final = {"format": "pdf"}
_NO_SUCH_LETTER: Final = b"could not be displayed with font"


class TypesettingError(RuntimeError):
    """The template or its data are wrong: our mistake, not the reader's."""


def render(template: str, data: Mapping[str, Any], *, dated: datetime) -> bytes:
    """`templates/pdf/<template>.typ` with `data` (what JSON can hold) as a PDF that calls itself made at `dated`.

    Refuses (`DomainError` paper_too_long) more than 4 MiB of data or half a minute of work. Raises `TypesettingError`
    for a template that does not fit its data.
    """
    return _made(template, data, dated, _PDF, page=0)


def picture(
    template: str, data: Mapping[str, Any], *, dated: datetime, page: int = 0, dots_per_inch: int = 96
) -> bytes:
    """One page of the same as PNG, to be looked at."""
    return _made(template, data, dated, {"format": "png", "ppi": dots_per_inch}, page=page)


def _made(template: str, data: Mapping[str, Any], dated: datetime, kind: Mapping[str, Any], *, page: int) -> bytes:
    if not _NAME.fullmatch(template):
        raise ValueError("a template is named by small letters")
    told = json.dumps(data, ensure_ascii=False, sort_keys=True, allow_nan=False)
    if len(told.encode()) > LARGEST_DATA:
        raise _too_long()
    asked = {
        "folder": str(settings.ROOT / "templates" / "pdf"),
        "template": f"{template}.typ",
        "data": told,
        "timestamp": int(dated.timestamp()),
        "cpu_seconds": CPU_SECONDS,
        "as": kind,
        "page": page,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
            env=_ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_long() from None
    if done.returncode < 0:  # ended by a signal: it had worked for too long
        raise _too_long()
    if done.returncode and kind is _PDF and _NO_SUCH_LETTER in done.stderr:
        return _made(template, data, dated, _PDF_WITH_BOXES, page=page)
    if done.returncode:
        raise TypesettingError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _too_long() -> DomainError:
    return DomainError("paper_too_long", _("This file would be too long. Choose a shorter time, or take the table."))
