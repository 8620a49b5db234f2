"""Opening and ending a wave. Opening makes the wave's key; ending stops answers, then the envelopes are opened at once.

Never open a wave whose key is not on the disk, and never touch answers here: `unsealing.py` does.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import uuid7
from councils.surveys.actions.keys import make_key
from councils.surveys.actions.unsealing import destroy_keys, town_margins, unseal_wave
from councils.surveys.models import Campaign, QuestionnaireVersion, Wave
from councils.surveys.permissions import can_run, can_run_everywhere
from councils.surveys.queries import form_of, missing_files
from councils.surveys.queries.campaigns import towns_with_open_wave
from councils.surveys.queries.versions import gaps_in_words
from councils.surveys.rules import CompiledForm, Missing, missing_translations
from councils.surveys.states import Audience, WaveState
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
    entry_date: date | None = None,
    languages: Sequence[str] = (),
    target: int | None = None,
    quotas: Mapping[str, Mapping[str, int]] | None = None,
    invitations: Mapping[str, str] | None = None,
    campaign: Campaign | None = None,
) -> Wave:
    """Open a wave of a questionnaire in a town, from a day to a day, both included.

    `entry_date` is the last day for sheets and devices of helpers, `closes_date` where it is not given. `languages`
    are all of the site's where none is given. Refuses dates that lie behind or run backwards, a questionnaire that
    lacks a text in one of the languages (it says which) or a picture, and a second wave of the same questionnaire
    beside an open one. `actor` is None for loaders.
    """
    today = day_of(now)
    if actor is not None:
        can_run(actor, town, on=today).enforce()
    entry_date = entry_date or closes_date
    _check_dates(opens_date, closes_date, entry_date, today)
    spoken = list(languages) or [code for code, _name in settings.LANGUAGES]
    form = form_of(version.pk)
    if missing := missing_translations(form, spoken):
        raise DomainError("incomplete_languages", _missing_words(form, missing), field="version")
    if files := missing_files(version.pk):
        message = _("Pictures or sounds of the questionnaire are missing: %(names)s. Upload them first.")
        raise DomainError("missing_files", message % {"names": ", ".join(files[:PLACES_NAMED])}, field="version")
    # Two secretaries at once take turns here, so that both see the same truth.
    Town.objects.select_for_update().get(pk=town.pk)
    standing = Wave.objects.filter(town=town, questionnaire_id=version.questionnaire_id)
    if standing.filter(state__in=[WaveState.OPEN, WaveState.ENDED]).exists():
        raise DomainError(
            "one_open_wave", _("Another survey with this questionnaire is open in this town. Close it first.")
        )
    newest = Wave.objects.filter(town=town).order_by("-number").values_list("number", flat=True).first() or 0
    wave_id = uuid7()
    # The key first: a crash after it leaves a file without a wave, never a wave without its key.
    key = make_key(wave_id=wave_id)
    wave = Wave.objects.create(
        id=wave_id,
        campaign=campaign,
        town=town,
        questionnaire_id=version.questionnaire_id,
        version=version,
        number=newest + 1,
        state=WaveState.OPEN,
        audience=audience,
        languages=spoken,
        opens_date=opens_date,
        closes_date=closes_date,
        entry_date=entry_date,
        target=target,
        quotas=dict(quotas or {}),
        margins=town_margins(town),
        invitations=dict(invitations or {}),
        key_sha256=key.fingerprint,
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
def open_campaign(
    *,
    actor: User,
    towns: Sequence[Town],
    version: QuestionnaireVersion,
    opens_date: date,
    closes_date: date,
    audience: Audience,
    now: datetime,
    entry_date: date | None = None,
    languages: Sequence[str] = (),
    target: int | None = None,
    invitations: Mapping[str, str] | None = None,
) -> list[Wave]:
    """Open the same wave in several towns: in all of them or, with the reason, in none.

    Towns where the questionnaire is open already are all named at once. `target` is hoped for in each town.
    """
    can_run_everywhere(actor, on=day_of(now)).enforce()
    if not towns:
        raise DomainError("no_towns", _("Choose at least one town."), field="towns")
    if standing := towns_with_open_wave(questionnaire_id=version.questionnaire_id, towns=towns):
        names = ", ".join(town.name_in(get_language() or "") for town in standing)
        message = _("A survey with this questionnaire is open already in: %(names)s. Close it there, or untick them.")
        raise DomainError("one_open_wave", message % {"names": names}, field="towns")
    campaign = Campaign.objects.create(version=version, opened_at=now, opened_by=actor)
    return [
        open_wave(
            actor=actor,
            town=town,
            version=version,
            opens_date=opens_date,
            closes_date=closes_date,
            entry_date=entry_date,
            audience=audience,
            languages=languages,
            target=target,
            invitations=invitations,
            campaign=campaign,
            now=now,
        )
        for town in towns
    ]


@transaction.atomic
def end_wave(*, actor: User | None, wave: Wave, now: datetime) -> Wave:
    """Take no more answers, for good. Refuses a wave that is not open. The caller then asks for the opening.

    `actor` is None when its last day has passed.
    """
    # Waits for answers that are being stored at this moment; those that come later see that it is over. Before the
    # row is locked: those answers may still need it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 0))", [str(wave.pk)])
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town").get(pk=wave.pk)
    if actor is not None:
        can_run(actor, wave.town, on=day_of(now)).enforce()
    if wave.state != WaveState.OPEN:
        raise DomainError("not_open", _("This survey is closed already."))
    wave.state = WaveState.ENDED
    wave.save(update_fields=["state"])
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=wave.town.slug,
        action="surveys.close_wave",
        object_type="wave",
        object_id=wave.pk,
    )
    return wave


def close_wave(*, actor: User | None, wave: Wave, now: datetime) -> Wave:
    """End a wave and open its envelopes in one go, for loaders and small waves; the key is gone after commit."""
    with transaction.atomic():
        ended = end_wave(actor=actor, wave=wave, now=now)
        unseal_wave(wave_id=ended.pk, now=now)
        ended.refresh_from_db()
        transaction.on_commit(lambda: destroy_keys(waves=[ended]))
    return ended


def _check_dates(opens_date: date, closes_date: date, entry_date: date, today: date) -> None:
    if closes_date < opens_date:
        raise DomainError("dates_backwards", _("The last day lies before the first one."), field="closes_date")
    if closes_date < today:
        raise DomainError("already_over", _("The last day has passed. Choose a later one."), field="closes_date")
    if entry_date < closes_date:
        raise DomainError(
            "entry_too_early", _("Sheets cannot be due before the last day of the survey."), field="entry_date"
        )


def _missing_words(form: CompiledForm, missing: tuple[Missing, ...]) -> str:
    """Which texts are missing, in the reader's language: the first few, and how many more."""
    places = [f"{gap.language}: {gap.kind}, {gap.place}" for gap in gaps_in_words(form, missing[:PLACES_NAMED])]
    words = gettext("The questionnaire is not complete in every language. Missing: %(places)s.") % {
        "places": "; ".join(place.removesuffix(", ") for place in places)
    }
    if more := len(missing) - len(places):
        words += " " + gettext("More missing texts: %(number)s.") % {"number": more}
    return words
