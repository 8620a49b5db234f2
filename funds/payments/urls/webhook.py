"""The address that the card processor calls. It stands outside the languages."""

from django.urls import URLPattern, path

from funds.payments.views import webhook

app_name = "stripe"
urlpatterns: list[URLPattern] = [path("webhook/", webhook, name="webhook")]
