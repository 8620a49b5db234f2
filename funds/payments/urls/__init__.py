"""Addresses of this room's pages, whole. The webhook's stands apart, in urls/webhook.py: it has no language."""

from django.urls import URLPattern

app_name = "payments"
urlpatterns: list[URLPattern] = []
