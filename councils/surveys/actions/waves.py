"""Opening and closing a wave. Closing settles every answer; the caller asks for the count, on commit."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.surveys.actions.settling import settle_all
from councils.surveys.models import Draft, QuestionnaireVersion, Wave
from councils.surveys.permissions import can_run
from councils.surveys.queries import form_of
from councils.surveys.rules import Missing, missing_translations
from councils.surveys.states import Audience, MissingPart, WaveState
from towns.models import Town
from users.models import User

PLACES_NAMED = 5


@transaction.atomic
def open_wave(
    *,
    actor: User | None,
    town: Town,
    version: QuestionnaireVersion,
    opens_date: date,
    closes_date: date,
    audience: Audience,
    now: datetime,
) -> Wave:
    """Open a wave of a questionnaire in a town, from a day to a day, both included.

    Refuses dates that lie behind or run backwards, a questionnaire that lacks a text in one of the site's languages
    (it says which), and a second wave beside an open one. `actor` is None for loaders.
    """
    today = day_of(now)
    if actor is not None:
        can_run(actor, town, on=today).enforce()
    if closes_date < opens_date:
        raise DomainError("dates_backwards", _("The last day lies before the first one."), field="closes_date")
    if closes_date < today:
        raise DomainError("already_over", _("The last day has passed. Choose a later one."), field="closes_date")
    languages = [code for code, _name in settings.LANGUAGES]
    if missing := missing_translations(form_of(version.pk), languages):
        raise DomainError("incomplete_languages", _missing_words(missing), field="version")
    # Two secretaries at once take turns here, so that both see the same truth.
    Town.objects.select_for_update().get(pk=town.pk)
    if Wave.objects.filter(town=town, state=WaveState.OPEN).exists():
        raise DomainError("one_open_wave", _("Another survey of this town is open. Close it first."))
    newest = Wave.objects.filter(town=town).order_by("-number").values_list("number", flat=True).first() or 0
    wave = Wave.objects.create(
        town=town,
        version=version,
        number=newest + 1,
        state=WaveState.OPEN,
        audience=audience,
        opens_date=opens_date,
        closes_date=closes_date,
    )
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=town.slug,
        action="surveys.open_wave",
        object_type="wave",
        object_id=wave.pk,
        detail={"version": str(version.pk), "audience": audience.value},
    )
    return wave


@transaction.atomic
def close_wave(*, actor: User | None, wave: Wave, now: datetime) -> Wave:
    """Close a wave for good: no more answers, all of them settled, every draft deleted. Refuses a closed one.

    `actor` is None when its last day has passed. The caller then asks for the count (`tasks.ask_for_count`).
    """
    # Waits for answers that are being stored at this moment; those that come later see that it is closed.
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town").get(pk=wave.pk)
    if actor is not None:
        can_run(actor, wave.town, on=day_of(now)).enforce()
    if wave.state != WaveState.OPEN:
        raise DomainError("not_open", _("This survey is closed already."))
    Draft.objects.filter(wave=wave).delete()
    settle_all(wave_id=wave.pk)
    wave.state = WaveState.CLOSED
    wave.closed_at = now
    wave.save(update_fields=["state", "closed_at"])
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=wave.town.slug,
        action="surveys.close_wave",
        object_type="wave",
        object_id=wave.pk,
    )
    return wave


def _missing_words(missing: tuple[Missing, ...]) -> str:
    """Which texts are missing, in the reader's language: the first few, and how many more."""
    names = dict(settings.LANGUAGES)
    places = [
        " ".join(
            part for part in (f"{names[one.language]}:", str(MissingPart(one.part).label), one.name, one.choice) if part
        )
        for one in missing[:PLACES_NAMED]
    ]
    words = gettext("The questionnaire is not complete in every language. Missing: %(places)s.") % {
        "places": "; ".join(places)
    }
    if more := len(missing) - len(places):
        words += " " + gettext("More missing texts: %(number)s.") % {"number": more}
    return words
