"""Every read of the ledger."""

from funds.ledger.queries.books import entries_of, fund_of_town, transaction_at, transactions_of_subject
from funds.ledger.queries.pages import PAGE, Page, Row, all_rows, head_seq, page
from funds.ledger.queries.totals import (
    EarmarkTotals,
    Overview,
    Totals,
    available,
    balance_of,
    earmark_totals,
    overview,
    totals_of_town,
)

__all__ = [
    "PAGE",
    "EarmarkTotals",
    "Overview",
    "Page",
    "Row",
    "Totals",
    "all_rows",
    "available",
    "balance_of",
    "earmark_totals",
    "entries_of",
    "fund_of_town",
    "head_seq",
    "overview",
    "page",
    "totals_of_town",
    "transaction_at",
    "transactions_of_subject",
]
