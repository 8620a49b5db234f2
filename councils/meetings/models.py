"""Decisions of a council by roll call. A decision and its votes are never changed: a new decision replaces an old one.

The database holds the rule itself: an outcome that does not follow from the numbers, or a roll call that does not add
up to them, cannot be stored (sql/roll_call.sql).
"""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from councils.meetings.states import Choice, Outcome
from councils.members.models import Council
from councils.needs.models import Need
from users.models import Appointment, User

PRESENT = F("in_favour") + F("against") + F("abstained") + F("recused")


class Decision(models.Model):
    """What the council decided about a need, with the numbers that the rule was applied to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="decisions")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    language = models.CharField(max_length=2)
    decided_date = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField()
    in_favour = models.PositiveSmallIntegerField()
    against = models.PositiveSmallIntegerField()
    abstained = models.PositiveSmallIntegerField()
    recused = models.PositiveSmallIntegerField()
    absent = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    # One sending of one form: a double tap records the decision once.
    submission_key = models.UUIDField(unique=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council", "number"], name="decision_number"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.NO_QUORUM, quorum__gt=PRESENT)
                | Q(outcome=Outcome.ADOPTED, quorum__lte=PRESENT, in_favour__gt=F("against"))
                | Q(outcome=Outcome.REJECTED, quorum__lte=PRESENT, in_favour__lte=F("against")),
                name="decision_outcome_follows",
            ),
            models.CheckConstraint(condition=Q(seats__gte=PRESENT + F("absent")), name="decision_within_seats"),
            models.UniqueConstraint(
                fields=["need"], condition=Q(outcome=Outcome.ADOPTED), name="decision_adopted_once_per_need"
            ),
        ]
        indexes = [models.Index(fields=["council", "-decided_date", "-number"], name="decision_recent")]


class Vote(models.Model):
    """Where one council member stood in the roll call, in public. Every seated member has a row, the absent too."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="votes")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    interest = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "appointment"], name="vote_once"),
            models.CheckConstraint(condition=Q(choice=Choice.RECUSED) ^ Q(interest=""), name="vote_recused_says_why"),
        ]


class Minutes(models.Model):
    """What was said and who was there on one day of the council's sitting. Published once, never changed.

    Its id is the key of the form: however often that is sent, minutes are published once.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="minutes")
    number = models.PositiveIntegerField()
    sitting_date = models.DateField()
    text = models.TextField(max_length=20000)
    language = models.CharField(max_length=2)
    seats = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council", "number"], name="minutes_number"),
            models.UniqueConstraint(fields=["council", "sitting_date"], name="minutes_once_a_day"),
        ]


class Attendance(models.Model):
    """Whether one member with a vote was there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="attendance")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="+")
    present = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minutes", "appointment"], name="attendance_once")]


class MinutedDecision(models.Model):
    """A decision that minutes contain; it stands in those of its own day and in no others."""

    decision = models.OneToOneField(Decision, primary_key=True, on_delete=models.PROTECT, related_name="minuted")
    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="contained")
