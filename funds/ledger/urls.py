"""Addresses of the public ledger."""

from django.urls import path

from funds.ledger import views

app_name = "ledger"
urlpatterns = [
    path("<slug:slug>/", views.fund, name="fund"),
    path("<slug:slug>/ledger.csv", views.as_csv, name="csv"),
    path("<slug:slug>/ledger.json", views.as_json, name="json"),
    path("<slug:slug>/ledger.jsonl", views.as_jsonl, name="jsonl"),
    path("<slug:slug>/ledger.xlsx", views.as_xlsx, name="xlsx"),
    path("<slug:slug>/account/", views.account, name="account"),
    path("<slug:slug>/account.csv", views.account_csv, name="account_csv"),
    path("<slug:slug>/account.xlsx", views.account_xlsx, name="account_xlsx"),
    path("<slug:slug>/trial/", views.trial, name="trial"),
    path("<slug:slug>/trial.csv", views.trial_csv, name="trial_csv"),
    path("<slug:slug>/trial.xlsx", views.trial_xlsx, name="trial_xlsx"),
    path("<slug:slug>/close/", views.close, name="close"),
    path("<slug:slug>/exchange/", views.exchange, name="exchange"),
    path("<slug:slug>/move/", views.redesignate, name="redesignate"),
    path("<slug:slug>/corrections/", views.corrections, name="corrections"),
    path("correction/<uuid:correction_id>/", views.correction, name="correction"),
    path("<slug:slug>/map/", views.money_map, name="map"),
    path("<slug:slug>/<int:seq>/", views.transaction, name="transaction"),
    path("<slug:slug>/<int:seq>/reverse/", views.reverse_line, name="reverse"),
]
