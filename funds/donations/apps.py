from importlib import import_module

from django.apps import AppConfig


class DonationsConfig(AppConfig):
    name = "funds.donations"
    label = "donations"

    def ready(self) -> None:
        """The inbox of payments stands below this room and knows no gifts: here it learns which events are ours."""
        tasks = import_module("funds.donations.tasks")
        tasks.take_events()
        tasks.take_monthly_events()
