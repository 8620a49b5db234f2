"""Inviting neighbours: text, link and QR code of a wave, the same for everybody; no link tells who sent it."""

import io
from urllib.parse import quote
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe

from common.clock import day_of, now
from common.formats import date_long
from common.http import public_page
from councils.surveys import queries
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers
from councils.surveys.states import WaveState


@require_safe
@public_page(queries.wave_version)
def share(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Invitations in the languages of the wave, each with its link and code; none once the wave is over."""
    wave = queries.wave_by_id(wave_id)
    language = get_language() or ""
    spoken = [code for code, _name in settings.LANGUAGES if code in wave.languages]
    today = day_of(now())
    context = {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
        "refusal": accepts_answers(wave, on=today).reason,
        "is_over": wave.state != WaveState.OPEN or today > wave.closes_date,
        "texts": [_invitation(wave, code) for code in spoken],
    }
    return render(request, "surveys/share.html", context)


def _invitation(wave: Wave, language: str) -> dict[str, str]:
    with override(language):
        link = settings.SITE_URL + reverse("surveys:wave", args=[wave.pk])
        code_url = reverse("surveys:poster_code", args=[wave.pk])
        text = wave.invitations.get(language) or gettext(
            "%(town)s: what should change? Answer the survey until %(date)s. Nobody can find out what you answer."
        ) % {"town": wave.town.name_in(language), "date": date_long(wave.closes_date, language)}
        name = dict(settings.LANGUAGES)[language]
    return {
        "language": str(name),
        "code": language,
        "text": text,
        "link": link,
        "code_url": code_url,
        "whatsapp": f"https://wa.me/?text={quote(f'{text} {link}')}",
        "telegram": f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(text)}",
    }


@require_safe
@public_page(queries.wave_version)
def poster_code(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The wave's link as a QR code (SVG), in the language of the address."""
    wave = queries.wave_by_id(wave_id)
    out = io.BytesIO()
    link = settings.SITE_URL + reverse("surveys:wave", args=[wave.pk])
    segno.make(link, error="m", micro=False).save(out, kind="svg", border=4, dark="#000", light="#fff", scale=6)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")
