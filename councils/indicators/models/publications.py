"""What was published of a wave. Rows only grow: a correction is a new publication that names what changed.

A suppressed figure has no value: it is not stored, so it cannot leak.
"""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from councils.surveys.models import Wave
from users.models import User


class Publication(models.Model):
    """One vintage of a wave's figures: the first, or a correction (`replaces`), with all that it rests on.

    `margins` names the population tables ([{dimension, source, year, sha256}]); `channels` and `coverage` are shares;
    `typology`, `composite` and `needs` (the order with its rank bands) are what the rules made of the figures;
    `pattern` is the frozen pattern of suppression;
    `tables` are the plain tables of a questionnaire without indicators (`rules.plain.PlainTable.as_json`);
    `changes` ([{indicator, option, what}]) and `reason` say what a correction changed. `sha256` is over all figures,
    and stands in the town's log.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="publications", db_index=False)
    number = models.PositiveIntegerField()
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    responses = models.PositiveIntegerField()
    method_version = models.CharField(max_length=20)
    catalogue_version = models.CharField(max_length=20)
    question_version = models.CharField(max_length=80)
    weighting = models.CharField(max_length=20)
    weighting_note = models.CharField(max_length=300, blank=True)
    margins = models.JSONField(default=list)
    channels = models.JSONField(default=dict)
    coverage = models.JSONField(default=dict)
    typology = models.JSONField(default=dict)
    composite = models.JSONField(default=dict)
    needs = models.JSONField(default=dict)
    pattern = models.JSONField(default=dict)
    tables = models.JSONField(default=list)
    n_eff = models.FloatField(null=True)
    deff = models.FloatField(null=True)
    changes = models.JSONField(default=list)
    reason = models.CharField(max_length=600, blank=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "number"], name="publication_number"),
            models.CheckConstraint(condition=Q(number=1) ^ Q(replaces__isnull=False), name="publication_replaces"),
            models.CheckConstraint(condition=~Q(replaces=F("id")), name="publication_not_itself"),
        ]


class Estimate(models.Model):
    """One published figure. `trend` compares it with the wave before (`states.Trend`), "" where there is none."""

    id = models.BigAutoField(primary_key=True)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="estimates", db_index=False)
    indicator = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
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
    trend = models.CharField(max_length=16, blank=True)  # states.Trend

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "indicator", "option", "weighted"], name="estimate_once"),
            models.CheckConstraint(
                condition=Q(conf_status="F")
                | Q(value__isnull=True, se__isnull=True, ci_low__isnull=True, ci_high__isnull=True),
                name="estimate_suppressed_is_empty",
            ),
        ]
