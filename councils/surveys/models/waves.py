"""Waves: one run of a questionnaire version in a town, and what is known of it while it is open.

Totals are sealed until a wave is closed. Nothing here may say what anybody answered; `Coverage` says who has not been
heard yet, in groups, and is the only count that exists before closing.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from councils.surveys.models.forms import Questionnaire, QuestionnaireVersion
from councils.surveys.states import Audience, WaveState
from towns.models import Town
from users.models import User


class Campaign(models.Model):
    """Waves of one questionnaire version that were opened in several towns together."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="campaigns")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")


class Wave(models.Model):
    """One run of a questionnaire version in a town.

    People answer from `opens_date` to `closes_date`; helpers may enter paper sheets and send from their devices until
    `entry_date`. `key_sha256` tells the wave's key, which lies outside the database, from others; it is emptied when
    the key is destroyed. `languages` are those that the questionnaire must be complete in. `target` (answers hoped
    for) and `quotas` ({question: {option: answers hoped for}}) guide, they stop nobody. `margins` are the population
    tables as they were when the wave was opened. `invitations` is the text to be shared, by language.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.PROTECT, related_name="waves")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="waves", db_index=False)
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="waves")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="waves")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=WaveState.choices, default=WaveState.DRAFT)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.DECLARED)
    languages = ArrayField(models.CharField(max_length=5), default=list)
    opens_date = models.DateField()
    closes_date = models.DateField()
    entry_date = models.DateField()
    target = models.PositiveIntegerField(null=True, blank=True)
    quotas = models.JSONField(default=dict)
    margins = models.JSONField(default=list)
    invitations = models.JSONField(default=dict)
    key_sha256 = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "number"], name="wave_number"),
            models.UniqueConstraint(
                fields=["town", "questionnaire"],
                condition=Q(state__in=[WaveState.OPEN, WaveState.ENDED]),
                name="wave_one_open_per_town",
            ),
            models.CheckConstraint(
                condition=Q(closes_date__gte=F("opens_date"), entry_date__gte=F("closes_date")), name="wave_dates"
            ),
            models.CheckConstraint(
                condition=Q(state=WaveState.CLOSED) ^ Q(closed_at__isnull=True), name="wave_closed_at"
            ),
        ]


class Coverage(models.Model):
    """Who has been heard so far, by group; never by answer. Written by the clock, never by an answer as it comes.

    `cells` is {group: answers} over sex, age and quarter as the questionnaire asks them; small numbers are rounded.
    """

    wave = models.OneToOneField(Wave, on_delete=models.CASCADE, primary_key=True, related_name="coverage")
    answers = models.PositiveIntegerField()
    cells = models.JSONField(default=dict)
    channels = models.JSONField(default=dict)
    counted_date = models.DateField()


class Reminder(models.Model):
    """A letter to those who had not answered on a day. It knows how many were written to, not whom."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    sent_date = models.DateField()
    letters = models.PositiveIntegerField(default=0)
    reached = models.UUIDField(null=True)  # the last account written to while letters are being sent, then empty
    finished = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "sent_date"], name="reminder_once_a_day")]
