from importlib import import_module

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "funds.ledger"
    label = "ledger"

    def ready(self) -> None:
        """A line that a decision of the council moved shows that decision."""
        import_module("funds.ledger.queries.corrections").tell_papers()
