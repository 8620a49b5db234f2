"""Copying a survey of another town: the form that opens a wave, filled in as it was there. Nothing exists before."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from councils.surveys import actions, queries
from councils.surveys.forms import OpenWaveForm
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run
from councils.surveys.views.council import USUAL_DAYS, begun, told
from towns.queries import town_by_slug
from users.models import User


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy_wave(request: HttpRequest, slug: str, wave_id: UUID) -> HttpResponse:
    """Open here what another town has asked: the same version, languages and words, other days."""
    town, moment, language = town_by_slug(slug=slug), now(), get_language() or ""
    today = day_of(moment)
    can_run(request.user, town, on=today).enforce()
    source = queries.wave_by_id(wave_id)
    title = _("%(title)s, version %(number)s") % {
        "title": queries.wave_title(source, language),
        "number": source.version.number,
    }
    form = OpenWaveForm(
        request.POST if request.method == "POST" else None,
        versions=[(source.version_id, title)],
        opens_date=today,
        closes_date=today + timedelta(days=USUAL_DAYS),
        version=str(source.version_id),
    )
    form.initial = {**form.initial, **_as_there(source)}

    def begin(actor: User, facts: dict[str, Any]) -> str:
        wave = actions.copy_wave(
            actor=actor, town=town, source=source, target=facts["target"], **told(form), now=moment
        )
        return reverse("surveys:run", args=[wave.pk])

    there, status = begun(request, form, begin)
    if there:
        return redirect(there)
    context = {
        "town": town,
        "name": town.name_in(language),
        "source": source,
        "source_name": source.town.name_in(language),
        "title": title,
        "form": form,
    }
    return render(request, "surveys/copy.html", context, status=status)


def _as_there(source: Wave) -> dict[str, object]:
    """What the other town chose. Numbers of answers hoped for are its own and stay there."""
    words = {f"invitation_{code}": text for code, text in source.invitations.items()}
    return {"audience": source.audience, "languages": source.languages, **words}
