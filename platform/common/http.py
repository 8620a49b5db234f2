"""Where an expected refusal becomes a page or an API problem, and where public pages become cacheable.

Public pages must never touch the session, the person or the CSRF token: one reader's page is every reader's page.
"""

import hashlib
import sys
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import http_date, parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf_exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common import lapsed, outage
from common.clock import day_of, now
from common.errors import DomainError, Forbidden, NotFound

View = Callable[..., HttpResponse]


def status_of(error: DomainError) -> HTTPStatus:
    if isinstance(error, Forbidden):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, NotFound):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.CONFLICT


class RefusalMiddleware:
    """Turns a `DomainError` that no view answered into a page that says what to do, and an outage into a calm one.

    A form whose sender is signed out by now is given back with all that was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, _args: object, _kwargs: object) -> HttpResponse | None:
        return lapsed.signed_out(request) if lapsed.is_late(request, view) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if outage.is_outage(error):
            return outage.page(request, error)
        if not isinstance(error, DomainError):
            return None
        status = status_of(error)
        template = {HTTPStatus.FORBIDDEN: "errors/403.html", HTTPStatus.NOT_FOUND: "errors/404.html"}
        return render(request, template.get(status, "errors/refused.html"), {"message": error.message}, status=status)


def _nothing_here() -> dict[str, Any]:
    return {"code": "not_found", "message": _("There is no such thing here. Check the address.")}


def api_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error is `{"code": ..., "message": ..., "errors"?: {...}}`."""
    if isinstance(error, DomainError):
        return Response({"code": error.code, "message": str(error.message)}, status=status_of(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {"code": "error", "message": str(response.data)}
    if isinstance(error, Http404):
        body = _nothing_here()
    elif isinstance(error, drf_exceptions.ValidationError):
        body = {"code": "invalid", "message": _("Some values are wrong; see errors."), "errors": error.detail}
    elif isinstance(error, drf_exceptions.APIException):
        code = error.get_codes()
        body = {"code": code if isinstance(code, str) else "error", "message": str(error.detail)}
    response.data = body
    return response


def _build() -> str:
    """What this process would render: changes whenever templates, styles, texts or code do."""
    digest = hashlib.sha256()
    for folder, pattern in (("templates", "**/*.html"), ("static", "**/*.[cj]s*"), ("locale", "**/*.mo")):
        for file in sorted((settings.ROOT / folder).glob(pattern)):
            digest.update(file.read_bytes())
    for folder in ("platform", "councils", "funds"):
        for file in sorted((settings.ROOT / folder).rglob("*.py")):
            stat = Path(file).stat()
            digest.update(f"{file.name}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:12]


BUILD = _build()


def public_page(version: Callable[..., object]) -> Callable[[View], View]:
    """Make a view a public, conditional page.

    `version(**view_kwargs)` is cheap (one small query) and changes with every write that the page could show; the
    ETag joins it with the build, the address and the day (deadlines turn at midnight). A matching If-None-Match is
    answered 304 before any other work.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def conditional(request: HttpRequest, **kwargs: object) -> HttpResponse:
            if request.method not in ("GET", "HEAD"):
                return view(request, **kwargs)
            moment = now()
            key = f"{BUILD}|{request.get_full_path()}|{day_of(moment)}|{version(**kwargs)}"
            etag = quote_etag(hashlib.sha256(key.encode()).hexdigest()[:24])
            known = parse_etags(request.headers.get("If-None-Match", ""))
            if etag in known or f"W/{etag}" in known:
                response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
            else:
                response = view(request, **kwargs)
            if response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
                response["ETag"] = etag
                response["Date"] = http_date(moment.timestamp())
                # Browsers always ask again (and mostly get 304); a cache in front may answer for five seconds.
                patch_cache_control(response, public=True, max_age=0, s_maxage=5, must_revalidate=True)
            return response

        return conditional

    return decorate


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost):  # a page would name that host in its links
        return HttpResponse("400 Bad Request\n", status=HTTPStatus.BAD_REQUEST, content_type="text/plain")
    return render(request, "errors/400.html", status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", {"message": ""}, status=HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return lapsed.expired(request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if outage.for_programs(request):
        return JsonResponse(_nothing_here(), status=HTTPStatus.NOT_FOUND)
    return render(request, "errors/404.html", {"message": ""}, status=HTTPStatus.NOT_FOUND)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/429.html", {"message": ""}, status=HTTPStatus.TOO_MANY_REQUESTS)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last net. An outage that struck outside a view (a session that could not be saved) is still an outage."""
    error = sys.exc_info()[1]
    if error is not None and outage.is_outage(error):
        return outage.page(request, error)
    if outage.for_programs(request):
        body = {"code": "error", "message": _("Something went wrong on our side.")}
        return JsonResponse(body, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return render(request, "errors/500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)
