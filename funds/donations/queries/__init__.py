"""Every read about gifts."""

from funds.donations.queries.gifts import (
    NOTHING_RAISED,
    Place,
    PublicGift,
    Raised,
    gift_by_receipt_code,
    gifts_of_project,
    open_projects,
    raised_by_fund,
    raised_by_projects,
    recent_gifts,
    unsent_receipts,
)
from funds.donations.queries.monthly import (
    RUNNING,
    idle_candidates,
    last_payments,
    monthlies_of_address,
    monthlies_without_purpose,
    monthly_by_token,
    payments_of_monthly,
    token_of,
)
from funds.donations.queries.ways import Purposes, accounts_for_givers, need_key, purpose_words, purposes_of

__all__ = [
    "NOTHING_RAISED",
    "RUNNING",
    "Place",
    "PublicGift",
    "Purposes",
    "Raised",
    "accounts_for_givers",
    "gift_by_receipt_code",
    "gifts_of_project",
    "idle_candidates",
    "last_payments",
    "monthlies_of_address",
    "monthlies_without_purpose",
    "monthly_by_token",
    "need_key",
    "open_projects",
    "payments_of_monthly",
    "purpose_words",
    "purposes_of",
    "raised_by_fund",
    "raised_by_projects",
    "recent_gifts",
    "token_of",
    "unsent_receipts",
]
