from django.apps import AppConfig


class TownsConfig(AppConfig):
    name = "towns"
