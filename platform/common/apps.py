from datetime import UTC

from django.apps import AppConfig
from rest_framework.serializers import DateTimeField


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        # The API tells every moment in UTC; without this each serializer would have to remember it by itself.
        DateTimeField.timezone = UTC
