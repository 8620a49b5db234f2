"""Councils and what they stand on. Who sits in one is an `Appointment` with a council role: one truth about terms.

Never call a council "Общественный совет": that name is reserved by law 383-V.
"""

from django.db import models

from common.ids import uuid7
from towns.models import Town
from users.models import Appointment


class Council(models.Model):
    """The community council of a town."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    town = models.OneToOneField(Town, on_delete=models.PROTECT, related_name="council")
    seats = models.PositiveSmallIntegerField()
    legal_basis = models.CharField(max_length=200)
    founded_date = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(seats__gte=3, seats__lte=99), name="council_seats")]


class Interest(models.Model):
    """An organisation that a council member has a stake in, declared in public."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="interests")
    organisation = models.CharField(max_length=200)
    bin = models.CharField(max_length=12, blank=True)
    declared_date = models.DateField()
