"""Gifts, monthly gifts, what goes back, matching, counted cash, and what the law asks of gifts."""

from funds.donations.models.cash import CashCount
from funds.donations.models.defence import CheckoutTry
from funds.donations.models.duties import ForeignNotice, Screening
from funds.donations.models.gifts import Batch, Gift
from funds.donations.models.matching import Match, Pledge
from funds.donations.models.monthly import MonthlyGift
from funds.donations.models.returns import Dispute, Refund

__all__ = [
    "Batch",
    "CashCount",
    "CheckoutTry",
    "Dispute",
    "ForeignNotice",
    "Gift",
    "Match",
    "MonthlyGift",
    "Pledge",
    "Refund",
    "Screening",
]
