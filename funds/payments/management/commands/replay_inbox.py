"""`manage.py replay_inbox`: every stored event is handled once more. Nothing is booked, mailed or moved twice by it.

For an operator who restored a database, or who mended a fault that let events pass unhandled.
"""

from typing import Any

from django.core.management.base import BaseCommand

from common.clock import now
from funds.payments.actions import replay
from funds.payments.tasks import book_movements, sweep_inbox


class Command(BaseCommand):
    help = "Handle every stored event of the card service once more; safe at any time."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print how many events were due again, and how many were looked at now; the worker does the rest."""
        due = replay(now=now())
        looked = sweep_inbox()
        booked = book_movements()
        self.stdout.write(f"{due} events due again, {looked} handled now, {booked} movements booked")
