"""Pure arithmetic of double entry. Nothing here may know the database, the clock or a payment provider."""

from funds.ledger.rules.accounts import ACCOUNT_TYPES, AVAILABLE, MONEY, NEVER_NEGATIVE, SIDES
from funds.ledger.rules.periods import NotNow, proposed_end, why_not
from funds.ledger.rules.postings import FEWEST_LINES, Line, Posting, UnbalancedError

__all__ = [
    "ACCOUNT_TYPES",
    "AVAILABLE",
    "FEWEST_LINES",
    "MONEY",
    "NEVER_NEGATIVE",
    "SIDES",
    "Line",
    "NotNow",
    "Posting",
    "UnbalancedError",
    "proposed_end",
    "why_not",
]
