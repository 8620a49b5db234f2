"""Who holds which role where. Every room's permissions are built from these; deny by default."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeGuard
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from users.models import Appointment, User
from users.states import Role

if TYPE_CHECKING:
    from towns.models import Town

Person = User | AnonymousUser


@dataclass(frozen=True)
class Roles:
    """The current roles of one person, read once."""

    in_towns: frozenset[tuple[UUID | None, str]] = field(default_factory=frozenset)

    def holds(self, role: str, town_id: UUID | None) -> bool:
        """True when the role is held in this town or in all towns."""
        return (town_id, role) in self.in_towns or (None, role) in self.in_towns


def is_signed_in(user: Person) -> TypeGuard[User]:
    return bool(user.is_authenticated)


def roles_of(user: Person, *, on: date) -> Roles:
    """One query; nothing for people who are not signed in."""
    if not is_signed_in(user):
        return Roles()
    rows = Appointment.objects.current(on=on).filter(user=user).values_list("town_id", "role")
    return Roles(frozenset(rows))


def holds_role(user: Person, roles: Iterable[Role], town: "Town | None", *, on: date) -> Verdict:
    """Allowed when the person is signed in and holds one of `roles` in `town` (or everywhere) on that day."""
    if not is_signed_in(user):
        return refused(_("Sign in first."))
    where = Q(town__isnull=True) if town is None else Q(town=town) | Q(town__isnull=True)
    wanted = list(roles)
    if Appointment.objects.current(on=on).filter(where, user=user, role__in=[role.value for role in wanted]).exists():
        return ALLOWED
    return not_for_you(wanted)


def not_for_you(roles: Iterable[Role]) -> Verdict:
    """Refused, in words that name the roles that may."""
    words = gettext("Your roles do not include this. This may do: %(roles)s. If you should, ask the administrator.")
    return refused(words % {"roles": ", ".join(str(role.label) for role in roles)})


def can_appoint(actor: Person, *, user: User, role: str, on: date) -> Verdict:
    """Administrators give roles. Everybody may say where they live."""
    if role == Role.RESIDENT and is_signed_in(actor) and actor.pk == user.pk:
        return ALLOWED
    return holds_role(actor, [Role.ADMINISTRATOR], None, on=on)


def can_end_appointments(actor: Person, *, on: date) -> Verdict:
    """The administrator of all towns."""
    return holds_role(actor, [Role.ADMINISTRATOR], None, on=on)


CHECKERS = (Role.SECRETARY, Role.MODERATOR, Role.ADMINISTRATOR)


def can_check_residence(actor: Person, appointment: Appointment, *, on: date) -> Verdict:
    """The secretary or a moderator of that town, or an administrator; for somebody else, never for themselves."""
    verdict = holds_role(actor, CHECKERS, appointment.town, on=on)
    if verdict and is_signed_in(actor) and appointment.user_id == actor.pk:
        return refused(_("Somebody else has to see the proof of where you live."))
    return verdict
