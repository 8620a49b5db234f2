"""What is compared with what."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Hop(TextChoices):
    """A place where money is told by two sides. The order is the way of a gift."""

    CARD = "card", _("Card account: the processor's balance and its movements")
    LEDGER = "ledger", _("Card account: its movements and the ledgers")
    PAYOUT = "payout", _("Payouts: each and its members")
    ARRIVAL = "arrival", _("Payouts: each and its line at the bank")
    BANK = "bank", _("Bank account: the statement and the ledger")
