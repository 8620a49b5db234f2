"""Reads about people that pages need."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.models import Record
from common.errors import NotFound
from towns.models import Town
from users.models import Appointment, User

PAGE = 50


def appointments_of(user: User, *, on: date) -> QuerySet[Appointment]:
    """The roles a person holds on a day, with their towns."""
    return Appointment.objects.current(on=on).filter(user=user).select_related("town").order_by("role", "starts_date")


def home_town(user: User, *, on: date) -> Town | None:
    """The town where the person says they live, if any, with its names."""
    found = Appointment.objects.current(on=on).filter(user=user, role="resident").select_related("town").first()
    return found.town if found else None


def recent_appointments(*, limit: int = 50) -> QuerySet[Appointment]:
    """The newest appointments of all towns, for the administrator."""
    return (
        Appointment.objects.exclude(role="resident")
        .select_related("town", "user")
        .order_by("-starts_date", "-id")[:limit]
    )


def residence_by_id(typed: str) -> Appointment:
    """Where somebody said that they live; raises NotFound, also for what is no identifier."""
    try:
        found = Appointment.objects.select_related("town").filter(pk=UUID(typed), role="resident").first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("no_resident", _("There is no such resident any more."))
    return found


def residents_to_check(
    *, town_ids: list[UUID] | None, on: date, words: str = "", after: str = "", limit: int = PAGE + 1
) -> list[Appointment]:
    """Self-declared residents whose proof nobody has seen yet, the longest waiting first; `None` means all towns.

    `words` finds a name or an address, `after` is the id of the last one seen (ignored when it names nobody).
    """
    rows = Appointment.objects.current(on=on).filter(role="resident", verified_by__isnull=True)
    if town_ids is not None:
        rows = rows.filter(town_id__in=town_ids)
    if words:
        rows = rows.filter(Q(user__email__icontains=words) | Q(user__display_name__icontains=words))
    try:
        last = Appointment.objects.filter(pk=UUID(after)).first()
    except ValueError:
        last = None
    if last is not None:
        rows = rows.filter(starts_date__gte=last.starts_date).exclude(starts_date=last.starts_date, id__lte=last.pk)
    return list(rows.select_related("town", "user").order_by("starts_date", "id")[:limit])


def never_entered(*, before: datetime) -> QuerySet[User]:
    """Accounts made by typing an address whose code nobody ever entered, a day ago or longer.

    Whoever holds a role or stands in the record has been here, whatever the date of their last entry says.
    """
    acted = Record.objects.filter(actor=OuterRef("pk"))
    return User.objects.filter(
        ~Exists(acted), last_login__isnull=True, joined_at__lt=before - timedelta(days=1), appointments__isnull=True
    )
