"""Who may import questionnaires, open and close a wave, and answer it. Deny by default; reasons are read by people."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from councils.surveys.models import Wave
from councils.surveys.states import Audience, WaveState
from towns.models import Town
from users.models import Appointment
from users.permissions import Person, holds_role, is_signed_in
from users.states import Role


def can_import(user: Person, *, on: date) -> Verdict:
    """Questionnaires belong to all towns: the administrator of the site imports them."""
    return holds_role(user, [Role.ADMINISTRATOR], None, on=on)


def can_run(user: Person, town: Town, *, on: date) -> Verdict:
    """Opening and closing waves: the secretary of the town's council, or an administrator."""
    return holds_role(user, [Role.SECRETARY, Role.ADMINISTRATOR], town, on=on)


def accepts_answers(wave: Wave, *, on: date) -> Verdict:
    """Whether the wave takes answers on this day, whoever asks. Both dates count as days of the wave."""
    if wave.state == WaveState.CLOSED or on > wave.closes_date:
        return refused(_("This survey is closed. No more answers are taken."))
    if wave.state == WaveState.DRAFT or on < wave.opens_date:
        return refused(_("This survey has not begun yet."))
    return ALLOWED


def can_answer(user: Person, wave: Wave, *, on: date) -> Verdict:
    """Residents of the town: those who say so themselves, or only those whose address was checked.

    It does not say whether the person has answered already; the database does, when the answers come in.
    """
    verdict = accepts_answers(wave, on=on)
    if not verdict:
        return verdict
    if not is_signed_in(user):
        return refused(_("Sign in first."))
    residence = Appointment.objects.current(on=on).filter(user=user, town=wave.town_id, role=Role.RESIDENT)
    if wave.audience == Audience.VERIFIED:
        if residence.filter(verified_by__isnull=False).exists():
            return ALLOWED
        return refused(_("This survey is for residents whose address was checked by the council's secretary."))
    if residence.exists():
        return ALLOWED
    return refused(_("This survey is for people who live in the town. Say first that you live there."))
