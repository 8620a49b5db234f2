"""What a survey's endpoint usually is: Django REST framework's ModelSerializer, nested, and a row for every answer.

Written to be fair: rows in one bulk insert and one transaction, connections kept, no browsable pages. Run with `create`
it makes its tables and prints the questions' numbers.
"""

import os
import sys
from typing import Any, ClassVar
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

if not settings.configured:
    _url = urlsplit(os.environ["DATABASE_OWNER_URL"])
    settings.configure(
        SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "bench"),
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=sys.modules[__name__],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": _url.hostname,
                "PORT": _url.port,
                "NAME": _url.path.strip("/"),
                "USER": _url.username,
                "PASSWORD": _url.password,
                "CONN_MAX_AGE": None,
            }
        },
        REST_FRAMEWORK={
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
        },
    )
    django.setup()

from django.db import connection, models, transaction
from django.urls import path
from rest_framework import generics, serializers


class Question(models.Model):
    objects: ClassVar[models.Manager["Question"]] = models.Manager()
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        app_label = "rows"


class Response(models.Model):
    objects: ClassVar[models.Manager["Response"]] = models.Manager()
    key = models.UUIDField(unique=True)
    day = models.DateField(auto_now_add=True)

    class Meta:
        app_label = "rows"


class Answer(models.Model):
    objects: ClassVar[models.Manager["Answer"]] = models.Manager()
    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT)
    value = models.CharField(max_length=2000)

    class Meta:
        app_label = "rows"
        constraints = [models.UniqueConstraint(fields=["response", "question"], name="one_answer")]


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    class Meta:
        model = Answer
        fields = ["question", "value"]


class ResponseSerializer(serializers.ModelSerializer[Response]):
    answers = AnswerSerializer(many=True)

    class Meta:
        model = Response
        fields = ["key", "answers"]

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Response:
        answers = validated_data.pop("answers")
        response = Response.objects.create(**validated_data)
        Answer.objects.bulk_create([Answer(response=response, **answer) for answer in answers])
        return response


class Responses(generics.CreateAPIView[Response]):
    queryset = Response.objects.all()
    serializer_class = ResponseSerializer


urlpatterns = [path("responses/", Responses.as_view())]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        for model in (Question, Response, Answer):
            editor.create_model(model)
    Question.objects.bulk_create([Question(name=name) for name in sys.argv[1:]])
    print(*Question.objects.order_by("pk").values_list("pk", flat=True))
