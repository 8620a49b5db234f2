"""What helpers work with: their devices, their paper sheets, and how much each of them entered.

A helper is named; the respondent never is. Nothing here may name a person who answered, or hold what was answered.
"""

from django.db import models

from common.ids import random_id, uuid7
from councils.surveys.models.identity import Invitation
from councils.surveys.models.waves import Wave
from councils.surveys.states import Channel
from towns.models import Town
from users.models import User


class HelperDevice(models.Model):
    """A helper's ODK Collect or KoboCollect. The secret is shown once; the server keeps what checking it needs."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+", db_index=False)
    label = models.CharField(max_length=60)
    username = models.CharField(max_length=40, unique=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    ha1_sealed = models.BinaryField()  # MD5(user:realm:secret) of HTTP digest, encrypted with a key of the settings
    created_at = models.DateTimeField()
    expires_date = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class Tally(models.Model):
    """How many answers a helper brought in, by channel: for thanks and for quality, never which ones."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="tallies", db_index=False)
    helper = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    entered = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "helper", "channel"], name="tally_once")]


class PaperEntry(models.Model):
    """A paper sheet that was typed in. Of a sample, a second helper types the same sheet without seeing the first.

    `fields` counts all questions of the sheet, filled or not, and `differing` those that were typed in two ways; what
    was written on the sheet, and how much, is in the envelope alone.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="paper", db_index=False)
    sheet = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="+", db_index=False)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_sample = models.BooleanField(default=False)
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    fields = models.PositiveIntegerField(null=True)
    differing = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "sheet"], name="paper_sheet_once"),
            models.CheckConstraint(
                condition=~models.Q(checked_by=models.F("entered_by")), name="paper_checked_by_another"
            ),
        ]
