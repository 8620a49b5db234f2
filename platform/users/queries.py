"""Reads about people that pages need."""

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from users.models import Appointment, User


def appointments_of(user: User, *, on: date) -> QuerySet[Appointment]:
    """The roles a person holds on a day, with their towns."""
    return Appointment.objects.current(on=on).filter(user=user).select_related("town").order_by("role", "starts_date")


def home_town_id(user: User, *, on: date) -> object | None:
    """The town where the person says they live, if any."""
    return (
        Appointment.objects.current(on=on).filter(user=user, role="resident").values_list("town_id", flat=True).first()
    )


def recent_appointments(*, limit: int = 50) -> QuerySet[Appointment]:
    """The newest appointments of all towns, for the administrator."""
    return (
        Appointment.objects.exclude(role="resident")
        .select_related("town", "user")
        .order_by("-starts_date", "-id")[:limit]
    )


def residents_to_check(*, town_ids: list[object] | None, on: date, limit: int = 50) -> QuerySet[Appointment]:
    """Self-declared residents whose proof nobody has seen yet; `None` means all towns."""
    rows = Appointment.objects.current(on=on).filter(role="resident", verified_by__isnull=True)
    if town_ids is not None:
        rows = rows.filter(town_id__in=town_ids)
    return rows.select_related("town", "user").order_by("starts_date", "id")[:limit]


def never_entered(*, before: datetime) -> QuerySet[User]:
    """Accounts made by typing an address whose code nobody ever entered."""
    return User.objects.filter(
        last_login__isnull=True, joined_at__lt=before - timedelta(days=1), appointments__isnull=True
    )
