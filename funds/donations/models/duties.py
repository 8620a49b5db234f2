"""What the law asks of gifts: the register of gifts from abroad, and the check against lists. Settings name the sums.

Nothing here is public. A person's name is compared and never copied: the row says which list and line it was like.
"""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from funds.donations.models.gifts import Gift
from funds.donations.states import ScreeningVerdict
from users.models import User


class ForeignNotice(models.Model):
    """A received gift that the tax authority is to be told of by `due_date` (working days of Kazakhstan)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gift = models.OneToOneField(Gift, on_delete=models.PROTECT, related_name="foreign_notice")
    received_date = models.DateField()
    due_date = models.DateField()
    notified_date = models.DateField(null=True, blank=True)
    notice_number = models.CharField(max_length=80, blank=True)
    notified_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True)  # the treasurer was written to, once

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(notified_date__isnull=True, notice_number="", notified_by__isnull=True)
                | (Q(notified_date__isnull=False, notified_by__isnull=False) & ~Q(notice_number="")),
                name="notice_sent_whole",
            )
        ]
        indexes = [models.Index(fields=["due_date"], condition=Q(notified_date__isnull=True), name="notice_due")]


class Screening(models.Model):
    """One gift against one list, or against a threshold. The decision of a person is recorded with its reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gift = models.OneToOneField(Gift, on_delete=models.PROTECT, related_name="screening")
    verdict = models.CharField(max_length=7, choices=ScreeningVerdict.choices)
    list_name = models.CharField(max_length=120, blank=True)
    list_sha256 = models.CharField(max_length=64, blank=True)
    found = models.CharField(max_length=200, blank=True)  # a code (rules.screening.Finding), never words
    screened_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=["clear", "hit"], decided_by__isnull=True)
                | (Q(verdict__in=["cleared", "refused"], decided_by__isnull=False) & ~Q(reason="")),
                name="screening_decided_with_reason",
            )
        ]
        indexes = [models.Index(fields=["screened_at"], condition=Q(verdict="hit"), name="screening_open")]
