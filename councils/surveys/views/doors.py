"""Who comes to answer: an account, the holder of a code, or anybody where the wave is open to all.

Whoever is not known yet is shown the way in, and what they had typed is kept first. Nothing here logs anybody.
"""

from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from common.clock import day_of, now
from common.ids import normalise_ticket
from councils.surveys import queries
from councils.surveys.models import Invitation, Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.queries.invitations import invitation_by_code
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience
from councils.surveys.views import codes
from users.permissions import is_signed_in

P = ParamSpec("P")
AnswerView = Callable[Concatenate[HttpRequest, Wave, Respondent, P], HttpResponse]
CODES_ONLY = frozenset({Audience.INVITED, Audience.HOUSEHOLD})
_NOBODY_YET = "new"  # in waves for everybody: whoever has not typed anything yet


def about(wave: Wave) -> dict[str, object]:
    """What every page of a survey says of it."""
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
        "is_open_to_all": wave.audience == Audience.OPEN,
    }


def respondent_of(request: HttpRequest, wave: Wave, *, code: str = "") -> Respondent | None:
    """Who asks, None when nobody knows yet. `code`: of the draft, where the browser's cookie is not meant."""
    if wave.audience == Audience.OPEN:
        own = normalise_ticket(code or codes.code_from(request))
        return Respondent(instance=queries.wave_key(wave).mark("open", own) if own else _NOBODY_YET)
    user = request.user
    if wave.audience not in CODES_ONLY and is_signed_in(user):
        return Respondent(user_id=user.pk)
    found = invitation_by_code(wave=wave, code=codes.code_from(request, "letter"))
    return holder_of(found) if found else None


def holder_of(invitation: Invitation) -> Respondent:
    """Whoever holds the code of an invitation; where it belongs to an account, that account."""
    return Respondent(user_id=invitation.user_id, invitation_id=invitation.pk)


def owner_mark(wave: Wave, who: Respondent | None) -> str:
    """What tells one respondent from another on a phone that several people use. It says nothing about anybody.

    Empty where nobody is known: then a phone cannot tell.
    """
    if who is None or who.instance:
        return ""
    return queries.wave_key(wave).mark("owner", who.key)[:24]


def way_in(request: HttpRequest, wave: Wave, *, to: str = "") -> HttpResponse:
    """To the page that makes somebody known, and back afterwards."""
    if wave.audience in CODES_ONLY:
        return redirect("surveys:letter", wave_id=wave.pk)
    return redirect_to_login(to or request.get_full_path())


def stop(request: HttpRequest, wave: Wave, who: Respondent) -> HttpResponse | None:
    """The page for somebody who may not answer, None for whoever may."""
    today = day_of(now())
    if not accepts_answers(wave, on=today):
        return refusal(request, wave, "closed" if today >= wave.opens_date else "early", HTTPStatus.CONFLICT)
    verdict = can_answer(who, wave, on=today)
    if not verdict:
        return refusal(request, wave, "not_for_you", HTTPStatus.FORBIDDEN, message=verdict.reason)
    return None


def refusal(request: HttpRequest, wave: Wave, reason: str, status: HTTPStatus, *, message: object = "") -> HttpResponse:
    """Why there is nothing to answer. The codes leave the browser when what they led to is of no use any more."""
    response = render(
        request, "surveys/refusal.html", {**about(wave), "reason": reason, "message": message}, status=status
    )
    if reason == "closed":
        codes.forget(response, wave=wave)
    return response


def for_respondents(
    view: AnswerView[P], *, unknown: Callable[..., HttpResponse] | None = None
) -> Callable[..., HttpResponse]:
    """Lets in who may answer; everybody else gets a page that says why, and what to do.

    `unknown(request, wave, ...)` answers for those whom nobody knows (yet, or any more) instead of the way in.
    """

    def guarded(request: HttpRequest, wave_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        wave = queries.wave_by_id(wave_id)
        today = day_of(now())
        if not accepts_answers(wave, on=today):
            return refusal(request, wave, "closed" if today >= wave.opens_date else "early", HTTPStatus.CONFLICT)
        who = respondent_of(request, wave)
        if who is None:
            return unknown(request, wave, *args, **kwargs) if unknown else way_in(request, wave)
        return stop(request, wave, who) or view(request, wave, who, *args, **kwargs)

    update_wrapper(guarded, view, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    return never_cache(sensitive_post_parameters()(guarded))
