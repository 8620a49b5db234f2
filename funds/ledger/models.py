"""Funds, accounts, transactions and entries. PostgreSQL itself keeps these true: see the migrations of this room.

Rows are written by the function `ledger_post` alone and never changed. Amounts are minor units; a debit is positive,
a credit negative, and every transaction sums to zero per currency.
"""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from common.money import CURRENCIES
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE
from funds.ledger.states import AccountCode, AccountType, Kind
from towns.models import Town

CURRENCY_CHOICES = [(code, code) for code in CURRENCIES]


class Fund(models.Model):
    """The community foundation's pot of one town."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    town = models.OneToOneField(Town, on_delete=models.PROTECT, related_name="fund")
    legal_entity = models.CharField(max_length=200)
    founded_date = models.DateField()


class Earmark(models.Model):
    """What money of a fund can be tied to. Shares its id with the project that stands above this room."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="earmarks")
    label = models.CharField(max_length=200)


class Account(models.Model):
    """fund x code x currency x earmark. Opened by the first posting that needs it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    code = models.CharField(max_length=20, choices=AccountCode.choices)
    type = models.CharField(max_length=10, choices=AccountType.choices)
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    earmark = models.ForeignKey(Earmark, null=True, on_delete=models.PROTECT, related_name="accounts")
    never_negative = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "code", "currency", "earmark"], nulls_distinct=False, name="account_once"
            ),
            # Whoever opens an account cannot call spending an asset, or let the bank account fall below zero.
            models.CheckConstraint(
                condition=reduce(
                    or_,
                    (
                        Q(code=code, type=kind, never_negative=code in NEVER_NEGATIVE)
                        for code, kind in ACCOUNT_TYPES.items()
                    ),
                ),
                name="account_is_its_code",
            ),
        ]


class Transaction(models.Model):
    """One booked event. `key` makes a second posting of the same event impossible."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    effective_date = models.DateField()
    booked_at = models.DateTimeField()
    key = models.CharField(max_length=200, unique=True)
    memo = models.CharField(max_length=200, blank=True)
    subject_id = models.UUIDField(null=True)  # the gift, spending request ... that it books
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "seq"], name="transaction_seq"),
            models.CheckConstraint(
                condition=Q(kind=Kind.REVERSAL) ^ Q(reverses__isnull=True), name="transaction_reversal"
            ),
        ]
        indexes = [models.Index(fields=["subject_id"], name="transaction_subject")]


class Entry(models.Model):
    """One line of a transaction. `balance_after` is the account's balance with this line in it."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    balance_after = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="entry_not_zero")]
        indexes = [models.Index(fields=["account", "-id"], name="entry_account")]


class Balance(models.Model):
    """The balance of an account, kept with each posting."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="balance")
    amount_minor = models.BigIntegerField(default=0)


class EarmarkBalance(models.Model):
    """What is left of the money tied to an earmark: its gifts less its fees and spending. Never below zero."""

    id = models.BigAutoField(primary_key=True)
    earmark = models.ForeignKey(Earmark, on_delete=models.PROTECT, related_name="balances", db_index=False)
    currency = models.CharField(max_length=3)
    available_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["earmark", "currency"], name="earmark_balance_once"),
            models.CheckConstraint(condition=Q(available_minor__gte=0), name="earmark_never_overdrawn"),
        ]


class Head(models.Model):
    """The last sequence number of a fund's ledger; locking it makes postings of one fund take turns."""

    fund = models.OneToOneField(Fund, primary_key=True, on_delete=models.PROTECT, related_name="head")
    seq = models.BigIntegerField(default=0)
