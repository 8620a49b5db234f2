"""People and the roles they hold. An e-mail address is the only personal fact kept; names are as public as chosen."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from towns.models import Town
from users.states import EVERYWHERE_ROLES, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in by a code sent to their e-mail address. There is no password and no superuser."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name shown to others"), max_length=80, blank=True)
    language = models.CharField(max_length=2, default="kk")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    @classmethod
    def unconfirmed(cls, email: str) -> "User":
        """An unsaved account for an address that has not been proven yet."""
        user = cls(email=email.lower())
        user.set_unusable_password()
        return user

    def __str__(self) -> str:
        return self.display_name or str(self.pk)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def current(self, *, on: date) -> "AppointmentQuerySet":
        """Those whose term includes the day `on`."""
        return self.ending_after(on).filter(starts_date__lte=on)

    def ending_after(self, day: date) -> "AppointmentQuerySet":
        """Those whose term is not over on `day`, begun or not; never those that were taken back."""
        return self.filter(Q(ends_date__isnull=True) | Q(ends_date__gte=day) & Q(ends_date__gte=F("starts_date")))


class Appointment(models.Model):
    """A role held in a town (in all towns when `town` is empty) from a day to a day. Ended, never deleted.

    One that was taken back before it could count has its last day right before its first: a term of no day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    town = models.ForeignKey(Town, null=True, blank=True, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=20, choices=Role.choices)
    starts_date = models.DateField()
    ends_date = models.DateField(null=True, blank=True)
    appointed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # For residents: who saw the proof of residence. Empty means that the person said so themselves.
    verified_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_date__isnull=True) | Q(ends_date__gte=F("starts_date") - timedelta(days=1)),
                name="appointment_term",
            ),
            models.CheckConstraint(
                condition=Q(town__isnull=False) | Q(role__in=[r.value for r in EVERYWHERE_ROLES]),
                name="appointment_town",
            ),
            models.UniqueConstraint(
                fields=["user", "town", "role"],
                condition=Q(ends_date__isnull=True),
                nulls_distinct=False,
                name="appointment_once",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role=Role.RESIDENT, ends_date__isnull=True),
                name="appointment_one_residence",
            ),
        ]
        indexes = [models.Index(fields=["town", "role"], name="appointment_town_role")]

    @property
    def was_taken_back(self) -> bool:
        """Ended before its first day: it never counted."""
        return self.ends_date is not None and self.ends_date < self.starts_date
