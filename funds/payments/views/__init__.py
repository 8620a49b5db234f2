"""What the outside asks of this room: the webhook, and the pages of bank accounts and their statements."""

from funds.payments.views.webhook import webhook

__all__ = ["webhook"]
