"""Pages of gifts: giving, receipts, monthly gifts, what everybody sees and what a giver sees."""

from funds.donations.views.give import give
from funds.donations.views.matching import own_pledges, pledge_new, pledge_page, pledges
from funds.donations.views.monthly import (
    monthly,
    monthly_amount,
    monthly_cancel,
    monthly_designation,
    monthly_link,
    monthly_pause,
    monthly_portal,
    monthly_resume,
)
from funds.donations.views.receipt import proof, proof_check, proof_qr, receipt
from funds.donations.views.wall import join, mine, wall

__all__ = [
    "give",
    "join",
    "mine",
    "monthly",
    "monthly_amount",
    "monthly_cancel",
    "monthly_designation",
    "monthly_link",
    "monthly_pause",
    "monthly_portal",
    "monthly_resume",
    "own_pledges",
    "pledge_new",
    "pledge_page",
    "pledges",
    "proof",
    "proof_check",
    "proof_qr",
    "receipt",
    "wall",
]
