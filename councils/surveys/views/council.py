"""Opening a wave, in one town or several, and closing it before its last day. Neither says who answered."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import actions, queries
from councils.surveys.forms import OpenWaveForm
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.permissions import can_run, can_run_everywhere
from councils.surveys.queries.campaigns import newest_campaigns
from councils.surveys.states import Audience, WaveState
from councils.surveys.tasks import ask_for_opening
from towns.queries import town_by_slug, town_choices
from users.models import User
from users.permissions import is_signed_in

USUAL_DAYS = 21


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def open_wave(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose questionnaire, days and who may answer. Refused while another wave of the town is open."""
    town = town_by_slug(slug=slug)
    moment = now()
    can_run(request.user, town, on=day_of(moment)).enforce()
    language = get_language() or ""
    form = _form(request, moment, language)

    def begin(actor: User, facts: dict[str, Any]) -> str:
        wave = actions.open_wave(
            actor=actor, town=town, target=facts["target"], version=_version(form), **told(form), now=moment
        )
        return reverse("surveys:run", args=[wave.pk])

    there, status = begun(request, form, begin)
    if there:
        return redirect(there)
    context = {
        "town": town,
        "name": town.name_in(language),
        "form": form,
        "standing": [
            (queries.wave_title(wave, language), reverse("surveys:run", args=[wave.pk]))
            for wave in queries.open_waves_of(town=town)
        ],
    }
    return render(request, "surveys/open.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def open_campaign(request: HttpRequest) -> HttpResponse:
    """The same wave in several towns at once: in all that were ticked, or in none with the reason."""
    moment = now()
    can_run_everywhere(request.user, on=day_of(moment)).enforce()
    language = get_language() or ""
    form = _form(request, moment, language, towns=town_choices(language=language))

    def begin(actor: User, facts: dict[str, Any]) -> str:
        towns = [town_by_slug(slug=slug) for slug in facts["towns"]]
        actions.open_campaign(
            actor=actor, towns=towns, target=facts["target"], version=_version(form), **told(form), now=moment
        )
        return f"{reverse('surveys:open_campaign')}#opened"

    there, status = begun(request, form, begin)
    if there:
        return redirect(there)
    context = {
        "form": form,
        "campaigns": [
            _campaign(list(campaign.waves.all()), language, on=day_of(moment)) for campaign in newest_campaigns()
        ],
    }
    return render(request, "surveys/campaign.html", context, status=status)


def _campaign(waves: Sequence[Wave], language: str, *, on: date) -> dict[str, object]:
    """One campaign: its questionnaire, its days, and the way to each town's wave. Every campaign has a wave."""
    return {
        "title": queries.wave_title(waves[0], language),
        "opens": waves[0].opens_date,
        "closes": waves[0].closes_date,
        "towns": [
            (wave.town.name_in(language), reverse("surveys:run", args=[wave.pk]), queries.state_words(wave, on=on))
            for wave in waves
        ],
    }


def _form(
    request: HttpRequest, moment: datetime, language: str, *, towns: Sequence[tuple[str, str]] = ()
) -> OpenWaveForm:
    today = day_of(moment)
    return OpenWaveForm(
        request.POST if request.method == "POST" else None,
        versions=queries.version_choices(language=language),
        opens_date=today,
        closes_date=today + timedelta(days=USUAL_DAYS),
        version=request.GET.get("version", ""),
        towns=towns,
    )


def _version(form: OpenWaveForm) -> QuestionnaireVersion:
    return queries.version_by_id(UUID(form.cleaned_data["version"]))


def told(form: OpenWaveForm) -> dict[str, Any]:
    """What every wave is told alike: of one town, of many, or copied."""
    facts = form.cleaned_data
    return {
        "audience": Audience(facts["audience"]),
        "invitations": form.invitations(),
        **{name: facts[name] for name in ("opens_date", "closes_date", "entry_date", "languages")},
    }


def begun(
    request: HttpRequest, form: OpenWaveForm, begin: Callable[[User, dict[str, Any]], str]
) -> tuple[str, HTTPStatus]:
    """Where to go once it has begun; "" and the status of the form's page when it has not."""
    if request.method != "POST":
        return "", HTTPStatus.OK
    if not form.is_valid() or not is_signed_in(request.user):
        return "", HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        return begin(request.user, form.cleaned_data), HTTPStatus.OK
    except Forbidden:
        raise
    except DomainError as error:
        form.add_error(error.field, str(error.message))
        return "", HTTPStatus.CONFLICT


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close_wave(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Close a wave for good; the count begins after it."""
    wave = queries.wave_by_id(wave_id)
    moment = now()
    can_run(request.user, wave.town, on=day_of(moment)).enforce()
    if request.method == "POST" and is_signed_in(request.user):
        with transaction.atomic():
            actions.end_wave(actor=request.user, wave=wave, now=moment)
            transaction.on_commit(partial(ask_for_opening, wave.pk))
        return redirect("surveys:wave", wave_id=wave.pk)
    language = get_language() or ""
    context = {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
        "closed": wave.state != WaveState.OPEN,
    }
    return render(request, "surveys/close.html", context)
