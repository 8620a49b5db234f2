"""Questionnaires, their versions and the files that come with them. Versions only grow; they never hold an answer."""

from django.db import models

from common.ids import uuid7
from users.models import User


class Questionnaire(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    titles = models.JSONField(default=dict)


class QuestionnaireVersion(models.Model):
    """An imported XLSForm. Rows only grow; a change is a new version.

    `report` says what of the sheet is carried out differently or not kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    filename = models.CharField(max_length=120)
    source = models.BinaryField()
    source_sha256 = models.CharField(max_length=64)
    xform = models.TextField()
    compiled = models.JSONField()
    report = models.JSONField(default=list)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="version_number"),
            models.UniqueConstraint(fields=["questionnaire", "source_sha256"], name="version_source"),
        ]


class FormFile(models.Model):
    """A picture, sound or film that a questionnaire shows. Replaced only while no wave of the version has begun."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="files", db_index=False)
    name = models.CharField(max_length=80)
    content_type = models.CharField(max_length=60)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="form_file_name")]
