from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "councils.meetings"
    label = "meetings"
