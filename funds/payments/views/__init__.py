"""What the outside asks of this room: the webhook, and the pages of bank accounts and their statements."""

from funds.payments.views.accounts import account, account_close, account_new, accounts
from funds.payments.views.importing import import_page
from funds.payments.views.inbox import again, inbox
from funds.payments.views.webhook import webhook

__all__ = ["account", "account_close", "account_new", "accounts", "again", "import_page", "inbox", "webhook"]
