from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "councils.indicators"
    label = "indicators"
