"""The kinds of accounts and transactions that a fund's ledger knows."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AccountType(TextChoices):
    ASSET = "asset", _("asset")
    LIABILITY = "liability", _("liability")
    INCOME = "income", _("income")
    EXPENSE = "expense", _("expense")
    EQUITY = "equity", _("equity")


class AccountCode(TextChoices):
    STRIPE = "stripe", _("With the card processor")
    BANK = "bank", _("Bank account")
    CASH = "cash", _("Cash")
    GIFTS = "gifts", _("Gifts")
    FEES = "fees", _("Fees")
    SPENDING = "spending", _("Spending")
    OPENING = "opening", _("Opening balance")


class Kind(TextChoices):
    GIFT = "gift", _("Gift")
    FEE = "fee", _("Fee")
    PAYOUT = "payout", _("Transfer to the bank account")
    PAYMENT = "payment", _("Payment")
    REVERSAL = "reversal", _("Reversal")
    OPENING = "opening", _("Opening balance")
