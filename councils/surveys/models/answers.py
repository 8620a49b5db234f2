"""Answer side: what was answered, written once when the wave is closed, shuffled whole. It knows no person and no day.

Open answers are kept apart from the closed ones, without a key between them: a sentence in which somebody can be
recognised must not lead to what the same person said about the akimat. Never add a moment, an order or a key here.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import random_id, uuid7
from councils.surveys.models.forms import Questionnaire
from councils.surveys.models.waves import Wave
from councils.surveys.states import Channel, OpenAnswerState
from users.models import User


class Response(models.Model):
    """One person's closed answers (canonical) and their codes for counting (0 = not answered).

    `channel` is shuffled: how many answers came which way is true, which of them came which way is not known.
    `batch` numbers the shuffled rows by a thousand at most, so that counting can go on where it stopped.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="responses", db_index=False)
    batch = models.PositiveIntegerField()
    channel = models.CharField(max_length=10, choices=Channel.choices)
    answers = models.JSONField()
    codes = ArrayField(models.SmallIntegerField())

    class Meta:
        indexes = [models.Index(fields=["wave", "batch"], name="response_batch")]


class OpenCode(models.Model):
    """One entry of a questionnaire's coding frame for an open question."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="codes", db_index=False)
    question = models.CharField(max_length=80)
    code = models.SlugField(max_length=40)
    labels = models.JSONField()
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["questionnaire", "question", "code"], name="open_code_once")]


class OpenAnswer(models.Model):
    """One open answer, held back until somebody has read it.

    It names no group of whoever gave it: a rare one would join a person's open answers to each other and to the closed.

    `text` is what was written; it is emptied when a redacted `published` text takes its place. A photo or sound has
    `file` in place of text. Nobody but the readers of the wave's town sees what has not been approved.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="open_answers", db_index=False)
    question = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    file = models.BinaryField(null=True)
    content_type = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=OpenAnswerState.choices, default=OpenAnswerState.WAITING)
    published = models.TextField(blank=True)
    codes = models.ManyToManyField(OpenCode, related_name="answers")
    read_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=OpenAnswerState.WAITING) ^ Q(read_at__isnull=False), name="open_answer_read"
            ),
        ]
        indexes = [models.Index(fields=["wave", "question", "state", "id"], name="open_answer_list")]
