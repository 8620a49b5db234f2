"""Correcting what was published: a new vintage that says what changed and why; the old one stays where it is.

What was hidden stays hidden: two vintages must not tell together what one hides. Answers never change after closing,
so a correction is about population tables, about the method, or about the official figures that stand in the files.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from councils.indicators.actions.publishing import figured, store
from councils.indicators.models import CountRun, Estimate, Publication
from councils.indicators.permissions import can_correct
from councils.indicators.queries.exports import officials_beside
from councils.indicators.states import ConfStatus
from councils.surveys.actions.unsealing import town_margins
from councils.surveys.models import Wave
from towns.models import Town
from users.models import User

_FACTS = ("value", "se", "ci_low", "ci_high", "n", "n_eff", "deff", "obs_status", "conf_status", "note")
LONGEST_REASON = 600


@transaction.atomic
def correct(*, actor: User, wave: Wave, reason: str, now: datetime) -> Publication:
    """Publish a wave anew with the town's population tables, official figures and the method of today.

    Refuses a wave without figures (`no_results`), a correction without a reason, and one that would change nothing.
    """
    can_correct(actor, on=day_of(now)).enforce()
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town", "version__questionnaire").get(pk=wave.pk)
    Town.objects.select_for_update(no_key=True).get(pk=wave.town_id)  # no official figure comes while we look at them
    before = Publication.objects.filter(wave=wave).order_by("-number").first()
    run = CountRun.objects.filter(wave=wave, counted_at__isnull=False).first()
    if before is None or run is None:
        raise DomainError("no_results", _("There are no results here. They appear soon after a survey has closed."))
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise DomainError("no_reason", _("Write what is corrected and why: everybody can read it."), field="reason")
    # Whoever was quicker may have a later moment: the next edition is never the earlier one.
    now = max(now, before.published_at + timedelta(microseconds=1))
    hidden = Estimate.objects.filter(publication__wave=wave).exclude(conf_status=ConfStatus.FREE)
    fresh, rows = figured(
        wave=wave,
        run=run,
        margins=town_margins(wave.town),
        number=before.number + 1,
        now=now,
        hidden=set(hidden.values_list("indicator", "option")),
        tables=before.tables,
    )
    earlier = {_name(row): row for row in Estimate.objects.filter(publication=before)}
    fresh.replaces, fresh.reason, fresh.published_by = before, words, actor
    fresh.changes = [
        {"indicator": row.indicator, "option": row.option, "weighted": row.weighted}
        for row in rows
        if (old := earlier.get(_name(row))) is None or _facts(old) != _facts(row)
    ]
    gone = earlier.keys() - {_name(row) for row in rows}
    fresh.changes += [{"indicator": code, "option": option, "weighted": weighted} for code, option, weighted in gone]
    fresh.changes += _officials_changed(wave.town, since=before.published_at, now=now)
    if not fresh.changes:
        raise DomainError(
            "nothing_changes", _("Nothing would change: the figures are the same. Nothing was published.")
        )
    return store(wave=wave, publication=fresh, rows=rows, now=now)


def _officials_changed(town: Town, *, since: datetime, now: datetime) -> list[dict[str, object]]:
    """Official figures that the files of the edition before do not hold: an edition keeps those of its moment."""
    told, standing = ({one.pk: one for one in officials_beside(town=town, moment=at)} for at in (since, now))
    different = {one.indicator for key, one in (told | standing).items() if (key in told) != (key in standing)}
    return [{"indicator": code, "option": "", "weighted": False, "official": True} for code in sorted(different)]


def _name(row: Estimate) -> tuple[str, str, bool]:
    return row.indicator, row.option, row.weighted


def _facts(row: Estimate) -> list[object]:
    return [getattr(row, name) for name in _FACTS]
