"""Questionnaires, waves, and the two sides of a survey that nothing joins.

Identity side: `Participation` says who has answered a wave; it knows no moment and no answer.
Answer side: `Response` holds what was answered; it knows no person, no moment finer than the day, and a random id.
Never add a column, an order, a log line or an index to either side that would let somebody join them. The language of
the page is not kept for that reason: people's accounts have a language, too. `actions/settling.py` says how fresh rows
lose their order.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import random_id, uuid7
from councils.surveys.states import Audience, WaveState
from towns.models import Town
from users.models import User


class Questionnaire(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    titles = models.JSONField(default=dict)


class QuestionnaireVersion(models.Model):
    """An imported XLSForm. Rows only grow; a change is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    filename = models.CharField(max_length=120)
    source = models.BinaryField()
    source_sha256 = models.CharField(max_length=64)
    xform = models.TextField()
    compiled = models.JSONField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="version_number"),
            models.UniqueConstraint(fields=["questionnaire", "source_sha256"], name="version_source"),
        ]


class Wave(models.Model):
    """One run of a questionnaire version in a town. Totals are sealed until it is closed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="waves")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="waves")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=WaveState.choices, default=WaveState.DRAFT)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.DECLARED)
    opens_date = models.DateField()
    closes_date = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "number"], name="wave_number"),
            models.UniqueConstraint(fields=["town"], condition=Q(state=WaveState.OPEN), name="wave_one_open_per_town"),
            models.CheckConstraint(condition=Q(closes_date__gte=F("opens_date")), name="wave_dates"),
            models.CheckConstraint(
                condition=Q(state=WaveState.CLOSED) ^ Q(closed_at__isnull=True), name="wave_closed_at"
            ),
        ]


class Participation(models.Model):
    """Identity side: this person has answered this wave. One person, one answer: the constraint says so."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="participations", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    settled = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "user"], name="participation_once")]


class Response(models.Model):
    """Answer side: canonical answers and, for counting, the codes of the closed questions (0 = not answered).

    `answered_date` is the day of answering until the row is settled, then one day for the whole batch.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="responses")
    answered_date = models.DateField()
    channel = models.CharField(max_length=10, default="web")
    answers = models.JSONField()
    codes = ArrayField(models.SmallIntegerField())
    settled = models.BooleanField(default=False)


class Draft(models.Model):
    """Answers on their way. Known by the hash of a code that only the respondent holds; deleted on submission."""

    code_sha256 = models.CharField(max_length=64, primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    answers = models.JSONField(default=dict)
    touched_date = models.DateField()
