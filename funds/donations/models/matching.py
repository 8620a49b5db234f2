"""Matching by enterprises: who adds how much to other people's gifts, up to a cap and a day.

A pledge is a promise and never counted as money: what the enterprise pays is a gift of its own.
"""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from funds.donations.models.gifts import Gift
from funds.donations.states import PledgeState
from funds.ledger.models import CURRENCY_CHOICES, Fund
from funds.projects.models import Project
from users.models import User


class Pledge(models.Model):
    """`percent` of each matched gift (100 doubles it), gifts in `currency` alone, no more than `cap_minor` in all."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="pledges")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="pledges")
    enterprise = models.CharField(max_length=200)
    enterprise_bin = models.CharField(max_length=12)
    percent = models.PositiveSmallIntegerField(default=100)
    cap_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES, default="KZT")
    starts_date = models.DateField()
    ends_date = models.DateField()
    matched_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=9, choices=PledgeState.choices, default=PledgeState.OPEN)
    pledged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    pledged_at = models.DateTimeField()
    reference_code = models.CharField(max_length=16, unique=True)  # written on the enterprise's transfers

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cap_minor__gt=0, matched_minor__gte=0, matched_minor__lte=F("cap_minor")),
                name="pledge_within_cap",
            ),
            models.CheckConstraint(condition=Q(percent__gte=1, percent__lte=300), name="pledge_percent"),
            models.CheckConstraint(condition=Q(ends_date__gte=F("starts_date")), name="pledge_dates"),
        ]
        indexes = [models.Index(fields=["fund", "state", "ends_date"], name="pledge_of_fund")]


class Match(models.Model):
    """What a pledge adds to one gift. `amount_minor` falls when the gift goes back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="matches")
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="matches")
    amount_minor = models.BigIntegerField()
    matched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pledge", "gift"], name="match_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="match_not_negative"),
        ]
