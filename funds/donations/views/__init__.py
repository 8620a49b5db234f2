"""Pages of gifts: giving, receipts, monthly gifts, what everybody sees and what a giver sees."""

from funds.donations.views.give import give
from funds.donations.views.matching import pledge_new, pledge_page, pledges
from funds.donations.views.receipt import proof, proof_check, proof_qr, receipt

__all__ = ["give", "pledge_new", "pledge_page", "pledges", "proof", "proof_check", "proof_qr", "receipt"]
