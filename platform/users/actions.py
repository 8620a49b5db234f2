"""Every write about people and their roles. Appointments end; they are never deleted."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from towns.models import Town
from users.models import Appointment, User
from users.states import EVERYWHERE_ROLES, Role


@transaction.atomic
def appoint(
    *,
    actor: User | None,
    user: User,
    role: Role,
    town: Town | None,
    starts_date: date,
    ends_date: date | None,
    now: datetime,
    verified_by: User | None = None,
) -> Appointment:
    """Give a person a role for a term. Refuses a role without a town, an unending twin, and a term that ends early."""
    if town is None and role not in EVERYWHERE_ROLES:
        raise DomainError("town_missing", _("This role belongs to a town. Choose the town."), field="town")
    if ends_date is not None and ends_date < starts_date:
        raise DomainError("term_backwards", _("The last day lies before the first one."), field="ends_date")
    # Two requests of one person (a double tap) take turns here, so that both see the same truth.
    User.objects.select_for_update().get(pk=user.pk)
    twin = Appointment.objects.current(on=starts_date).filter(user=user, town=town, role=role)
    if twin.exists():
        raise DomainError("already_appointed", _("This person holds this role already."), field="role")
    appointment = Appointment.objects.create(
        user=user,
        role=role,
        town=town,
        starts_date=starts_date,
        ends_date=ends_date,
        appointed_by=actor,
        verified_by=verified_by,
    )
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=town.slug if town else "",
        action="users.appoint",
        object_type="appointment",
        object_id=appointment.pk,
        detail={"role": role.value},
    )
    return appointment


@transaction.atomic
def end_appointment(*, actor: User | None, appointment: Appointment, ends_date: date, now: datetime) -> Appointment:
    """Let a term end on a day, today or later days included; what was done under it stays."""
    appointment = Appointment.objects.select_for_update().select_related("town").get(pk=appointment.pk)
    if ends_date < appointment.starts_date:
        raise DomainError("term_backwards", _("The last day lies before the first one."), field="ends_date")
    appointment.ends_date = ends_date
    appointment.save(update_fields=["ends_date"])
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=appointment.town.slug if appointment.town else "",
        action="users.end_appointment",
        object_type="appointment",
        object_id=appointment.pk,
    )
    return appointment


@transaction.atomic
def declare_residence(*, user: User, town: Town, now: datetime, today: date) -> Appointment:
    """A person says that they live in a town. It counts for needs and open surveys, not where proof is asked."""
    return appoint(actor=user, user=user, role=Role.RESIDENT, town=town, starts_date=today, ends_date=None, now=now)


@transaction.atomic
def verify_residence(*, actor: User, appointment: Appointment, now: datetime) -> Appointment:
    """A moderator, secretary or administrator has seen the proof of residence."""
    appointment = Appointment.objects.select_for_update().select_related("town").get(pk=appointment.pk)
    if appointment.role != Role.RESIDENT:
        raise DomainError("not_a_resident", _("Only residence can be checked."))
    appointment.verified_by = actor
    appointment.save(update_fields=["verified_by"])
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=appointment.town.slug if appointment.town else "",
        action="users.verify_residence",
        object_type="appointment",
        object_id=appointment.pk,
    )
    return appointment


@transaction.atomic
def name_myself(*, user: User, display_name: str, language: str, now: datetime) -> User:
    """Change the public name and the language of one's own account."""
    user.display_name = " ".join(display_name.split())[:80]
    user.language = language
    user.save(update_fields=["display_name", "language"])
    record(now=now, actor_id=user.pk, town_slug="", action="users.name", object_type="user", object_id=user.pk)
    return user
