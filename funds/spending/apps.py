from django.apps import AppConfig


class SpendingConfig(AppConfig):
    name = "funds.spending"
    label = "spending"
