from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "councils.members"
    label = "members"
