from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "funds.projects"
    label = "projects"
