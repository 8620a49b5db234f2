"""The archive of all towns: asked for by anybody, made by the worker, with its progress on a page that looks again.

A finished archive is one public file: no page here may say who asked for it.
"""

import base64
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from kombu.exceptions import OperationalError

from common.clock import now
from common.http import too_many_requests
from common.pace import HOUR, may_go_on
from councils.indicators.actions import ask_for_all
from councils.indicators.models import Export
from councils.indicators.queries.exports import export_by_id, newest_vintages
from councils.indicators.states import ExportState
from councils.indicators.tasks import make_export

ASKED_AN_HOUR: Final = 20
FILE_NAME: Final = "asar-indicators.zip"
_SECONDS: Final = 3


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: HttpRequest) -> HttpResponse:
    """What the archive holds, and with POST the archive: the one that exists, else a new one."""
    if request.method == "POST":
        if not may_go_on(request, purpose="indicators.archive", at_most=ASKED_AN_HOUR, seconds=HOUR):
            return too_many_requests(request)
        with transaction.atomic():
            export = ask_for_all(now=now())
            if export.state == ExportState.WAITING:
                transaction.on_commit(partial(_send, export))
        return redirect("indicators:export", export.pk)
    towns = [vintage.publication for vintage in newest_vintages(of_each_town=True)]
    return render(request, "indicators/archive.html", {"towns": towns})


def _send(export: Export) -> None:
    try:
        make_export.delay(str(export.pk))
    except OperationalError:
        return  # the sweep finds it within a minute


@never_cache
@require_safe
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """How far an archive is; until it is ready the page looks again every three seconds."""
    found = export_by_id(export_id)
    response = render(request, "indicators/export.html", {"export": found})
    if found.state in (ExportState.WAITING, ExportState.RUNNING):
        response["Refresh"] = str(_SECONDS)
    return response


@require_safe
def export_file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """A finished archive, with its hash."""
    found = export_by_id(export_id)
    if found.state != ExportState.DONE:
        raise Http404
    etag = quote_etag(found.sha256)
    known = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponseBase
    if etag in known or f"W/{etag}" in known:
        response = HttpResponseNotModified()
    else:
        response = FileResponse(
            found.file.open("rb"), as_attachment=True, filename=FILE_NAME, content_type="application/zip"
        )
        response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:"
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=HOUR)
    return response
