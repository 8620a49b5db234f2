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
        # The room of projects stands below too: gifts for a need follow it into its project.
        follow_with = import_module("funds.projects.actions").follow_with
        follow_with(import_module("funds.donations.actions").follow_into_project)
        # And the ledger: a refund by hand whose line is reversed has not gone back.
        undone_with = import_module("funds.ledger.actions.corrections").undone_with
        undone_with(import_module("funds.donations.actions.refunds").refund_reversed, prefix="refund:")
