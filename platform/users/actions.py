"""Every write about people and their roles. Appointments end; they are never deleted."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from towns.models import Town
from users.models import Appointment, User
from users.permissions import can_appoint, can_check_residence, can_end_appointments
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
    """Give a person a role for a term. `actor` is None for the machine alone.

    Refuses whoever may not appoint, a role without a town, a term that ends before it begins, and one that overlaps
    another term of the same person in the same role and town, and a second residence at the same time.
    """
    if actor is not None:
        can_appoint(actor, user=user, role=role, on=day_of(now)).enforce()
    if town is None and role not in EVERYWHERE_ROLES:
        raise DomainError("town_missing", _("This role belongs to a town. Choose the town."), field="town")
    if ends_date is not None and ends_date < starts_date:
        raise DomainError("term_backwards", _("The last day lies before the first one."), field="ends_date")
    # Two requests of one person (a double tap) take turns here, so that both see the same truth.
    User.objects.select_for_update().get(pk=user.pk)
    twins = Appointment.objects.ending_after(starts_date).filter(user=user, role=role)
    if ends_date is not None:
        twins = twins.filter(starts_date__lte=ends_date)
    if twins.filter(town=town).exists():
        raise DomainError("already_appointed", _("This person holds this role already."), field="role")
    if role == Role.RESIDENT and twins.exists():
        words = _("This person says that they live in another town. One lives in one town at a time.")
        raise DomainError("resident_elsewhere", words, field="town")
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
    """Let a term end on a day, today or later days included; what was done under it stays.

    A term that has not begun is taken back by a day before its first one. Refuses to end what is over already.
    """
    today = day_of(now)
    if actor is not None:
        can_end_appointments(actor, on=today).enforce()
    appointment = Appointment.objects.select_for_update(of=("self",)).select_related("town").get(pk=appointment.pk)
    if appointment.ends_date is not None and (appointment.was_taken_back or appointment.ends_date < today):
        raise DomainError("term_over", _("This term is over already."), field="ends_date")
    if ends_date < appointment.starts_date and appointment.starts_date <= today:
        raise DomainError("term_backwards", _("The last day lies before the first one."), field="ends_date")
    return _end(actor=actor, appointment=appointment, ends_date=ends_date, now=now)


def _end(*, actor: User | None, appointment: Appointment, ends_date: date, now: datetime) -> Appointment:
    """Ends before the first day take the term back: it then never counted, and the record says so."""
    appointment.ends_date = max(ends_date, appointment.starts_date - timedelta(days=1))
    appointment.save(update_fields=["ends_date"])
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=appointment.town.slug if appointment.town else "",
        action="users.take_back_appointment" if appointment.was_taken_back else "users.end_appointment",
        object_type="appointment",
        object_id=appointment.pk,
    )
    return appointment


@transaction.atomic
def declare_residence(*, user: User, town: Town, now: datetime, today: date) -> Appointment:
    """A person says that they live in a town. It counts for needs and open surveys, not where proof is asked.

    One lives in one town at a time: an earlier residence ended yesterday, or is taken back if it began today.
    """
    User.objects.select_for_update().get(pk=user.pk)
    earlier = Appointment.objects.ending_after(today).filter(user=user, role=Role.RESIDENT).select_related("town")
    if any(residence.town_id == town.pk for residence in earlier):
        words = _("You have said already that you live in this town.")
        raise DomainError("resident_already", words, field="town")
    for residence in earlier:
        _end(actor=user, appointment=residence, ends_date=today - timedelta(days=1), now=now)
    return appoint(actor=user, user=user, role=Role.RESIDENT, town=town, starts_date=today, ends_date=None, now=now)


@transaction.atomic
def verify_residence(*, actor: User, appointment: Appointment, now: datetime) -> Appointment:
    """A moderator, secretary or administrator has seen the proof of residence. Nobody vouches for themselves."""
    appointment = Appointment.objects.select_for_update(of=("self",)).select_related("town").get(pk=appointment.pk)
    can_check_residence(actor, appointment, on=day_of(now)).enforce()
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
