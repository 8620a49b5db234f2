"""Addresses without a language."""

from django.urls import path

from portal import health, views

urlpatterns = [
    path("", views.root, name="root"),
    path("health/", health.health, name="health"),
]
