"""The code of a draft in the respondent's browser: a cookie that this survey's own pages alone receive.

Addresses begin with the language, so each language has its cookie and the answers outlive a change of language. The
code must never stand in an address, a session or a log.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, override

from councils.surveys.models import Wave


def code_from(request: HttpRequest) -> str:
    """The code that this browser holds for the survey of this address, or ""."""
    return request.COOKIES.get(_name(get_language() or ""), "")[:40]


def remember(response: HttpResponse, *, wave: Wave, code: str, secure: bool) -> None:
    """Give the code to the browser until it is closed."""
    for language, path in _paths(wave):
        response.set_cookie(_name(language), code, path=path, httponly=True, samesite="Lax", secure=secure)


def forget(response: HttpResponse, *, wave: Wave) -> None:
    """Take the code away."""
    for language, path in _paths(wave):
        response.delete_cookie(_name(language), path=path, samesite="Lax")


def _name(language: str) -> str:
    return f"answers-{language}"


def _paths(wave: Wave) -> list[tuple[str, str]]:
    paths = []
    for language, _label in settings.LANGUAGES:
        with override(language):
            paths.append((language, reverse("surveys:wave", args=[wave.pk])))
    return paths
