"""Two pages that ask for a code: one's own, which brings answers back, and the one of a letter, which lets people in.

A code travels in the body of a request and lies in a cookie, never in an address. Wrong ones are counted by network.
"""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.pace import may_go_on
from councils.surveys import queries
from councils.surveys.forms import LetterForm, ResumeForm
from councils.surveys.permissions import accepts_answers
from councils.surveys.queries.invitations import invitation_by_code
from councils.surveys.rules import check
from councils.surveys.views import codes, doors
from councils.surveys.views.answering import section_url

TRIES_A_MINUTE = 30
_MINUTE = 60


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Go on with a code on another phone, or change what was sent."""
    sent = ResumeForm(request.POST if request.method == "POST" else None)
    if sent.is_valid() and _may_try(request):
        code = sent.cleaned_data["code"]
        wave = queries.wave_of_draft(code=code)
        draft = queries.draft_of(code=code, wave=wave) if wave else None
        if wave is not None and draft is not None:
            form = queries.form_of(wave.version_id)
            faults = check(form, draft.answers, language=get_language() or "", today=day_of(now())).errors
            names = {address.rpartition("/")[2] for address in faults}
            unfinished = (part.name for part in form.sections if not names.isdisjoint(part.questions))
            response = HttpResponseRedirect(section_url(wave, form, next(unfinished, None)))
            codes.remember(response, wave=wave, code=code, secure=request.is_secure())
            return response
        sent.add_error("code", gettext("No answers are kept under this code. They are deleted when the survey closes."))
    elif sent.is_valid():
        sent.add_error("code", _too_often())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent.is_bound else HTTPStatus.OK
    return render(request, "surveys/resume.html", {"form": sent}, status=status)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Asks for the code of a letter or a sheet. Whoever holds one needs no account."""
    wave = queries.wave_by_id(wave_id)
    today = day_of(now())
    if not accepts_answers(wave, on=today):
        return doors.refusal(request, wave, "closed" if today >= wave.opens_date else "early", HTTPStatus.CONFLICT)
    sent = LetterForm(request.POST if request.method == "POST" else None)
    if sent.is_valid() and _may_try(request):
        code = sent.cleaned_data["code"]
        found = invitation_by_code(wave=wave, code=code)
        if found is not None:
            refused = doors.stop(request, wave, doors.holder_of(found))
            if refused is not None:
                return refused
            response = redirect("surveys:section", wave_id=wave.pk, number=1)
            codes.remember(response, wave=wave, code=code, secure=request.is_secure(), kind="letter")
            return response
        sent.add_error("code", gettext("This code does not belong to this survey. Look at the letter once more."))
    elif sent.is_valid():
        sent.add_error("code", _too_often())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent.is_bound else HTTPStatus.OK
    return render(request, "surveys/letter.html", {**doors.about(wave), "form": sent}, status=status)


def _may_try(request: HttpRequest) -> bool:
    return may_go_on(request, purpose="code", at_most=TRIES_A_MINUTE, seconds=_MINUTE)


def _too_often() -> str:
    return gettext("Too many codes were tried from here. Wait a minute, then try again.")
