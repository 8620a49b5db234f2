"""Every read of the ledger."""

from funds.ledger.queries.books import (
    Book,
    accounts_of,
    closed_through,
    earmarks_of,
    entries_of,
    fund_of_town,
    periods_of,
    transaction_at,
    transactions_of_subject,
)
from funds.ledger.queries.corrections import (
    Purse,
    correction,
    corrections_of,
    free_of_purpose,
    money_places,
    purses_of,
)
from funds.ledger.queries.evidence import Mark, mark_of
from funds.ledger.queries.flows import flows
from funds.ledger.queries.journal import Booking, Leg, journal
from funds.ledger.queries.pages import ALL, PAGE, Chosen, Page, Row, all_rows, page
from funds.ledger.queries.papers import Paper, papers_of, register
from funds.ledger.queries.periods import EVERYTHING, Span, span_of
from funds.ledger.queries.statement import Statement, StatementLine, all_lines, balance_at, statement
from funds.ledger.queries.totals import (
    EarmarkTotals,
    Overview,
    Totals,
    available,
    balance_of,
    earmark_totals,
    free_of,
    overview,
    totals_of_town,
)
from funds.ledger.queries.trial import Trial, TrialLine, closing_trial, trial_balance
from funds.ledger.queries.versions import closing_version, fund_version, head_seq, line_version

__all__ = [
    "ALL",
    "EVERYTHING",
    "PAGE",
    "Book",
    "Booking",
    "Chosen",
    "EarmarkTotals",
    "Leg",
    "Mark",
    "Overview",
    "Page",
    "Paper",
    "Purse",
    "Row",
    "Span",
    "Statement",
    "StatementLine",
    "Totals",
    "Trial",
    "TrialLine",
    "accounts_of",
    "all_lines",
    "all_rows",
    "available",
    "balance_at",
    "balance_of",
    "closed_through",
    "closing_trial",
    "closing_version",
    "correction",
    "corrections_of",
    "earmark_totals",
    "earmarks_of",
    "entries_of",
    "flows",
    "free_of",
    "free_of_purpose",
    "fund_of_town",
    "fund_version",
    "head_seq",
    "journal",
    "line_version",
    "mark_of",
    "money_places",
    "overview",
    "page",
    "papers_of",
    "periods_of",
    "purses_of",
    "register",
    "span_of",
    "statement",
    "totals_of_town",
    "transaction_at",
    "transactions_of_subject",
    "trial_balance",
]
