"""The card account as the processor tells it: every movement, every payout and whose money it carries.

A movement is a mirror and never corrected here; what it does to the ledger stands in the ledger alone.
"""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from funds.ledger.models import Fund, Transaction
from funds.payments.states import MovementState, PayoutState


class Payout(models.Model):
    """A transfer from the card account to the bank. `amount_minor` is in the payout's currency, as Stripe tells it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout_id = models.CharField(max_length=255, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=PayoutState.choices)
    automatic = models.BooleanField()  # Stripe names the members of automatic payouts alone
    arrival_date = models.DateField()
    created_at = models.DateTimeField()
    trace_id = models.CharField(max_length=255, blank=True)
    members_known_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="payout_latest")]


class Movement(models.Model):
    """One balance transaction: `net = amount - fee`, in the currency in which the card account holds it.

    `currency` is any that Stripe names; one that no ledger holds stays WAITING with `trouble` set. `fund` is None until
    it is known whose it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    movement_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=60)
    category = models.CharField(max_length=60)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True, blank=True)
    source_id = models.CharField(max_length=255, blank=True)
    payment_id = models.CharField(max_length=255, blank=True)  # the payment intent behind its source
    description = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    payout = models.ForeignKey(Payout, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    state = models.CharField(max_length=8, choices=MovementState.choices, default=MovementState.WAITING)
    trouble = models.CharField(max_length=200, blank=True)
    fund = models.ForeignKey(Fund, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The line of the ledger that books it with others, so that no line tells its sum.
    together = models.ForeignKey(Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(net_minor=models.F("amount_minor") - models.F("fee_minor")), name="movement_net"
            ),
            models.CheckConstraint(
                condition=Q(state=MovementState.WAITING, booked_at__isnull=True)
                | (~Q(state=MovementState.WAITING) & Q(booked_at__isnull=False, fund__isnull=False)),
                name="movement_booked",
            ),
        ]
        indexes = [
            models.Index(fields=["source_id"], name="movement_source"),
            models.Index(fields=["payment_id"], condition=~Q(payment_id=""), name="movement_payment"),
            models.Index(fields=["created_at", "id"], name="movement_created"),
            models.Index(fields=["created_at"], condition=Q(state="waiting"), name="movement_waiting"),
        ]


class PayoutShare(models.Model):
    """What of a payout is one fund's: below zero where it owed more than it had received.

    `transaction` is None until it is told; payouts that are told together share one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="shares")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="payout_shares")
    amount_minor = models.BigIntegerField()
    transaction = models.ForeignKey(Transaction, null=True, on_delete=models.PROTECT, related_name="payout_shares")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payout", "fund"], name="payout_share_once")]


class Sweep(models.Model):
    """How far a sweep has read what Stripe lists: everything created up to `read_through` was seen."""

    name = models.CharField(max_length=40, primary_key=True)
    read_through = models.DateTimeField()
    swept_at = models.DateTimeField()
