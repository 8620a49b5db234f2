"""The files of a wave at addresses that stay: of each vintage, and of the newest one without a number.

Published figures only; an open wave has no files and answers like one that does not exist.
"""

import base64
import hashlib
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.http import public_page, too_many_requests
from common.pace import HOUR, may_go_on
from councils.indicators.actions import files
from councils.indicators.actions.files import MEDIA_TYPES, FileName, tables_words, weighting_words
from councils.indicators.queries import exports
from councils.indicators.queries.exports import Summary

__all__ = ["catalogue", "file", "tables_words", "vintage_file", "weighting_words"]

PAPERS_AN_HOUR: Final = 60
_KEPT_SECONDS: Final = 24 * HOUR


@require_safe
@public_page(exports.files_version)
def file(request: HttpRequest, wave_id: UUID, name: FileName) -> HttpResponse:
    """A file of the newest vintage, which says where that vintage stands for ever."""
    summary = exports.summary_of(wave_id=wave_id)
    response = _answer(request, summary, name, numbered=False)
    address = files.file_of(wave_id, summary.number, name, language=get_language() or "kk")
    response["Link"] = f'<{address}>; rel="canonical"'
    return response


@require_safe
@public_page(exports.files_version)
def vintage_file(request: HttpRequest, wave_id: UUID, number: int, name: FileName) -> HttpResponse:
    """A file of one vintage: the same bytes for ever, whatever was corrected since."""
    return _answer(request, exports.summary_of(wave_id=wave_id, number=number), name, numbered=True)


@require_safe
@public_page(exports.site_files_version)
def catalogue(request: HttpRequest) -> HttpResponse:
    """The DCAT-AP catalogue of the site: an entry for each published wave."""
    body = files.site_catalogue(exports.newest_vintages())
    return HttpResponse(body, content_type="application/ld+json; charset=utf-8")


def _answer(request: HttpRequest, summary: Summary, name: FileName, *, numbered: bool) -> HttpResponse:
    separator = ";" if request.GET.get("separator") == ";" else ","
    if name == "summary.pdf":
        body = _paper(request, summary)
        if body is None:
            return too_many_requests(request)
    else:
        body = files.made(summary, name, language=get_language() or "kk", separator=separator)
    media_type = MEDIA_TYPES[name]
    charset = "" if name in ("summary.xlsx", "summary.pdf") else "; charset=utf-8"
    response = HttpResponse(body, content_type=f"{media_type}{charset}")
    response["Content-Disposition"] = f'attachment; filename="{_kept_as(summary, name, numbered=numbered)}"'
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    return response


def _kept_as(summary: Summary, name: FileName, *, numbered: bool) -> str:
    """The name under which a browser keeps it: of summaries the town and the wave."""
    wave = summary.results.wave
    kept = f"asar-{wave.town.slug}-wave-{wave.number}" + (f"-v{summary.number}" if numbered else "")
    kind, _dot, ending = name.partition(".")
    return f"{kept}.{ending}" if kind == "summary" else f"{kept}-{kind}.{ending}"


def _paper(request: HttpRequest, summary: Summary) -> bytes | None:
    """The PDF, kept for a day: it costs a process of its own, 60 an hour from one network. None above that."""
    language = get_language() or "kk"
    publication = summary.results.publication
    told = f"{publication.pk}:{publication.sha256}:{summary.checkpoint}:{language}"
    key = f"indicators:paper:{hashlib.sha256(told.encode()).hexdigest()}"
    kept: bytes | None = cache.get(key)
    if kept is not None:
        return kept
    if not may_go_on(request, purpose="indicators.paper", at_most=PAPERS_AN_HOUR, seconds=HOUR):
        return None
    body = files.made(summary, "summary.pdf", language=language)
    cache.set(key, body, timeout=_KEPT_SECONDS)
    return body
