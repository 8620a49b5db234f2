"""Cash in a box, counted by two people. It is money once the second of them has counted the same."""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from funds.donations.models.gifts import Gift
from funds.ledger.models import CURRENCY_CHOICES, Fund
from funds.projects.models import Project
from users.models import User


class CashCount(models.Model):
    """One counted box. The slip is a photo or scan with both signatures; its SHA-256 stands in the town's log."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="cash_counts")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=120)
    counted_date = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES, default="KZT")
    slip = models.FileField(upload_to="cash/")
    slip_type = models.CharField(max_length=60)
    slip_sha256 = models.CharField(max_length=64)
    counted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The second count was another one: nobody tries sums. It is refused, and both count anew.
    differed_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=300, blank=True)
    gift = models.OneToOneField(Gift, null=True, blank=True, on_delete=models.PROTECT, related_name="cash_count")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="cash_positive"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("counted_by")), name="cash_two_people"
            ),
            models.CheckConstraint(
                condition=Q(gift__isnull=True) | Q(confirmed_by__isnull=False, refused_reason=""),
                name="cash_is_money_when_counted_twice",
            ),
        ]
        indexes = [models.Index(fields=["fund", "-counted_date", "-id"], name="cash_latest")]
