"""What the outside told: events, movements and payouts of the card account, lines of bank statements."""

from funds.payments.models.bank import BankAccount, BankLine, Statement
from funds.payments.models.card import Movement, Payout, PayoutShare, Sweep
from funds.payments.models.events import StripeEvent

__all__ = ["BankAccount", "BankLine", "Movement", "Payout", "PayoutShare", "Statement", "StripeEvent", "Sweep"]
