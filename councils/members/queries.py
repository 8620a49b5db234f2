"""Reads about councils and who sits in them. Who sits is an `Appointment` with a council role on a given day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.utils.translation import gettext

from councils.members.models import Council
from councils.members.rules import Seat, quorum, seats_with_a_vote
from towns.models import Town
from users.models import Appointment
from users.states import COUNCIL_ROLES, Role


@dataclass(frozen=True, slots=True)
class Member:
    """One person in a council, as the public sees them. `ends_date` is the last day of the term, None if open."""

    appointment_id: UUID
    user_id: UUID
    name: str
    role: str
    role_label: str
    votes: bool
    starts_date: date
    ends_date: date | None
    interests: tuple[str, ...]


def council_of(*, town: Town) -> Council | None:
    return Council.objects.filter(town=town).first()


def quorum_of(*, council: Council) -> int:
    """How many members must be present: settings.QUORUM_SHARE of all seats, rounded up."""
    return quorum(council.seats, settings.QUORUM_SHARE)


def members_of(*, town: Town, on: date) -> list[Member]:
    """Everybody who sits in the council on that day: the chair first, then members, then the secretary. One query."""
    organisations = ArrayAgg(
        "interests__organisation",
        filter=Q(interests__isnull=False),
        order_by=("interests__declared_date", "interests__id"),
        default=Value([]),
    )
    rows = list(
        Appointment.objects.current(on=on)
        .filter(town=town, role__in=[role.value for role in COUNCIL_ROLES])
        .select_related("user")
        .annotate(organisations=organisations)
        .order_by("starts_date", "id")
    )
    with_vote = {
        seat.appointment_id
        for seat in seats_with_a_vote(Seat(appointment_id=row.pk, user_id=row.user_id, role=row.role) for row in rows)
    }
    return sorted(
        (
            Member(
                appointment_id=row.pk,
                user_id=row.user_id,
                name=public_name(row),
                role=row.role,
                role_label=str(Role(row.role).label),
                votes=row.pk in with_vote,
                starts_date=row.starts_date,
                ends_date=row.ends_date,
                interests=tuple(getattr(row, "organisations", ())),
            )
            for row in rows
        ),
        key=lambda member: (Role.CHAIR, Role.COUNCILLOR, Role.SECRETARY).index(Role(member.role)),
    )


def voting_members(*, town: Town, on: date) -> list[Member]:
    """Those whose names are called in a roll call on that day, the chair first."""
    return [member for member in members_of(town=town, on=on) if member.votes]


def public_name(appointment: Appointment) -> str:
    """The name under which a member acts in public. The e-mail address is never a substitute."""
    return appointment.user.display_name or gettext("Member who has not given a name yet")
