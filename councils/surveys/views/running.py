"""Running a wave: who has been heard so far, reminders, and the ways to its codes, sheets and links.

Nothing here shows what anybody answered, or who did; numbers are rounded and some minutes old.
"""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import date_long, number
from councils.surveys import actions, queries
from councils.surveys.forms import CursorForm
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers, can_read_open_answers, can_run
from councils.surveys.queries import running
from councils.surveys.rules.hearing import Group, Option, unheard
from councils.surveys.rules.keeping import AGE, QUARTER, SEX
from councils.surveys.states import Audience, Channel, WaveState
from towns.queries import town_by_slug
from users.permissions import is_signed_in

HEADINGS = {SEX: _("By sex"), AGE: _("By age"), QUARTER: _("By quarter of the town")}


@never_cache
@login_required
@require_safe
def council(request: HttpRequest, slug: str) -> HttpResponse:
    """The waves of a town for those who run them and for the readers of open answers, and the way to open one.

    ?before=<number of the last one seen> leads to older ones."""
    town = town_by_slug(slug=slug)
    today = day_of(now())
    runs, reads = can_run(request.user, town, on=today), can_read_open_answers(request.user, town, on=today)
    if not reads:
        runs.enforce()
    language = get_language() or ""
    cursor = CursorForm(request.GET)
    before = cursor.cleaned_data["before"] if cursor.is_valid() else None
    page = queries.waves_of_town(town=town, before=before)
    context = {
        "town": town,
        "name": town.name_in(language),
        "runs": bool(runs),
        "first_url": reverse("surveys:council", args=[slug]) if before else "",
        "page": {"previous_url": "", "next_url": f"?before={page.next_before}" if page.next_before else ""},
        "rows": [
            {
                "title": f"№ {wave.number} · {queries.wave_title(wave, language)}",
                "url": _way(wave, runs=bool(runs), reads=bool(reads)),
                "meta": gettext("Last day: %(date)s") % {"date": date_long(wave.closes_date, language)},
                "badge_text": queries.state_words(wave, on=today),
                "state": "ok" if wave.state == WaveState.CLOSED else "wait",
            }
            for wave in page.items
        ],
    }
    return render(request, "surveys/council.html", context)


def _way(wave: Wave, *, runs: bool, reads: bool) -> str:
    """Where a wave's card leads: to its open answers once it is closed, before that to the page of who was heard."""
    if wave.state == WaveState.CLOSED and reads:
        return reverse("surveys:reading", args=[wave.pk])
    return reverse("surveys:run" if runs else "surveys:wave", args=[wave.pk])


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """One wave: who has been heard, what lacks, what helpers brought; POST sends a reminder."""
    wave = queries.wave_by_id(wave_id)
    moment = now()
    can_run(request.user, wave.town, on=day_of(moment)).enforce()
    error = ""
    status = HTTPStatus.OK
    if request.method == "POST" and is_signed_in(request.user):
        try:
            actions.begin_reminder(actor=request.user, wave=wave, now=moment)
        except Forbidden:
            raise
        except DomainError as refusal:
            error, status = str(refusal.message), HTTPStatus.CONFLICT
        else:
            return redirect("surveys:run", wave_id=wave.pk)
    reads = can_read_open_answers(request.user, wave.town, on=day_of(moment))
    return render(request, "surveys/run.html", {**_about(wave), "reads": bool(reads), "error": error}, status=status)


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    found = running.heard(wave)
    words = running.group_words(wave, language)
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
        "state": queries.state_words(wave, on=day_of(now())),
        "takes_answers": bool(accepts_answers(wave, on=day_of(now()), channel=Channel.PAPER)),
        "audience": Audience(wave.audience).label,
        "coverage": found.coverage,
        "is_asked": found.is_asked,
        "rows": [_row(group, words) for group in found.groups],
        "lacking": [_sentence(_named(group, words), group.missing) for group in unheard(found.groups)]
        + [
            _sentence(words.get(option.value, option.value), option.missing)
            for option in unheard(option for options in found.options.values() for option in options)
        ],
        "tables": [
            {
                "heading": HEADINGS[name],
                "name": name,
                "rows": [_option(option, words) for option in options],
                "has_quotas": name in wave.quotas,
            }
            for name, options in found.options.items()
            if name == QUARTER or name in wave.quotas or not found.groups
        ],
        "asks_groups": bool(found.options),
        "channels": [
            (Channel(name).label, _count(answers))
            for name, answers in (found.coverage.channels if found.coverage else {}).items()
        ],
        "tallies": [
            (tally.helper.display_name or "–", Channel(tally.channel).label, _count(tally.entered))
            for tally in running.tallies(wave)
        ],
        "reminders": running.reminders(wave),
        "is_over": wave.state != WaveState.OPEN,
        "why_not": str(refusal.message) if (refusal := running.reminder_refusal(wave, on=day_of(now()))) else "",
    }


def _named(group: Group, words: dict[str, str]) -> str:
    return f"{words.get(group.sex, group.sex)}, {words.get(group.age, group.age)}"


def _row(group: Group, words: dict[str, str]) -> dict[str, object]:
    return {
        "label": _named(group, words),
        "heard": _count(group.heard),
        "hoped": _count(group.hoped),
        "missing": _count(group.missing) if group.missing else "–",
        "share": min(1.0, group.heard / group.hoped) if group.hoped else 1.0,
    }


def _option(option: Option, words: dict[str, str]) -> dict[str, object]:
    return {
        "label": words.get(option.value, option.value),
        "heard": _count(option.heard),
        "hoped": "–" if option.hoped is None else _count(option.hoped),
        "missing": _count(option.missing) if option.missing else "–",
    }


def _sentence(group: str, missing: int) -> str:
    return gettext("%(group)s: %(number)s more interviews would mend it.") % {"group": group, "number": _count(missing)}


def _count(value: int) -> str:
    return number(value, get_language() or "", 0)
