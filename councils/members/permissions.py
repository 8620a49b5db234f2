"""Who may found a council and declare interests. Deny by default."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from towns.models import Town
from users.models import Appointment
from users.permissions import Person, holds_role, is_signed_in
from users.states import COUNCIL_ROLES, Role


def can_found_council(user: Person, town: Town, *, on: date) -> Verdict:
    return holds_role(user, [Role.ADMINISTRATOR], town, on=on)


def can_declare_interest(user: Person, appointment: Appointment, *, on: date) -> Verdict:
    """Members declare their own interests; the secretary may enter what a member declared on paper."""
    if appointment.role not in COUNCIL_ROLES:
        return refused(_("Only members of a council declare interests."))
    if is_signed_in(user) and appointment.user_id == user.pk:
        return ALLOWED
    return holds_role(user, [Role.SECRETARY], appointment.town, on=on)
