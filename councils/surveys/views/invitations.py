"""Codes: the secretary's batches as letters or table, and a signed-in person's own. Each is shown once, never kept."""

import csv
import io
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.pdf import render as render_pdf
from councils.surveys import queries
from councils.surveys.actions.invitations import kind_for, make_invitations, make_personal_code
from councils.surveys.forms.helping import CodesForm, Printing
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers, can_answer, can_run
from councils.surveys.queries.invitations import batches
from councils.surveys.queries.printing import MOST_LETTERS, letters_data, link_of
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel, InvitationKind
from users.permissions import is_signed_in

_PERSONAL = frozenset({Audience.DECLARED, Audience.VERIFIED})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Make codes: POST answers with the file, the only one that will ever hold them."""
    wave = queries.wave_by_id(wave_id)
    moment = now()
    can_run(request.user, wave.town, on=day_of(moment)).enforce()
    form = CodesForm(request.POST if request.method == "POST" else None)
    kind = kind_for(wave)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if is_signed_in(request.user) and kind is not None and form.is_valid():
        facts = form.cleaned_data
        as_letters = facts["printing"] == Printing.LETTERS
        if as_letters and facts["number"] > MOST_LETTERS:
            form.add_error("number", gettext("At most 200 letters come in one file. Take a table for more."))
        else:
            try:
                made = make_invitations(
                    actor=request.user,
                    wave=wave,
                    kind=kind,
                    number=facts["number"],
                    batch=facts["batch"],
                    now=moment,
                )
            except Forbidden:
                raise
            except DomainError as error:
                form.add_error(error.field, str(error.message))
                status = HTTPStatus.CONFLICT
            else:
                return _letters(wave, made) if as_letters else _table(wave, made)
    context = {
        **_about(wave),
        "form": form,
        "kind": kind.label if kind else "",
        "open": bool(accepts_answers(wave, on=max(day_of(moment), wave.opens_date), channel=Channel.PAPER)),
        "rows": [(batch or "–", InvitationKind(one).label, number) for batch, one, number in batches(wave)],
    }
    return render(request, "surveys/codes.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_code(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """A person's own code for paper or a helper; POST makes one and shows it, this one time."""
    wave = queries.wave_by_id(wave_id)
    moment = now()
    if not is_signed_in(request.user):
        raise Forbidden("forbidden", "")
    today = max(day_of(moment), wave.opens_date)
    can_answer(Respondent(user_id=request.user.pk), wave, on=today, channel=Channel.PAPER).enforce()
    code, status, error = "", HTTPStatus.OK, ""
    if request.method == "POST":
        try:
            code = make_personal_code(user=request.user, wave=wave, now=moment)
        except Forbidden:
            raise
        except DomainError as refusal:
            error, status = str(refusal.message), HTTPStatus.CONFLICT
    context = {**_about(wave), "code": code, "error": error, "offered": Audience(wave.audience) in _PERSONAL}
    return render(request, "surveys/my_code.html", context, status=status)


def _letters(wave: Wave, codes: list[str]) -> HttpResponse:
    made = render_pdf("letters", letters_data(wave, codes), dated=now())
    return _file(made, "application/pdf", "codes.pdf")


def _table(wave: Wave, codes: list[str]) -> HttpResponse:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["code", "link"])
    rows.writerows((code, link_of(wave, code)) for code in codes)
    return _file(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "codes.csv")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }
