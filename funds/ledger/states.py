"""The kinds of accounts and transactions that a fund's ledger knows. Closed lists: PostgreSQL refuses any other."""

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
    TRANSIT = "transit", _("On its way to the bank")
    GIFTS = "gifts", _("Gifts")
    MOVED = "moved", _("Moved between projects")
    FEES = "fees", _("Fees")
    SPENDING = "spending", _("Spending")
    SUSPENSE = "suspense", _("Not yet explained")
    SHORTFALL = "shortfall", _("Shortfall")
    TRADING = "trading", _("Currency exchange")
    OPENING = "opening", _("Opening balance")


class Kind(TextChoices):
    GIFT = "gift", _("Gift")
    FEE = "fee", _("Fee")
    SENT = "sent", _("Sent by the card processor")
    PAYOUT = "payout", _("Transfer to the bank account")
    DEPOSIT = "deposit", _("Cash brought to the bank")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund of a gift")
    REFUND_FAILED = "refund_failed", _("Refund that came back")
    DISPUTE = "dispute", _("Disputed gift")
    DISPUTE_WON = "dispute_won", _("Dispute won")
    EXCHANGE = "exchange", _("Currency exchange")
    REDESIGNATION = "redesignation", _("Moved between projects")
    SUSPENSE = "suspense", _("Not yet explained")
    CLEARING = "clearing", _("Explained")
    COVER = "cover", _("Shortfall covered")
    REVERSAL = "reversal", _("Reversal")
    OPENING = "opening", _("Opening balance")


class HoldState(TextChoices):
    """How the reservation of money ended."""

    POSTED = "posted", _("paid")
    VOIDED = "voided", _("released")
    EXPIRED = "expired", _("expired")
