"""Making the codes that let people, households and paper sheets answer once. A code is given out once and never kept.

The database knows its keyed mark alone. What a person asks for themself is not audited: a line with a person and a
moment would narrow down when they answered.
"""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import ticket_code
from councils.surveys.actions.drafts import lock_open
from councils.surveys.models import Invitation, Wave
from councils.surveys.permissions import can_answer, can_run
from councils.surveys.queries import wave_key
from councils.surveys.queries.invitations import invitation_by_code, mark_of
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel, InvitationKind
from users.models import User

MOST_CODES = 5_000  # of one batch
_SIGNS = 9
_KIND_OF = {
    Audience.DECLARED: InvitationKind.PERSON,
    Audience.INVITED: InvitationKind.PERSON,
    Audience.HOUSEHOLD: InvitationKind.HOUSEHOLD,
}


def kind_for(wave: Wave) -> InvitationKind | None:
    """What kind of code can be handed out for a wave; None where nobody answers by such a code."""
    return _KIND_OF.get(Audience(wave.audience))


@transaction.atomic
def make_invitations(
    *, actor: User | None, wave: Wave, kind: InvitationKind, number: int, batch: str, now: datetime
) -> list[str]:
    """Make codes and return them, for the one time that they are seen. `batch` names the printing in the list.

    Refuses (Forbidden) who may not run the town's surveys, a wave that takes nothing any more (`not_open`), a kind
    that this wave does not ask for (`other_kind`), and less than one or more than 5,000 codes at once (`how_many`).
    `actor` is None for loaders.
    """
    today = day_of(now)
    if actor is not None:
        can_run(actor, wave.town, on=today).enforce()
    if kind != InvitationKind.SHEET and kind != kind_for(wave):
        raise DomainError("other_kind", _("This survey does not ask for codes of this kind."))
    if not 1 <= number <= MOST_CODES:
        raise DomainError("how_many", _("Choose between 1 and 5,000 codes."), field="number")
    _lock_running(wave, now)
    codes: list[str] = []
    while len(codes) < number:
        codes += [_code() for _one in range(number - len(codes))]
        codes = list(dict.fromkeys(codes))
    Invitation.objects.bulk_create(
        [
            Invitation(wave=wave, kind=kind, code_mark=mark, batch=batch[:60])
            # In an order that says nothing about the printing.
            for mark in sorted(mark_of(wave, code, kind=kind) for code in codes)
        ],
        batch_size=1_000,
    )
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=wave.town.slug,
        action="surveys.make_codes",
        object_type="wave",
        object_id=wave.pk,
        detail={"kind": kind.value, "number": number},
    )
    return codes


@transaction.atomic
def make_personal_code(*, user: User, wave: Wave, now: datetime) -> str:
    """A signed-in person's own code, for paper or a helper; asked for again, a new one takes its place.

    Web, device, helper and paper then count that person once. Refuses (Forbidden) whoever may not answer the wave.
    """
    today = day_of(now)
    can_answer(Respondent(user_id=user.pk), wave, on=today, channel=Channel.PAPER).enforce()
    if Audience(wave.audience) not in {Audience.DECLARED, Audience.VERIFIED}:
        raise DomainError("other_kind", _("This survey does not ask for codes of this kind."))
    _lock_running(wave, now)
    code = _code()
    mark = wave_key(wave).mark("invitation", code)
    Invitation.objects.update_or_create(
        wave=wave, user=user, defaults={"kind": InvitationKind.PERSON, "code_mark": mark}
    )
    return code


def respondent_of(*, wave: Wave, code: str) -> Respondent:
    """Whose answers a person's code stands for. Refuses (`no_such_code`, `personal_code`)."""
    found = invitation_by_code(wave, code)
    if found is None:
        raise DomainError(
            "no_such_code",
            _("This code does not belong to this survey. Look at the letter or the sheet once more."),
            field="person",
        )
    if found.user_id is not None:
        return Respondent(user_id=found.user_id)
    if wave.audience == Audience.VERIFIED:
        raise personal_code_needed()
    return Respondent(invitation_id=found.pk)


def personal_code_needed() -> DomainError:
    """The refusal of a survey that only counts residents who were checked."""
    return DomainError(
        "personal_code", _("This survey needs the code that residents find on their own page."), field="person"
    )


def _code() -> str:
    """Nine signs, 25^9 = 3.8e12 codes. Marks are keyed: whoever has the database cannot try them."""
    return ticket_code(secrets.token_bytes(_SIGNS))


def _lock_running(wave: Wave, now: datetime) -> None:
    """Codes may be made before the first day: they are printed and handed out before."""
    on = max(day_of(now), wave.opens_date)
    lock_open(wave, on=on, channel=Channel.PAPER)
