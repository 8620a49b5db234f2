"""Addresses of the reconciliation."""

from datetime import date

from django.urls import path, register_converter

from funds.reports import views


class DayConverter:
    """A day as `2026-11-22`; anything else is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "reports"
urlpatterns = [
    path("", views.reconciliation, name="reconciliation"),
    path("now/", views.ask, name="ask"),
    path("now/go/", views.reconcile_now, name="reconcile"),
    path("<day:day>/", views.run, name="run"),
]
