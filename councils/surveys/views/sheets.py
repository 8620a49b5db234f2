"""Printing paper sheets: a few at once, many by the worker, with a page that waits for them."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import queries
from councils.surveys.actions import printing
from councils.surveys.forms.helping import SheetsForm
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run
from councils.surveys.tasks import ask_for_sheets
from users.models import User
from users.permissions import is_signed_in


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Choose language and number; POST answers with the file, or with the page that waits for it."""
    wave = queries.wave_by_id(wave_id)
    can_run(request.user, wave.town, on=day_of(now())).enforce()
    form = SheetsForm(request.POST if request.method == "POST" else None, initial={"language": get_language()})
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if is_signed_in(request.user) and form.is_valid():
        try:
            return _printed(wave, request.user, **form.cleaned_data)
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            status = HTTPStatus.CONFLICT
    return render(request, "surveys/sheets.html", {**_about(wave), "form": form}, status=status)


def _printed(wave: Wave, user: User, *, number: int, language: str) -> HttpResponse:
    if number <= printing.AT_ONCE:
        return _file(printing.print_sheets(actor=user, wave=wave, number=number, language=language, now=now()))
    token = printing.order_sheets(actor=user, wave=wave, number=number, now=now())
    ask = partial(ask_for_sheets, wave.pk, actor_id=user.pk, number=number, language=language, token=token)
    transaction.on_commit(ask)
    return redirect("surveys:sheets_ready", wave_id=wave.pk, token=token)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sheets_ready(request: HttpRequest, wave_id: UUID, token: str) -> HttpResponse:
    """How far the file is; the page asks again by itself. POST fetches it, once."""
    wave = queries.wave_by_id(wave_id)
    can_run(request.user, wave.town, on=day_of(now())).enforce()
    if request.method == "POST":
        return _file(printing.fetch_sheets(wave=wave, token=token))
    state = printing.state_of_sheets(wave=wave, token=token)
    response = render(request, "surveys/sheets_ready.html", {**_about(wave), "state": state})
    if state == printing.WORKING:
        response["Refresh"] = "3"
    return response


def _file(made: bytes) -> HttpResponse:
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="sheets.pdf"'
    return response


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }
