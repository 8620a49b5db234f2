"""A form that came too late: its sender is signed out by now, or its token is old. What was typed stands in the reply.

Nothing of it is kept on the server, so that nobody else finds it. Never send it on by itself, and never offer to send
again what may have come from another site.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of the field


def is_late(request: HttpRequest, view: Callable[..., HttpResponse]) -> bool:
    """A form of ours was sent to a view for people who have signed in, by somebody who is not."""
    guarded = hasattr(view, "redirect_field_name")  # as `login_required` marks what it guards
    return request.method == "POST" and guarded and not request.user.is_authenticated and _TOKEN in request.POST


def signed_out(request: HttpRequest) -> HttpResponse:
    return _page(request, again=False)


def expired(request: HttpRequest) -> HttpResponse:
    """The token was not accepted. What our own page sent can be sent again with a new one."""
    return _page(request, again=True) if _from_here(request) else render(request, "errors/csrf.html", status=403)


def _from_here(request: HttpRequest) -> bool:
    origin = f"{request.scheme}://{request.get_host()}"
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    return _TOKEN in request.POST and bool(request.COOKIES) and f"{said}/".startswith(f"{origin}/")


def _page(request: HttpRequest, *, again: bool) -> HttpResponse:
    typed = [(name, value) for name, values in request.POST.lists() if name != _TOKEN for value in values]
    context = {"typed": typed, "files": bool(request.FILES), "again": again}
    response = render(request, "errors/lapsed.html", context, status=HTTPStatus.FORBIDDEN)
    add_never_cache_headers(response)
    return response
