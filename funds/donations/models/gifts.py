"""Gifts. A gift counts as money only once it is booked; who gave it is public only if the donor said so."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from common.ids import uuid7
from councils.needs.models import Need
from funds.donations.models.monthly import MonthlyGift
from funds.donations.states import DonorKind, GiftState, Method, Origin, TieToTown
from funds.ledger.models import CURRENCY_CHOICES, Earmark, Fund, Transaction
from funds.projects.models import Project
from users.models import User


class Batch(models.Model):
    """Gifts without a public name, booked together: the ledger tells their sum and never one of them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="gift_batches")
    earmark = models.ForeignKey(Earmark, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    gifts_count = models.PositiveIntegerField()
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="gift_batch")
    published_at = models.DateTimeField()


class Gift(models.Model):
    """One gift, guest or signed in, by whatever way. `receipt_code` is the secret in the address of its receipt.

    A received gift is booked: by a transaction of its own when its giver is named, else together with others (`batch`);
    until that day it is received and waits (`transaction` and `batch` None), and no page tells its amount.
    `amount_minor` is what was really given; what was announced (`expected_minor`) is never counted as money.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt_code = models.CharField(max_length=43, unique=True)
    # One sending of one form: a double click or a second try makes no second gift (rules.submission_key).
    submission_key = models.UUIDField(unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="gifts")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="gifts")
    # A need that has no project yet: the money is tied to it and follows into its project.
    need = models.ForeignKey(Need, null=True, blank=True, on_delete=models.PROTECT, related_name="gifts")
    method = models.CharField(max_length=5, choices=Method.choices, default=Method.CARD)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    expected_minor = models.BigIntegerField(null=True, blank=True)
    reference_code = models.CharField(max_length=16, unique=True, null=True, blank=True)  # written on a transfer
    # An enterprise pays what it has promised to add to other people's gifts.
    pledge = models.ForeignKey(
        "donations.Pledge", null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    donor_kind = models.CharField(max_length=7, choices=DonorKind.choices, default=DonorKind.PERSON)
    company_bin = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=9, choices=Origin.choices, blank=True)
    country = models.CharField(max_length=2, blank=True)  # of citizenship or seat, ISO 3166-1
    donor_name = models.CharField(max_length=80, blank=True)
    donor_email = models.EmailField(blank=True)
    name_public = models.BooleanField(default=False)
    name_for_council = models.BooleanField(default=False)
    covers_fee = models.BooleanField(default=False)
    fee_estimate_minor = models.BigIntegerField(null=True, blank=True)
    monthly = models.ForeignKey(MonthlyGift, null=True, blank=True, on_delete=models.PROTECT, related_name="gifts")
    invoice = models.CharField(max_length=255, unique=True, null=True, blank=True)
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
    # What the card account really received and kept, in the currency it holds; None until the processor tells.
    settled_currency = models.CharField(max_length=3, blank=True)
    settled_minor = models.BigIntegerField(null=True, blank=True)
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True, blank=True)
    fee_minor = models.BigIntegerField(null=True, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    disputed_minor = models.BigIntegerField(default=0)  # taken back by a dispute that is open or lost
    warned_at = models.DateTimeField(null=True, blank=True)
    transaction = models.OneToOneField(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="gift"
    )
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="gifts")
    settlement_transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    fee_transaction = models.ForeignKey(Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    receipt_sent_at = models.DateTimeField(null=True, blank=True)
    announced_sent_at = models.DateTimeField(null=True, blank=True)  # the letter that says where to send a transfer

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="gift_positive"),
            models.CheckConstraint(
                condition=Q(state=GiftState.SUCCEEDED, succeeded_at__isnull=False)
                | (
                    ~Q(state=GiftState.SUCCEEDED)
                    & Q(transaction__isnull=True, batch__isnull=True, succeeded_at__isnull=True, refunded_minor=0)
                ),
                name="gift_received",
            ),
            models.CheckConstraint(
                condition=~Q(state=GiftState.SUCCEEDED)
                | (Q(transaction__isnull=False) ^ Q(batch__isnull=False))
                | Q(transaction__isnull=True, batch__isnull=True, name_public=False),
                name="gift_received_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__isnull=True) | Q(state=GiftState.SUCCEEDED), name="gift_fee_of_received"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="gift_refunded_within",
            ),
            models.CheckConstraint(condition=Q(need__isnull=True) | Q(project__isnull=True), name="gift_one_purpose"),
            models.CheckConstraint(
                condition=Q(name_public=False) | ~Q(donor_name=""), name="gift_public_name_is_named"
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
            models.Index(
                fields=["created_at"],
                condition=Q(reference_code__isnull=False, state=GiftState.PENDING, announced_sent_at__isnull=True)
                & ~Q(donor_email=""),
                name="gift_announced_unsent",
            ),
            models.Index(
                fields=["fund", "succeeded_at"],
                condition=Q(state=GiftState.SUCCEEDED, transaction__isnull=True, batch__isnull=True),
                name="gift_unpublished",
            ),
            models.Index(fields=["donor", "-created_at"], condition=Q(donor__isnull=False), name="gift_of_donor"),
            models.Index(Upper("donor_email"), condition=~Q(donor_email=""), name="gift_of_email"),
        ]
