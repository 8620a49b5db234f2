"""Pictures, sounds and films that a questionnaire shows: for everybody, kept by browsers for a day."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_safe

from councils.surveys import queries
from councils.surveys.queries.forms import form_file

_DAY = 86_400


@require_safe
def file(request: HttpRequest, wave_id: UUID, name: str) -> HttpResponse:
    """A file of the wave's questionnaire. It never changes while the wave runs."""
    found = form_file(queries.wave_by_id(wave_id).version_id, name)
    etag = quote_etag(found.sha256[:24])
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=_DAY)
    return response
