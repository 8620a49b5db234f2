from importlib import import_module

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "funds.payments"
    label = "payments"

    def ready(self) -> None:
        """Transfers to the bank are this room's own; rooms above say themselves what is theirs."""
        import_module("funds.payments.tasks").take_payouts()
