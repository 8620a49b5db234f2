"""Who did what, when, to which thing. It only grows, and it never holds a survey answer or who gave one."""

from django.conf import settings
from django.db import models


class Record(models.Model):
    """One write. `town_slug` is text, not a key: this room stands below the towns."""

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    town_slug = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="audit_object")]


class Version(models.Model):
    """How many writes a town has seen. Bumped inside the write's own transaction: the key of its pages' ETags."""

    town_slug = models.CharField(max_length=40, primary_key=True)
    number = models.BigIntegerField(default=0)
