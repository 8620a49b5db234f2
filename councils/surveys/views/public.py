"""What everybody may read: the surveys of a town, and one survey before it begins.

Nothing here knows who reads, and nothing here may ever show how many have answered.
"""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from common.clock import day_of, now
from common.formats import date_long
from common.http import public_page
from councils.surveys import queries
from councils.surveys.actions import DRAFT_DAYS
from councils.surveys.forms import CursorForm
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers
from councils.surveys.queries.copies import origins_of
from councils.surveys.states import Audience, WaveState
from towns.queries import town_by_slug


@require_safe
@public_page(queries.list_version)
def list_(request: HttpRequest, slug: str) -> HttpResponse:
    """The open survey of a town and those that are closed, the newest first; ?before=<number of the last one seen>."""
    town = town_by_slug(slug=slug)
    cursor = CursorForm(request.GET)
    before = cursor.cleaned_data["before"] if cursor.is_valid() else None
    page = queries.waves_of_town(town=town, before=before)
    language = get_language()
    context = {
        "town": town,
        "name": town.name_in(language),
        "rows": [_row(wave, language) for wave in page.items],
        "first_url": reverse("surveys:list", args=[slug]) if before else "",
        "page": {"previous_url": "", "next_url": f"?before={page.next_before}" if page.next_before else ""},
    }
    return render(request, "surveys/list.html", context)


def _row(wave: Wave, language: str) -> dict[str, str]:
    """A wave as one card. It says until when, never how many."""
    verdict = accepts_answers(wave, on=day_of(now()))
    if wave.closed_at:
        meta = gettext("Closed on: %(date)s") % {"date": date_long(day_of(wave.closed_at), language)}
    elif verdict:
        meta = gettext("Open until: %(date)s") % {"date": date_long(wave.closes_date, language)}
    elif day_of(now()) < wave.opens_date:
        meta = gettext("Opens on: %(date)s") % {"date": date_long(wave.opens_date, language)}
    else:
        meta = gettext("Last day: %(date)s") % {"date": date_long(wave.closes_date, language)}
    return {
        "title": queries.wave_title(wave, language),
        "url": reverse("surveys:wave", args=[wave.pk]),
        "meta": f"№ {wave.number} · {meta}",
        "badge_text": str(WaveState.OPEN.label if verdict else WaveState(wave.state).label)
        if verdict or wave.closed_at
        else "",
        "state": "wait" if verdict else "ok",
    }


@require_safe
@public_page(queries.wave_version)
def wave(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """What the survey is about, who may answer, what is kept, what nobody can join; and the way in while it is open."""
    found = queries.wave_by_id(wave_id)
    language = get_language()
    form = queries.form_of(found.version_id)
    today = day_of(now())
    context = {
        "wave": found,
        "town": found.town,
        "name": found.town.name_in(language),
        "title": queries.wave_title(found, language),
        "verdict": accepts_answers(found, on=today),
        "awaits_sheets": found.state == WaveState.OPEN and found.closes_date < today <= found.entry_date,
        "is_counted": found.state == WaveState.ENDED,
        "audience": Audience(found.audience).label,
        "questions": sum(question.is_asked for question in form.questions),
        "sections": len(form.sections),
        "spoken": ", ".join(str(name) for code, name in settings.LANGUAGES if code in found.languages),
        "draft_days": DRAFT_DAYS,
        "closed_date": day_of(found.closed_at) if found.closed_at else None,
        "origin": origins_of([found.pk]).get(found.pk),
    }
    return render(request, "surveys/wave.html", context)
