"""Funds, accounts, transactions, entries, holds and closed periods. PostgreSQL itself keeps these true: see sql/.

Rows are written by the functions of sql/ alone and never changed. Amounts are minor units; a debit is positive,
a credit negative, and every transaction sums to zero per currency.
"""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from common.money import CURRENCIES
from councils.meetings.models import Decision
from funds.ledger.rules.accounts import ACCOUNT_TYPES, NEVER_NEGATIVE
from funds.ledger.states import AccountCode, AccountType, HoldState, Kind
from towns.models import Town
from users.models import User

# Numbers in the public log are read by browsers too, which count exactly up to here (RFC 8785, I-JSON).
LARGEST = 2**53 - 1
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
    # What its lines leave for the purpose; none for accounts that say where money lies rather than what it is for.
    purse = models.ForeignKey("EarmarkBalance", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

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
    # No constraint of its own: a trigger finds the fund through the head, and neither can be deleted.
    fund = models.ForeignKey(
        Fund, on_delete=models.PROTECT, related_name="transactions", db_index=False, db_constraint=False
    )
    seq = models.BigIntegerField()  # 1, 2, 3 ... in each fund, without a gap
    kind = models.CharField(max_length=13, choices=Kind.choices)
    effective_date = models.DateField()
    booked_at = models.DateTimeField()  # never goes back within a fund
    key = models.CharField(max_length=200)
    memo = models.CharField(max_length=200, blank=True)
    subject_id = models.UUIDField(null=True)  # the gift, spending request ... that it books
    # No constraint: the trigger that compares both finds it. Its unique index knows reversals alone: see sql/rules.sql.
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by", db_constraint=False
    )
    lines = models.SmallIntegerField()  # how many entries it has
    log_index = models.BigIntegerField()  # its place in the town's public log

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="transaction_key"),
            models.UniqueConstraint(fields=["fund", "seq"], name="transaction_seq"),
        ]
        # Each costs every posting. A moment is found by halving the numbers; gifts, of which there are many everywhere,
        # by looking at each.
        indexes = [
            models.Index(fields=["subject_id"], name="transaction_subject", condition=Q(subject_id__isnull=False)),
            models.Index(fields=["fund", "kind", "seq"], name="transaction_kind", condition=~Q(kind="gift")),
        ]


class Entry(models.Model):
    """One line of a transaction. `balance_after` is the account's balance with this line in it."""

    id = models.BigAutoField(primary_key=True)
    # No constraints: the trigger on this table finds both, and neither can be deleted.
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    line = models.SmallIntegerField()  # 1, 2, 3 ... in each transaction
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    balance_after = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "line"], name="entry_line"),
        ]
        indexes = [models.Index(fields=["account", "id"], name="entry_account")]


class Balance(models.Model):
    """The balance of an account, kept with each posting, and what holds reserve of it."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="balance")
    amount_minor = models.BigIntegerField(default=0)
    held_minor = models.BigIntegerField(default=0)
    guarded = models.BooleanField()  # as its account's `never_negative`

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held_minor__gte=0) & (Q(guarded=False) | Q(amount_minor__gte=F("held_minor"))),
                name="account_never_negative",
            )
        ]


class EarmarkBalance(models.Model):
    """What is left of the money tied to an earmark, or to none: gifts less fees and spending. An earmark's is never
    below zero, nor below what holds reserve of it."""

    id = models.BigAutoField(primary_key=True)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    earmark = models.ForeignKey(Earmark, null=True, on_delete=models.PROTECT, related_name="balances")
    currency = models.CharField(max_length=3)
    available_minor = models.BigIntegerField(default=0)
    held_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "earmark", "currency"], nulls_distinct=False, name="earmark_balance_once"
            ),
            models.CheckConstraint(
                condition=Q(held_minor__gte=0) & (Q(earmark__isnull=True) | Q(available_minor__gte=F("held_minor"))),
                name="earmark_never_overdrawn",
            ),
        ]


class Head(models.Model):
    """The last sequence number of a fund's ledger; locking it makes postings of one fund take turns.

    It stands in the row of the town's log that counts its entries (see sql/rules.sql): one turn for both.
    """

    fund = models.OneToOneField(Fund, primary_key=True, on_delete=models.PROTECT, related_name="head")
    seq = models.BigIntegerField(default=0)
    log_id = models.IntegerField(unique=True)  # the town's public log: no two funds share one
    booked_at = models.DateTimeField()
    closed_through = models.DateField()  # nothing may be dated on this day or before

    class Meta:
        managed = False
        db_table = "transparency_head"


class Hold(models.Model):
    """Money reserved for one purpose, and on the account that will pay where it names one, until it is paid, released
    or expires."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="holds")
    # bank or cash; none where only what is left for the purpose is reserved
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)  # spending
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    key = models.CharField(max_length=200, unique=True)
    subject_id = models.UUIDField(null=True)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=LARGEST, expires_at__gt=F("placed_at")),
                name="hold_reserves",
            )
        ]
        indexes = [
            models.Index(fields=["subject_id"], name="hold_subject"),
            models.Index(fields=["expires_at"], name="hold_expires"),
        ]


class HoldEnd(models.Model):
    """How a hold ended. A hold without this row still reserves its money."""

    hold = models.OneToOneField(Hold, primary_key=True, on_delete=models.PROTECT, related_name="end")
    state = models.CharField(max_length=8, choices=HoldState.choices)
    ended_at = models.DateTimeField()
    transaction = models.ForeignKey(
        Transaction, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=HoldState.POSTED) ^ Q(transaction__isnull=True), name="hold_end_posted"
            )
        ]


class Period(models.Model):
    """A closed period: all up to and with `ends_date` stands as it is. Its trial balance is in the public log."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="periods", db_index=False)
    ends_date = models.DateField()
    closed_at = models.DateTimeField()
    last_seq = models.BigIntegerField()
    log_index = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fund", "ends_date"], name="period_once")]


class Correction(models.Model):
    """A reversal or redesignation that one person wishes and another has to confirm before it is booked.

    Its id is the key of the form that asked for it: one form asks once.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="corrections")
    kind = models.CharField(
        max_length=13, choices=[(kind.value, kind.label) for kind in (Kind.REVERSAL, Kind.REDESIGNATION)]
    )
    reason = models.CharField(max_length=200)  # public: the memo of what is booked
    reverses = models.ForeignKey(Transaction, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Earmark, null=True, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Earmark, null=True, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)  # why it was refused
    booked = models.OneToOneField(Transaction, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("asked_by")),
                name="correction_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True, answered_at__isnull=True, booked__isnull=True, answer="")
                | (Q(answered_by__isnull=False, answered_at__isnull=False) & (Q(booked__isnull=True) ^ Q(answer=""))),
                name="correction_answered",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.REVERSAL, reverses__isnull=False, target__isnull=True)
                | Q(
                    kind=Kind.REDESIGNATION,
                    reverses__isnull=True,
                    target__isnull=False,
                    amount_minor__gt=0,
                    decision__isnull=False,
                ),
                name="correction_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["fund", "-asked_at"], name="correction_of_fund")]
