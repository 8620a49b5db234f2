"""Entering official figures and norms, and correcting a publication: pages of those who may, each with one form.

What was entered earlier stands below the form; nothing here removes anything.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.indicators import actions, queries
from councils.indicators.actions.files import share_words
from councils.indicators.forms import CorrectionForm, NormForm, OfficialForm
from councils.indicators.models import Norm, OfficialFigure
from councils.indicators.permissions import can_correct, can_enter_norms, can_enter_official
from councils.indicators.queries import catalogue
from councils.indicators.queries.dashboards import norm_history, official_history
from councils.indicators.views.figures import wave_name
from towns.queries import town_by_slug
from towns.states import Confidence, Territory, YearBasis
from users.models import User
from users.permissions import is_signed_in

Entered = OfficialFigure | Norm
_METHODS = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_http_methods(_METHODS)
def official(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter an official figure of a town, or correct one."""
    town, moment, language = town_by_slug(slug=slug), now(), get_language() or "kk"
    can_enter_official(request.user, town, on=day_of(moment)).enforce()
    form = OfficialForm(request.POST or None, indicators=_indicators(language))

    def enter(actor: User) -> None:
        facts = form.cleaned_data
        actions.enter_official(
            actor=actor,
            town=town,
            indicator=facts["indicator"],
            year=facts["year"],
            year_basis=YearBasis(facts["year_basis"]),
            value=facts["value"],
            territory=Territory(facts["territory"]),
            source=facts["source"],
            source_url=facts["source_url"],
            confidence=Confidence(facts["confidence"]),
            reason=facts["reason"],
            provisional=facts["provisional"],
            now=moment,
        )

    status = _done(request, form, enter)
    if status is None:
        return redirect("indicators:official", slug=slug)
    rows = _rows(official_history(town=town), language)
    return render(request, "indicators/official.html", {"town": town, "form": form, "rows": rows}, status=status)


@never_cache
@login_required
@require_http_methods(_METHODS)
def norm(request: HttpRequest) -> HttpResponse:
    """Enter the threshold of a norm with its source; it holds for all towns."""
    moment, language = now(), get_language() or "kk"
    can_enter_norms(request.user, on=day_of(moment)).enforce()
    form = NormForm(request.POST or None, indicators=_indicators(language))

    def enter(actor: User) -> None:
        actions.enter_norm(actor=actor, now=moment, **form.cleaned_data)

    status = _done(request, form, enter)
    if status is None:
        return redirect("indicators:norms")
    rows = _rows(norm_history(), language)
    return render(request, "indicators/norms.html", {"form": form, "rows": rows}, status=status)


@never_cache
@login_required
@require_http_methods(_METHODS)
def correct(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Publish a wave anew with today's population tables and method, and say why; the old edition stays."""
    moment, language = now(), get_language() or "kk"
    can_correct(request.user, on=day_of(moment)).enforce()
    wave = queries.published_wave(wave_id)
    form = CorrectionForm(request.POST or None)

    def enter(actor: User) -> None:
        actions.correct(actor=actor, wave=wave, reason=form.cleaned_data["reason"], now=moment)

    status = _done(request, form, enter)
    if status is None:
        return redirect("indicators:town", slug=wave.town.slug)
    context = {"wave": wave, "town": wave.town, "title": wave_name(wave, language), "form": form}
    return render(request, "indicators/correct.html", context, status=status)


def _done(request: HttpRequest, form: forms.Form, enter: Callable[[User], None]) -> HTTPStatus | None:
    """None when the form was carried out, else the status of the page that shows it."""
    if request.method != "POST":
        return HTTPStatus.OK
    if not form.is_valid() or not is_signed_in(request.user):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        enter(request.user)
    except Forbidden:
        raise
    except DomainError as error:
        form.add_error(error.field, str(error.message))
        return HTTPStatus.CONFLICT
    return None


def _indicators(language: str) -> list[tuple[str, str]]:
    return [(indicator.code, indicator.name[language]) for indicator in catalogue().indicators]


def _rows(found: Sequence[Entered], language: str) -> list[tuple[Entered, str, str, bool]]:
    """(row, name of the indicator, value, whether it was replaced)."""
    names = dict(_indicators(language))
    return [
        (row, names.get(row.indicator, row.indicator), share_words(row.value, language), hasattr(row, "replaced_by"))
        for row in found
    ]
