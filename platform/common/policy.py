"""The Content-Security-Policy of all pages, put together once: it is the same for every page of ours.

An answer that brings a policy of its own (uploads do) keeps it. Nothing here may loosen a policy for one page.
"""

from collections.abc import Callable
from http import HTTPStatus

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

# With DEBUG, Django answers these with pages of its own, whose styles stand inside them.
_PAGES_OF_DEBUG = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)


class PolicyMiddleware:
    """As django-csp's middleware, which builds the policy twice for each answer and knows nonces; we have none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in _PAGES_OF_DEBUG):
            response.headers.setdefault(HEADER, self.policy)
        return response
