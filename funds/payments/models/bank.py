"""Bank and Kaspi accounts of the funds and the lines of their statements, as imported. A line is never changed.

A line is money that is really there; what it was for is told by the transaction that books it. Counterparty and
purpose name people: they are read by the fund's treasurer alone (the auditor sees days, sums and bookings).
"""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from funds.ledger.models import CURRENCY_CHOICES, Fund, Transaction
from funds.payments.models.card import PayoutShare
from funds.payments.states import AccountKind, LineState, StatementFormat
from users.models import User


class BankAccount(models.Model):
    """An account of a fund. `mapping`: which column of its bank's CSV or XLSX is what, remembered from last time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="bank_accounts")
    kind = models.CharField(max_length=5, choices=AccountKind.choices)
    bank_name = models.CharField(max_length=80)
    holder = models.CharField(max_length=120)
    number = models.CharField(max_length=34)  # IBAN, or the number by which Kaspi knows it
    bic = models.CharField(max_length=11, blank=True)
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES, default="KZT")
    public = models.BooleanField(default=True)  # shown to donors as a way to give
    mapping = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fund", "number", "currency"], name="bank_account_once")]


class Statement(models.Model):
    """One imported file, whole or not at all. Balances are None where the format has none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    format = models.CharField(max_length=8, choices=StatementFormat.choices)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    first_date = models.DateField()
    last_date = models.DateField()
    opening_minor = models.BigIntegerField(null=True, blank=True)
    closing_minor = models.BigIntegerField(null=True, blank=True)
    lines_new = models.PositiveIntegerField()
    lines_known = models.PositiveIntegerField()  # stood in an earlier, overlapping statement
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "sha256"], name="statement_once")]
        indexes = [models.Index(fields=["account", "-imported_at", "-id"], name="statement_latest")]


class BankLine(models.Model):
    """One line of a statement. `fingerprint` makes the same line of an overlapping statement one line."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()  # its place in the file, from 1
    booked_date = models.DateField()
    amount_minor = models.BigIntegerField()  # above zero: it came in
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    counterparty = models.CharField(max_length=200, blank=True)
    counterparty_number = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=500, blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=LineState.choices, default=LineState.OPEN)
    # Several where gifts without a public name are booked together; none while such a gift still waits for the others.
    transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_lines"
    )
    subject_id = models.UUIDField(null=True, blank=True)  # the gift or share of a payout that the line brought
    note = models.CharField(max_length=200, blank=True)  # which line of the ledger booked it before
    # The fund's share of a transfer from the card account that this line brought.
    payout_share = models.OneToOneField(
        PayoutShare, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_line"
    )
    explained_at = models.DateTimeField(null=True, blank=True)
    explained_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "fingerprint"], name="bank_line_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="bank_line_moves"),
            models.CheckConstraint(
                condition=Q(state=LineState.OPEN, explained_at__isnull=True, transaction__isnull=True)
                | (
                    Q(state=LineState.MATCHED, explained_at__isnull=False)
                    & (Q(transaction__isnull=False) | Q(subject_id__isnull=False))
                )
                | (Q(state=LineState.ASIDE, explained_at__isnull=False, transaction__isnull=True) & ~Q(note="")),
                name="bank_line_explained",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-booked_date", "-id"], name="bank_line_latest"),
            models.Index(fields=["account", "booked_date"], condition=Q(state="open"), name="bank_line_open"),
            models.Index(fields=["subject_id"], condition=Q(subject_id__isnull=False), name="bank_line_subject"),
        ]
