"""Who may import questionnaires, run waves, bring answers in, and answer. Deny by default; people read the reasons."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from councils.surveys.models import Invitation, Wave
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel, InvitationKind, WaveState
from towns.models import Town
from users.models import Appointment
from users.permissions import Person, holds_role
from users.states import Role

# Channels of helpers: sheets and devices come home after the last day of the wave.
_HELPERS_CHANNELS = frozenset({Channel.DEVICE, Channel.HELPER, Channel.PAPER})
_OVER = frozenset({WaveState.ENDED, WaveState.CLOSED})
_CODES_ONLY = {
    Audience.INVITED: _("This survey is for people who were given a code. Type the code from your letter."),
    Audience.HOUSEHOLD: _("This survey counts one answer for each household. Type the code that your household got."),
}


def can_import(user: Person, *, on: date) -> Verdict:
    """Questionnaires belong to all towns: the administrator of the site imports them."""
    return holds_role(user, [Role.ADMINISTRATOR], None, on=on)


def can_run(user: Person, town: Town, *, on: date) -> Verdict:
    """Opening and closing waves, codes, reminders: the secretary of the town's council, or an administrator."""
    return holds_role(user, [Role.SECRETARY, Role.ADMINISTRATOR], town, on=on)


def can_run_everywhere(user: Person, *, on: date) -> Verdict:
    """Opening a wave in several towns at once: an administrator."""
    return holds_role(user, [Role.ADMINISTRATOR], None, on=on)


def can_help(user: Person, town: Town, *, on: date) -> Verdict:
    """Bringing in other people's answers by device, paper or side by side: the town's helpers and its secretary."""
    return holds_role(user, [Role.HELPER, Role.SECRETARY], town, on=on)


def can_read_open_answers(user: Person, town: Town, *, on: date) -> Verdict:
    """Reading open answers before anybody else does: the moderator, or the secretary, of the town."""
    return holds_role(user, [Role.MODERATOR, Role.SECRETARY], town, on=on)


def accepts_answers(wave: Wave, *, on: date, channel: Channel = Channel.WEB) -> Verdict:
    """Whether the wave takes answers of this channel on this day, whoever asks. Both dates are days of the wave."""
    last = wave.entry_date if channel in _HELPERS_CHANNELS else wave.closes_date
    if wave.state in _OVER or on > last:
        return refused(_("This survey is closed. No more answers are taken."))
    if wave.state == WaveState.DRAFT or on < wave.opens_date:
        return refused(_("This survey has not begun yet."))
    return ALLOWED


def can_answer(who: Respondent, wave: Wave, *, on: date, channel: Channel = Channel.WEB) -> Verdict:
    """Whether one person, one answer can be kept for this respondent, as the wave's setting asks for it.

    It does not say whether the person has answered already: a later answer takes the place of the first.
    """
    verdict = accepts_answers(wave, on=on, channel=channel)
    if not verdict:
        return verdict
    audience = Audience(wave.audience)
    if who.user_id is None and who.invitation_id is not None:
        return _holds_code(who.invitation_id, wave)
    if audience is Audience.OPEN:
        return ALLOWED if who.key else refused(_("Something is missing in this submission. Please send it again."))
    if audience in _CODES_ONLY:
        return refused(_CODES_ONLY[audience])
    if who.user_id is None:
        return refused(_("Sign in first."))
    return _lives_there(who.user_id, wave, on=on)


def _holds_code(invitation_id: UUID, wave: Wave) -> Verdict:
    kind = Invitation.objects.filter(pk=invitation_id, wave=wave).values_list("kind", flat=True).first()
    if kind is None:
        return refused(_("This code does not belong to this survey. Look at the letter or the sheet once more."))
    if kind == InvitationKind.SHEET and wave.audience == Audience.VERIFIED:
        return refused(_("This survey needs the code that residents find on their own page."))
    if (kind == InvitationKind.HOUSEHOLD) != (wave.audience == Audience.HOUSEHOLD) and kind != InvitationKind.SHEET:
        return refused(_("This code is of another kind than this survey asks for."))
    return ALLOWED


def _lives_there(user_id: UUID, wave: Wave, *, on: date) -> Verdict:
    residence = Appointment.objects.current(on=on).filter(user_id=user_id, town=wave.town_id, role=Role.RESIDENT)
    if wave.audience == Audience.VERIFIED:
        if residence.filter(verified_by__isnull=False).exists():
            return ALLOWED
        return refused(_("This survey is for residents whose address was checked by the council's secretary."))
    if residence.exists():
        return ALLOWED
    return refused(_("This survey is for people who live in the town. Say first that you live there."))
