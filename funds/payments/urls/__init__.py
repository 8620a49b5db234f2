"""Addresses of this room's pages, whole. The webhook's stands apart, in urls/webhook.py: it has no language."""

from django.urls import URLPattern, path

from funds.payments import views

app_name = "payments"
urlpatterns: list[URLPattern] = [
    path("treasury/inbox/", views.inbox, name="inbox"),
    path("treasury/inbox/<uuid:event_id>/again/", views.again, name="again"),
    path("treasury/<slug:slug>/accounts/", views.accounts, name="accounts"),
    path("treasury/<slug:slug>/accounts/new/", views.account_new, name="account_new"),
    path("treasury/<slug:slug>/accounts/<uuid:account_id>/", views.account, name="account"),
    path("treasury/<slug:slug>/accounts/<uuid:account_id>/close/", views.account_close, name="account_close"),
    path("treasury/<slug:slug>/import/<uuid:account_id>/", views.import_page, name="import"),
]
