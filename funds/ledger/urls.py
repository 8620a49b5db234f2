"""Addresses of the public ledger."""

from django.urls import path

from funds.ledger import views

app_name = "ledger"
urlpatterns = [
    path("<slug:slug>/", views.fund, name="fund"),
    path("<slug:slug>/ledger.csv", views.as_csv, name="csv"),
    path("<slug:slug>/ledger.json", views.as_json, name="json"),
    path("<slug:slug>/<int:seq>/", views.transaction, name="transaction"),
]
