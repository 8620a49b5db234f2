"""The codes of a respondent in their browser: cookies that this survey's own pages alone receive.

`answers` is the code of a draft, `letter` that of an invitation. Addresses begin with the language, so each language
has its cookies, and they outlive a change of language. A code must never stand in an address, a session or a log.
"""

from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, override

from councils.surveys.models import Wave

Kind = Literal["answers", "letter"]
_LONGEST = 40


def code_from(request: HttpRequest, kind: Kind = "answers") -> str:
    """The code that this browser holds for the survey of this address, or ""."""
    return request.COOKIES.get(_name(kind, get_language() or ""), "")[:_LONGEST]


def remember(response: HttpResponse, *, wave: Wave, code: str, secure: bool, kind: Kind = "answers") -> None:
    """Give the code to the browser until it is closed."""
    for language, path in _paths(wave):
        response.set_cookie(_name(kind, language), code, path=path, httponly=True, samesite="Lax", secure=secure)


def forget(response: HttpResponse, *, wave: Wave) -> None:
    """Take both codes away."""
    for language, path in _paths(wave):
        for kind in ("answers", "letter"):
            response.delete_cookie(_name(kind, language), path=path, samesite="Lax")


def _name(kind: str, language: str) -> str:
    return f"{kind}-{language}"


def _paths(wave: Wave) -> list[tuple[str, str]]:
    paths = []
    for language, _label in settings.LANGUAGES:
        with override(language):
            paths.append((language, reverse("surveys:wave", args=[wave.pk])))
    return paths
