"""What stands beside residents' answers: official figures of akimats and auditors, and thresholds of norms.

Rows only grow: a correction is a new row that replaces the old one, and both can be read. Never invent a threshold.
"""

from django.db import models

from common.ids import uuid7
from towns.models import Town
from towns.states import Confidence, Territory, YearBasis
from users.models import User


class OfficialFigure(models.Model):
    """An official value of an indicator for a town, with where it comes from and how sure it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="official_figures", db_index=False)
    indicator = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    year_basis = models.CharField(max_length=10, choices=YearBasis.choices)
    value = models.DecimalField(max_digits=14, decimal_places=4)
    territory = models.CharField(max_length=20, choices=Territory.choices)
    source = models.CharField(max_length=300)
    source_url = models.URLField(max_length=400, blank=True)
    confidence = models.CharField(max_length=10, choices=Confidence.choices)
    provisional = models.BooleanField(default=False, help_text="the source calls it provisional")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["town", "indicator", "year"], name="official_figure_of")]


class Norm(models.Model):
    """The threshold of a norm for an indicator, as an administrator read it in the source that it names."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    indicator = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=14, decimal_places=4)
    source = models.CharField(max_length=300)
    source_url = models.URLField(max_length=400, blank=True)
    since_date = models.DateField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")

    class Meta:
        indexes = [models.Index(fields=["indicator", "since_date"], name="norm_of")]
