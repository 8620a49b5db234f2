"""What the two sides of each hop say now, what earlier runs found, and the ways of transfers."""

from funds.reports.queries.banks import arrival_comparisons, bank_comparisons
from funds.reports.queries.cards import (
    card_ledger_sums,
    movement_sums,
    payout_comparisons,
    told_together,
    under_way_sums,
    unnamed_sums,
    unpublished_sums,
    waiting_movements,
)
from funds.reports.queries.runs import RunView, Way, days_of_runs, run_of, ways

__all__ = [
    "RunView",
    "Way",
    "arrival_comparisons",
    "bank_comparisons",
    "card_ledger_sums",
    "days_of_runs",
    "movement_sums",
    "payout_comparisons",
    "run_of",
    "told_together",
    "under_way_sums",
    "unnamed_sums",
    "unpublished_sums",
    "waiting_movements",
    "ways",
]
