"""Counts and estimates of closed waves. Nothing here may exist for a wave that is still open: totals are sealed."""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from councils.surveys.models import Wave


class CountRun(models.Model):
    """One counting of a closed wave: what was counted, by which method, or why it was refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wave = models.OneToOneField(Wave, on_delete=models.PROTECT, related_name="count_run")
    counted_at = models.DateTimeField()
    responses = models.PositiveIntegerField()
    method_version = models.CharField(max_length=20)
    weighting = models.CharField(max_length=20)
    weighting_note = models.CharField(max_length=300, blank=True)
    margins_source = models.CharField(max_length=200, blank=True)
    n_eff = models.FloatField(null=True)
    deff = models.FloatField(null=True)


class CountCell(models.Model):
    """The count cube: how many respondents of one raking cell gave one answer."""

    id = models.BigAutoField(primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="cells", db_index=False)
    question = models.CharField(max_length=60)
    option = models.CharField(max_length=60)
    cell = models.CharField(max_length=40)
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "question", "option", "cell"], name="count_cell_once")]


class Estimate(models.Model):
    """One published figure. Suppressed figures have no value: it is not stored, so it cannot leak."""

    id = models.BigAutoField(primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="estimates", db_index=False)
    indicator = models.CharField(max_length=40)
    option = models.CharField(max_length=60, blank=True)  # "" is the indicator itself, else one answer of its question
    weighted = models.BooleanField()
    value = models.FloatField(null=True)
    se = models.FloatField(null=True)
    ci_low = models.FloatField(null=True)
    ci_high = models.FloatField(null=True)
    n = models.PositiveIntegerField(null=True)  # base, rounded to 5
    n_eff = models.FloatField(null=True)
    deff = models.FloatField(null=True)
    obs_status = models.CharField(max_length=1, default="A")  # states.ObsStatus
    conf_status = models.CharField(max_length=1, default="F")  # states.ConfStatus
    note = models.CharField(max_length=60, blank=True)  # code of the reason when not published

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "indicator", "option", "weighted"], name="estimate_once"),
            models.CheckConstraint(
                condition=Q(conf_status="F")
                | Q(value__isnull=True, se__isnull=True, ci_low__isnull=True, ci_high__isnull=True),
                name="estimate_suppressed_is_empty",
            ),
        ]
