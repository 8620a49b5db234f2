"""When PostgreSQL or Valkey is away: 503 with Retry-After and a calm page, in the language of the address.

Nothing here may ask the database, the cache, the session or the person; and a fault of our own code is never called
an outage, so that it stays a 500 that somebody looks at.
"""

import logging
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from common.cache import CacheAway

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 60
_API = "/api/"


def is_outage(error: BaseException | None) -> bool:
    """Whether a server that we need does not answer. Wrong SQL, missing tables and missing rights are not that."""
    return isinstance(error, OperationalError | InterfaceError | CacheAway)


def for_programs(request: HttpRequest) -> bool:
    """Whether the address is one of the API, where every error is JSON."""
    return request.path.startswith(_API)


def problem_body() -> dict[str, str]:
    """What the API says, in the shape of all its errors."""
    return {"code": "unavailable", "message": _("The site cannot answer at the moment. Please try again in a minute.")}


def page(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503 for people, or for programs where the address is one of the API."""
    logger.error("a server does not answer: %s", type(error).__name__)  # no address: it could lead to a person
    answer: HttpResponse
    if for_programs(request):
        answer = JsonResponse(problem_body(), status=HTTPStatus.SERVICE_UNAVAILABLE)
    else:
        answer = render(request, "errors/503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    add_never_cache_headers(answer)
    return answer
