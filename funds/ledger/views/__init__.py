"""The public ledger in the browser: pages, pictures and files. Nothing here touches the person or the session."""

from funds.ledger.views.accounts import account, account_csv, account_xlsx, trial, trial_csv, trial_xlsx
from funds.ledger.views.closing import close
from funds.ledger.views.corrections import correction, corrections, redesignate, reverse_line
from funds.ledger.views.exchanges import exchange
from funds.ledger.views.exports import as_csv, as_json, as_jsonl, as_xlsx
from funds.ledger.views.fund import fund
from funds.ledger.views.maps import money_map
from funds.ledger.views.transactions import transaction

__all__ = [
    "account",
    "account_csv",
    "account_xlsx",
    "as_csv",
    "as_json",
    "as_jsonl",
    "as_xlsx",
    "close",
    "correction",
    "corrections",
    "exchange",
    "fund",
    "money_map",
    "redesignate",
    "reverse_line",
    "transaction",
    "trial",
    "trial_csv",
    "trial_xlsx",
]
