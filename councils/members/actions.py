"""Every write about councils. Declared interests only grow: what was once declared stays readable."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.members.models import Council, Interest
from councils.members.permissions import can_declare_interest, can_found_council
from towns.models import Town
from users.models import Appointment, User

MIN_SEATS = 3
MAX_SEATS = 99


@transaction.atomic
def found_council(
    *, actor: User | None, town: Town, seats: int, legal_basis: str, founded_date: date, now: datetime
) -> Council:
    """Found the council of a town. `actor` is None for the machine alone. Refuses a second one and odd sizes."""
    if actor is not None:
        can_found_council(actor, town, on=day_of(now)).enforce()
    if not MIN_SEATS <= seats <= MAX_SEATS:
        raise DomainError("council_seats", _("A council has 3 to 99 seats."), field="seats")
    if not legal_basis.strip():
        raise DomainError("legal_basis_missing", _("Name the legal basis of the council."), field="legal_basis")
    try:
        with transaction.atomic():
            council = Council.objects.create(
                town=town, seats=seats, legal_basis=legal_basis.strip(), founded_date=founded_date
            )
    except IntegrityError as error:
        raise DomainError("council_exists", _("This town has a council already.")) from error
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=town.slug,
        action="members.found_council",
        object_type="council",
        object_id=council.pk,
        detail={"seats": seats},
    )
    return council


@transaction.atomic
def declare_interest(
    *, actor: User, appointment: Appointment, organisation: str, now: datetime, bin_number: str = ""
) -> Interest:
    """Note an organisation that a member has a stake in. It stands beside the member's name in every roll call."""
    can_declare_interest(actor, appointment, on=day_of(now)).enforce()
    if not organisation.strip():
        raise DomainError("organisation_missing", _("Name the organisation."), field="organisation")
    interest = Interest.objects.create(
        appointment=appointment, organisation=organisation.strip(), bin=bin_number, declared_date=day_of(now)
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=appointment.town.slug if appointment.town else "",
        action="members.declare_interest",
        object_type="interest",
        object_id=interest.pk,
    )
    return interest
