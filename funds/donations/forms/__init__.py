"""What people type about gifts."""

from funds.donations.forms.give import GiftForm

__all__ = ["GiftForm"]
