"""Monthly gifts: a subscription at the card processor and what the giver wants of it. Each payment is its own gift.

The address that manages one is a secret of the giver; who has it may lower, pause, redirect or end the gift, and
nothing else: it shows no card and moves no money.
"""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from councils.needs.models import Need
from funds.donations.states import DonorKind, MonthlyState, Origin, TieToTown
from funds.ledger.models import CURRENCY_CHOICES, Fund
from funds.projects.models import Project
from users.models import User


class MonthlyGift(models.Model):
    """What somebody wants to give each month. `link_version` goes up when its address shall work no longer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission_key = models.UUIDField(unique=True, editable=False)
    link_version = models.PositiveSmallIntegerField(default=1)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="monthly_gifts")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    need = models.ForeignKey(Need, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    donor_kind = models.CharField(max_length=7, choices=DonorKind.choices, default=DonorKind.PERSON)
    company_bin = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=9, choices=Origin.choices, blank=True)
    country = models.CharField(max_length=2, blank=True)
    donor_name = models.CharField(max_length=80, blank=True)
    donor_email = models.EmailField()
    name_public = models.BooleanField(default=False)
    name_for_council = models.BooleanField(default=False)
    covers_fee = models.BooleanField(default=False)
    message = models.CharField(max_length=300, blank=True)
    tie_to_town = models.CharField(max_length=10, choices=TieToTown.choices, blank=True)
    language = models.CharField(max_length=2)
    donor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="monthly_gifts")
    state = models.CharField(max_length=9, choices=MonthlyState.choices, default=MonthlyState.PENDING)
    created_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True, blank=True)
    checkout_session = models.CharField(max_length=255, unique=True, null=True, blank=True)
    subscription = models.CharField(max_length=255, unique=True, null=True, blank=True)
    customer = models.CharField(max_length=255, blank=True)
    next_payment_at = models.DateTimeField(null=True, blank=True)
    failed_payments = models.PositiveSmallIntegerField(default=0)  # in a row
    failures_mailed = models.JSONField(default=list, blank=True)  # bills whose failure was written about, latest last
    paused_until = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    idle_notice_at = models.DateTimeField(null=True, blank=True)  # told that the fund spends nothing

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="monthly_positive"),
            models.CheckConstraint(
                condition=Q(need__isnull=True) | Q(project__isnull=True), name="monthly_one_purpose"
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="monthly_waiting"),
            models.Index(fields=["fund", "state"], name="monthly_of_fund"),
        ]
