"""Gifts. A gift counts as money only once it is booked; who gave it is public only if the donor said so."""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from funds.donations.states import GiftState, TieToTown
from funds.ledger.models import CURRENCY_CHOICES, Fund, Transaction
from funds.projects.models import Project
from users.models import User


class Gift(models.Model):
    """One gift by card, guest or signed in. `receipt_code` is the secret in the address of its receipt."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt_code = models.CharField(max_length=43, unique=True)
    # One sending of one form: a double click or a second try makes no second gift (rules.submission_key).
    submission_key = models.UUIDField(unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="gifts")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="gifts")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    donor_name = models.CharField(max_length=80, blank=True)
    donor_email = models.EmailField(blank=True)
    name_public = models.BooleanField(default=False)
    message = models.CharField(max_length=300, blank=True)
    tie_to_town = models.CharField(max_length=10, choices=TieToTown.choices, blank=True)
    language = models.CharField(max_length=2)
    donor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="gifts")
    state = models.CharField(max_length=10, choices=GiftState.choices, default=GiftState.PENDING)
    created_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    checkout_session = models.CharField(max_length=255, unique=True, null=True, blank=True)
    payment_intent = models.CharField(max_length=255, unique=True, null=True, blank=True)
    fee_minor = models.BigIntegerField(null=True, blank=True)
    transaction = models.OneToOneField(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="gift"
    )
    fee_transaction = models.OneToOneField(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="fee_of_gift"
    )
    receipt_sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="gift_positive"),
            models.CheckConstraint(
                condition=Q(state=GiftState.SUCCEEDED, transaction__isnull=False, succeeded_at__isnull=False)
                | (~Q(state=GiftState.SUCCEEDED) & Q(transaction__isnull=True, succeeded_at__isnull=True)),
                name="gift_received_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__isnull=True, fee_transaction__isnull=True)
                | Q(state=GiftState.SUCCEEDED, fee_minor=0, fee_transaction__isnull=True)
                | Q(state=GiftState.SUCCEEDED, fee_minor__gt=0, fee_transaction__isnull=False),
                name="gift_fee_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(receipt_sent_at__isnull=True) | Q(state=GiftState.SUCCEEDED),
                name="gift_thanked_when_received",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-succeeded_at", "-id"], name="gift_of_project"),
            models.Index(fields=["fund", "-succeeded_at", "-id"], name="gift_of_fund"),
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="gift_waiting"),
            models.Index(
                fields=["succeeded_at"],
                condition=Q(state=GiftState.SUCCEEDED, receipt_sent_at__isnull=True) & ~Q(donor_email=""),
                name="gift_receipt_unsent",
            ),
        ]
