from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "councils.needs"
    label = "needs"
