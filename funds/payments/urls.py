"""Addresses of this room."""

from django.urls import URLPattern, path

from funds.payments.views import webhook

app_name = "payments"
urlpatterns: list[URLPattern] = [path("webhook/", webhook, name="webhook")]
