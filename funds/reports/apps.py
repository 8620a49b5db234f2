"""The room of reports: reconciliation of the ledger with what banks and the card processor say."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "funds.reports"
    label = "reports"
