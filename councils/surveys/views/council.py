"""Opening a wave, in one town or several, and closing it before its last day. Neither says who answered."""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
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
from councils.surveys.permissions import can_run, can_run_everywhere
from councils.surveys.states import Audience, WaveState
from councils.surveys.tasks import ask_for_opening
from towns.queries import town_by_slug, town_choices
from users.permissions import is_signed_in

USUAL_DAYS = 21


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def open_wave(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose questionnaire, days and who may answer. Refused while another wave of the town is open."""
    town = town_by_slug(slug=slug)
    moment = now()
    today = day_of(moment)
    can_run(request.user, town, on=today).enforce()
    language = get_language() or ""
    form = OpenWaveForm(
        request.POST if request.method == "POST" else None,
        versions=queries.version_choices(language=language),
        opens_date=today,
        closes_date=today + timedelta(days=USUAL_DAYS),
        version=request.GET.get("version", ""),
    )
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        facts = form.cleaned_data
        try:
            wave = actions.open_wave(
                actor=request.user,
                town=town,
                version=queries.version_by_id(UUID(facts["version"])),
                opens_date=facts["opens_date"],
                closes_date=facts["closes_date"],
                entry_date=facts["entry_date"],
                audience=Audience(facts["audience"]),
                languages=facts["languages"],
                target=facts["target"],
                invitations=form.invitations(),
                now=moment,
            )
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(error.field, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            return redirect("surveys:run", wave_id=wave.pk)
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
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
    today = day_of(moment)
    can_run_everywhere(request.user, on=today).enforce()
    language = get_language() or ""
    form = OpenWaveForm(
        request.POST if request.method == "POST" else None,
        versions=queries.version_choices(language=language),
        opens_date=today,
        closes_date=today + timedelta(days=USUAL_DAYS),
        version=request.GET.get("version", ""),
        towns=town_choices(language=language),
    )
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        facts = form.cleaned_data
        try:
            actions.open_campaign(
                actor=request.user,
                towns=[town_by_slug(slug=slug) for slug in facts["towns"]],
                version=queries.version_by_id(UUID(facts["version"])),
                opens_date=facts["opens_date"],
                closes_date=facts["closes_date"],
                entry_date=facts["entry_date"],
                audience=Audience(facts["audience"]),
                languages=facts["languages"],
                invitations=form.invitations(),
                now=moment,
            )
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(error.field, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            return redirect("surveys:list", slug=facts["towns"][0])
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "surveys/campaign.html", {"form": form}, status=status)


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
