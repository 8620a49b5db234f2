"""Development alone: enter as a demo person with one click, and read the letters the site sent.

These views must never be routed outside development: config/urls.py includes them only where settings.DEMO is true.
"""

from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.clock import now
from portal.demo import bank
from portal.demo.people import BY_KEY, PEOPLE, TOWN
from towns.queries import town_by_slug
from users.models import User

LETTERS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str


def _only_in_demo() -> None:
    if not settings.DEMO:
        raise PermissionDenied


@never_cache
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Every demo person with what they do and a button to become them."""
    _only_in_demo()
    shown = [person for person in PEOPLE if person.shown]
    return render(request, "demo/people.html", {"people": shown, "town": town_by_slug(slug=TOWN)})


@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as the demo person named in the form."""
    _only_in_demo()
    person = BY_KEY.get(request.POST.get("person", ""))
    user = User.objects.filter(email=person.email).first() if person else None
    if user is None:
        raise Http404
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("users:me")


def _letters() -> list[Letter]:
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", ""))
    files = sorted(folder.glob("*.log"), key=lambda f: f.stat().st_mtime, reverse=True) if folder.is_dir() else []
    letters = []
    for file in files[:LETTERS_SHOWN]:
        raw = file.read_bytes().rsplit(b"\n" + b"-" * 79, 1)[0]
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(preferencelist=("plain",))
        letters.append(Letter(str(message["To"]), str(message["Subject"]), body.get_content() if body else ""))
    return letters


@never_cache
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """The newest letters, so that a code can be read without a mail server."""
    _only_in_demo()
    return render(request, "demo/mail.html", {"letters": _letters()})


@never_cache
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """A statement of the demo fund's Kaspi account, to try the import with."""
    _only_in_demo()
    response = HttpResponse(bank.statement(now=now()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kaspi-demo.csv"'
    return response
