"""The short way through the site for the API: no session, no sign-in, no messages, none of the cookies of pages.

It must stay a part of the way that pages take: what guards every answer (hosts, policy, frames, refusals, outages)
stands before it or in it. Nothing below `/api/` may ask for a person of the site: there is none.
"""

from collections.abc import Callable
from typing import Any, Final

from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware

from common.http import RefusalMiddleware
from common.tongues import AddressLanguageMiddleware

PROGRAMS: Final = "/api/"
Way = Callable[[HttpRequest], HttpResponse]


class ProgramsMiddleware:
    """Hands what programs ask to the views, past the middleware that stands behind this one: a tenth of a request."""

    def __init__(self, get_response: Way) -> None:
        self.pages = get_response
        # Django's own handler, with nothing before its views but what follows here.
        views: Any = BaseHandler()
        views._view_middleware = []  # noqa: SLF001 - no public name
        views._template_response_middleware = []  # noqa: SLF001
        views._exception_middleware = [RefusalMiddleware(get_response).process_exception]  # noqa: SLF001
        answered = convert_exception_to_response(views._get_response)  # noqa: SLF001
        self.programs: Any = convert_exception_to_response(AddressLanguageMiddleware(CommonMiddleware(answered)))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        way: Way = self.programs if request.path_info.startswith(PROGRAMS) else self.pages
        return way(request)
