"""Copying a survey from another town: the same version of its questionnaire, asked anew, with where it came from.

A version never changes, so its words, languages, files and the indicators made of it come along as they are. Answers,
targets and codes never do.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.surveys.actions.waves import open_wave
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run
from councils.surveys.queries.copies import COPIED
from councils.surveys.queries.forms import version_by_id
from councils.surveys.states import Audience
from towns.models import Town
from users.models import User


@transaction.atomic
def copy_wave(
    *,
    actor: User,
    town: Town,
    source: Wave,
    opens_date: date,
    closes_date: date,
    audience: Audience,
    now: datetime,
    entry_date: date | None = None,
    languages: Sequence[str] = (),
    target: int | None = None,
    invitations: Mapping[str, str] | None = None,
) -> Wave:
    """Open a wave of the questionnaire version that `source` asked in another town, and note where it came from.

    Every rule of `open_wave` holds, its permission first. Refuses a survey of the same town (`own_survey`).
    """
    can_run(actor, town, on=day_of(now)).enforce()
    if source.town_id == town.pk:
        raise DomainError("own_survey", _("This survey is your own town's. Open it again from the list of surveys."))
    wave = open_wave(
        actor=actor,
        town=town,
        version=version_by_id(source.version_id),
        opens_date=opens_date,
        closes_date=closes_date,
        entry_date=entry_date,
        audience=audience,
        languages=languages,
        target=target,
        invitations=invitations,
        now=now,
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action=COPIED,
        object_type="wave",
        object_id=wave.pk,
        detail={"from": str(source.pk), "version": str(source.version_id)},
    )
    return wave
