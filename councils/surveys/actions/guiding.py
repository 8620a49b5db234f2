"""Saying whom a running wave hopes to hear: how many answers in all, and of one option. It never stops an answer."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run
from councils.surveys.queries.running import asked_options
from councils.surveys.states import WaveState
from users.models import User


@transaction.atomic
def set_guides(
    *, actor: User, wave: Wave, target: int | None, quotas: Mapping[str, Mapping[str, int]], now: datetime
) -> Wave:
    """Write down the answers hoped for. `quotas` are {question: {option: answers}} of sex, age and quarter.

    Refuses a wave that takes no more answers, and questions or options that the questionnaire does not ask.
    """
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town").get(pk=wave.pk)
    can_run(actor, wave.town, on=day_of(now)).enforce()
    if wave.state != WaveState.OPEN:
        raise DomainError("not_open", _("This survey is closed already."))
    asked = asked_options(wave)
    if any(not options.keys() <= set(asked.get(name, ())) for name, options in quotas.items()):
        raise DomainError("not_asked", _("The questionnaire does not ask this. Choose from its own options."))
    wave.target = target
    wave.quotas = {name: dict(options) for name, options in quotas.items()}
    wave.save(update_fields=["target", "quotas"])
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=wave.town.slug,
        action="surveys.set_guides",
        object_type="wave",
        object_id=wave.pk,
    )
    return wave
