from importlib import import_module

from django.apps import AppConfig


class SpendingConfig(AppConfig):
    name = "funds.spending"
    label = "spending"

    def ready(self) -> None:
        """The ledger stands below this room and knows no requests: here it learns what stands behind a payment."""
        import_module("funds.spending.queries").tell_papers()
