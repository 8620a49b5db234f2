from django.apps import AppConfig


class PrioritiesConfig(AppConfig):
    name = "councils.priorities"
    label = "priorities"
