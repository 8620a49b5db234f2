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

__all__ = [
    "NOTHING_RAISED",
    "Place",
    "PublicGift",
    "Raised",
    "gift_by_receipt_code",
    "gifts_of_project",
    "open_projects",
    "raised_by_fund",
    "raised_by_projects",
    "recent_gifts",
    "unsent_receipts",
]
