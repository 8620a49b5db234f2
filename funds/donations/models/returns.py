"""Gifts that go back: refunds, and disputes that a cardholder's bank opens. Each moves forward only.

The money stands in the ledger; these rows say where each case stands and which transactions booked it.
"""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from funds.donations.models.gifts import Gift
from funds.donations.states import DisputeState, RefundReason, RefundState
from funds.ledger.models import Transaction
from users.models import User


class Refund(models.Model):
    """One giving back, of all or a part. `refund_id` is Stripe's; None where the fund pays by bank or in cash.

    One that a treasurer asks for (`asked_by`) waits for an approver (`answered_by`): nothing goes back before.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="refunds")
    refund_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    amount_minor = models.BigIntegerField()  # in the gift's currency
    state = models.CharField(max_length=9, choices=RefundState.choices, default=RefundState.PENDING)
    reason = models.CharField(max_length=300, blank=True)  # as the treasurer wrote it
    reason_code = models.CharField(max_length=30, choices=RefundReason.choices, blank=True)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)  # why it was refused
    created_at = models.DateTimeField()
    transaction = models.ForeignKey(Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    failed_transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("asked_by")), name="refund_by_another_person"
            ),
        ]
        indexes = [models.Index(fields=["gift", "created_at"], name="refund_of_gift")]

    @property
    def why(self) -> str:
        """The reason in the language of the reader, or as it was written."""
        return str(self.get_reason_code_display()) if self.reason_code else self.reason


class Dispute(models.Model):
    """A dispute as Stripe tells it. `amount_minor` in the gift's currency; fees stand in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="disputes")
    dispute_id = models.CharField(max_length=255, unique=True)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=7, choices=DisputeState.choices)
    reason = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    taken_transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    returned_transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["gift", "opened_at"], name="dispute_of_gift")]
