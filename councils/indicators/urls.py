"""Addresses of published results."""

from django.urls import path

from councils.indicators.views import pages

app_name = "indicators"
urlpatterns = [
    path("<uuid:wave_id>/", pages.wave, name="wave"),
    path("<uuid:wave_id>/summary.xlsx", pages.xlsx, name="xlsx"),
    path("<uuid:wave_id>/summary.csv", pages.as_csv, name="csv"),
]
