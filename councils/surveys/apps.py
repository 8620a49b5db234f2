from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "councils.surveys"
    label = "surveys"
