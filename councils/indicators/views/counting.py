"""How far the counts of surveys are, for officers, and the button that has them counted anew. Two pages, one table.

Ended surveys alone, and no figures: what was found stands on the public pages once it is published. A page looks again
by itself while something goes on.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError

from common.clock import day_of, now
from common.errors import NotFound
from councils.indicators import actions
from councils.indicators.permissions import can_follow_counts
from councils.indicators.queries.progress import CountLine, Round, counts_of_all, counts_of_town, newest_round
from councils.indicators.states import CountStep, WeightingRefusal
from councils.indicators.tasks import recount_round, recount_wave
from councils.indicators.views.figures import wave_name
from councils.surveys.models import Campaign, Wave
from councils.surveys.permissions import can_run
from councils.surveys.queries import wave_by_id, wave_title
from towns.queries import town_by_slug
from users.permissions import is_signed_in

LOOKS_AGAIN: Final = 5
_METHODS = ["GET", "HEAD", "POST"]
_LOOKS: Final = {CountStep.DONE: "ok", CountStep.FAILED: "late"}


@never_cache
@login_required
@require_http_methods(_METHODS)
def town_counts(request: HttpRequest, slug: str) -> HttpResponse:
    """The ended surveys of a town and how far each count is; POST has one of them counted anew."""
    town, moment = town_by_slug(slug=slug), now()
    can_follow_counts(request.user, town, on=day_of(moment)).enforce()
    if request.method == "POST":
        wave = _chosen(request)
        if wave.town_id != town.pk:
            raise _unknown()
        _ask(request, wave, moment)
        return redirect("indicators:counting", slug=slug)
    found = counts_of_town(town=town)
    context: dict[str, object] = {
        "town": town,
        "rows": _rows(found),
        "runs": bool(can_run(request.user, town, on=day_of(moment))),
        "under_way": any(line.under_way for line in found),
    }
    return _shown(request, "indicators/counting.html", context)


@never_cache
@login_required
@require_http_methods(_METHODS)
def everywhere(request: HttpRequest) -> HttpResponse:
    """All towns for the administrator; POST has one survey, those that were opened together, or all counted anew."""
    moment = now()
    can_follow_counts(request.user, None, on=day_of(moment)).enforce()
    if request.method == "POST":
        if request.POST.get("wave"):
            _ask(request, _chosen(request), moment)
        else:
            _begin(request, moment)
        return redirect("indicators:counting_all")
    found, about = counts_of_all(language=_language()), newest_round()
    together, single = _grouped(found)
    context: dict[str, object] = {
        "round": about,
        "going": _going(about, moment),
        "campaigns": [
            (campaign.pk, wave_title(lines[0].wave, _language()), campaign.opened_at, _rows(lines), _published(lines))
            for campaign, lines in together
        ],
        "rows": _rows(single),
        "towns": len(found),
        "under_way": _going(about, moment) or any(line.under_way for line in found),
    }
    return _shown(request, "indicators/counting_all.html", context)


def _shown(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context | {"seconds": LOOKS_AGAIN})
    if context["under_way"]:
        response["Refresh"] = str(LOOKS_AGAIN)
    return response


def _ask(request: HttpRequest, wave: Wave, moment: datetime) -> None:
    """Note the wish and have it carried out. Asked twice it is one wish; a message twice does its work once."""
    if not is_signed_in(request.user):
        return
    with transaction.atomic():
        since = actions.ask_recount(actor=request.user, wave=wave, now=moment)
        transaction.on_commit(partial(_send, wave.pk, since))


def _send(wave_id: UUID, since: datetime) -> None:
    try:
        recount_wave.delay(str(wave_id), since.isoformat())
    except OperationalError:
        return  # the page goes on saying that it waits, and whoever presses again sends it again


def _begin(request: HttpRequest, moment: datetime) -> None:
    if not is_signed_in(request.user):
        return
    told = request.POST.get("campaign", "")
    campaign = Campaign.objects.filter(pk=_uuid(told)).first() if told else None
    if told and campaign is None:
        raise _unknown()
    with transaction.atomic():
        begun = actions.begin_round(actor=request.user, campaign_id=campaign.pk if campaign else None, now=moment)
        if begun is not None:
            transaction.on_commit(partial(_send_round, begun.id))


def _send_round(round_id: UUID) -> None:
    try:
        recount_round.delay(str(round_id))
    except OperationalError:
        return  # pressed again, it is the same round


def _chosen(request: HttpRequest) -> Wave:
    return wave_by_id(_uuid(request.POST.get("wave", "")))


def _uuid(told: str) -> UUID:
    try:
        return UUID(told)
    except ValueError:
        raise _unknown() from None


def _unknown() -> NotFound:
    return NotFound("no_such_wave", _("There is no such survey here. Look at the surveys of your town."))


def _language() -> str:
    return get_language() or "kk"


def _going(about: Round | None, moment: datetime) -> bool:
    return about is not None and about.ended_at is None and moment - about.began_at < actions.ROUND_LASTS


def _published(lines: Sequence[CountLine]) -> int:
    return sum(line.step is CountStep.DONE for line in lines)


def _grouped(found: Sequence[CountLine]) -> tuple[list[tuple[Campaign, list[CountLine]]], list[CountLine]]:
    """Surveys that were opened in several towns together, and the others."""
    campaigns: dict[UUID, tuple[Campaign, list[CountLine]]] = {}
    single = []
    for line in found:
        if line.wave.campaign is None:
            single.append(line)
        else:
            campaigns.setdefault(line.wave.campaign.pk, (line.wave.campaign, []))[1].append(line)
    return list(campaigns.values()), single


def _rows(found: Sequence[CountLine]) -> list[dict[str, object]]:
    language = _language()
    return [
        {
            "line": line,
            "id": line.wave.pk,
            "title": wave_name(line.wave, language),
            "town": line.wave.town.name_in(language),
            "slug": line.wave.town.slug,
            "state": _LOOKS.get(line.step, "wait"),
            "step": line.step.label,
            "failure": line.failure.label if line.failure else "",
            "note": WeightingRefusal(line.note).label if line.note in WeightingRefusal.values else "",
            "again": line.step in {CountStep.DONE, CountStep.FAILED, CountStep.ANEW},
        }
        for line in found
    ]
