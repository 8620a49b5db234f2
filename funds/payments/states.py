"""What became of an event, a movement on the card account, a payout, a line of a bank statement."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventState(TextChoices):
    RECEIVED = "received", _("received")
    HANDLED = "handled", _("handled")
    IGNORED = "ignored", _("of no concern to us")
    FAILED = "failed", _("failed, will be tried again")


# What somebody still has to handle.
WAITING_STATES = (EventState.RECEIVED, EventState.FAILED)


class MovementState(TextChoices):
    """A movement on the card account changes the ledger exactly once, or says why it has not yet."""

    WAITING = "waiting", _("not booked yet")
    BOOKED = "booked", _("booked")
    SUSPENSE = "suspense", _("booked as not yet explained")


class PayoutState(TextChoices):
    PENDING = "pending", _("announced")
    IN_TRANSIT = "in_transit", _("on its way")
    PAID = "paid", _("arrived, says the card processor")
    FAILED = "failed", _("came back")
    CANCELED = "canceled", _("cancelled")


class AccountKind(TextChoices):
    BANK = "bank", _("Bank account")
    KASPI = "kaspi", _("Kaspi")


class StatementFormat(TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    MT940 = "mt940", "MT940"
    CAMT053 = "camt053", "CAMT.053"


class LineState(TextChoices):
    OPEN = "open", _("not yet explained")
    MATCHED = "matched", _("booked")
    ASIDE = "aside", _("booked earlier by hand")
