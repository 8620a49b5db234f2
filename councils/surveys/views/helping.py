"""Answering together: a named helper types for somebody beside them. The helper's name stands beside no answer.

The person's code and answers live on this page alone: no cookie, no draft, nothing to come back to.
"""

from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.ids import random_id
from councils.surveys import actions, queries
from councils.surveys.actions.invitations import respondent_of
from councils.surveys.forms.helping import PersonForm
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers, can_answer, can_help
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel
from councils.surveys.views.whole_form import MORE, Page, judge, page_of
from users.models import User
from users.permissions import is_signed_in


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def together(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The person's code; with `step=open` the questions; with `step=send` the answers are judged and stored."""
    wave = queries.wave_by_id(wave_id)
    today = day_of(now())
    can_help(request.user, wave.town, on=today).enforce()
    verdict = accepts_answers(wave, on=today, channel=Channel.HELPER)
    audience = Audience(wave.audience)
    is_open = audience is Audience.OPEN
    if request.method != "POST" or not verdict or not is_signed_in(request.user):
        status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
        return _start(request, wave, PersonForm(audience=audience), refusal=str(verdict.reason), status=status)
    form = PersonForm(request.POST, audience=audience)
    if not is_open and not form.is_valid():
        return _start(request, wave, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        if is_open:
            instance = str(request.POST.get("instance", ""))[:60] or str(random_id())
            who = Respondent(instance=instance)
        else:
            who = respondent_of(wave=wave, code=form.cleaned_data["person"])
        can_answer(who, wave, on=today, channel=Channel.HELPER).enforce()
        return _answers(request, wave, who, request.user)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        status = HTTPStatus.FORBIDDEN if isinstance(error, Forbidden) else HTTPStatus.CONFLICT
        return _start(request, wave, form, status=status)


def _answers(request: HttpRequest, wave: Wave, who: Respondent, helper: User) -> HttpResponse:
    page = page_of(wave, request.POST)
    if request.POST.get("step") != "send" or MORE in request.POST:
        return _draw(request, page, who, HTTPStatus.OK)
    judge(page)
    if page.errors:
        return _draw(request, page, who, HTTPStatus.UNPROCESSABLE_ENTITY)
    actions.submit_answers(
        wave=wave,
        who=replace(who, helper_id=helper.pk),
        answers=page.typed.answers,
        now=now(),
        channel=Channel.HELPER,
        instance=who.instance,
    )
    return HttpResponseRedirect(f"{reverse('surveys:together', args=[wave.pk])}?done=yes")


def _draw(request: HttpRequest, page: Page, who: Respondent, status: HTTPStatus) -> HttpResponse:
    context = {
        **_about(page.wave),
        "heading": gettext("Answer together with somebody"),
        "lead": gettext("Read each question aloud. Whoever does not want to answer leaves it empty."),
        "as_numbers": False,
        "hidden": {"person": str(request.POST.get("person", ""))[:40], "instance": who.instance, "step": "send"},
        "blocks": page.rows(),
        "wrong": page.wrong(),
        "occurrences": page.occurrences,
        "repeats": page.repeats(),
        "back_url": reverse("surveys:together", args=[page.wave.pk]),
    }
    return render(request, "surveys/whole_form.html", context, status=status)


def _start(
    request: HttpRequest, wave: Wave, form: PersonForm, *, refusal: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        **_about(wave),
        "form": form,
        "refusal": refusal,
        "done": request.GET.get("done") == "yes",
        "is_open": wave.audience == Audience.OPEN,
    }
    return render(request, "surveys/together.html", context, status=status)


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }
