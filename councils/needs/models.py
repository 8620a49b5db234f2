"""Needs of residents. A need may be anonymous to everybody: then nothing here may lead to the person who filed it.

Neither may the id: it stands in public addresses, so it is random and does not hold the moment of filing.
"""

from django.db import models
from django.db.models import Q

from common.ids import random_id
from councils.needs.states import Category, FiledBy, NeedState, RefusalReason
from towns.models import Town
from users.models import User


class Need(models.Model):
    """What a resident says the town needs, and what the council answered."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    ticket = models.CharField(max_length=11, unique=True)
    # One sending of one text: a double tap or two open pages file it once (rules.submission_key).
    submission_key = models.UUIDField(unique=True, editable=False)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="needs")
    text = models.TextField(max_length=2000)
    language = models.CharField(max_length=2)
    category = models.CharField(max_length=20, choices=Category.choices)
    quarter = models.CharField(max_length=80, blank=True)
    photo = models.FileField(upload_to="needs/", blank=True)
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="needs")
    filed_by = models.CharField(max_length=10, choices=FiledBy.choices, default=FiledBy.WEB)
    helper = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=NeedState.choices, default=NeedState.SUBMITTED)
    filed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    refusal_reason = models.CharField(max_length=12, choices=RefusalReason.choices, blank=True)
    answer = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="need_text"),
            models.CheckConstraint(
                condition=Q(state=NeedState.REFUSED) ^ Q(refusal_reason=""), name="need_refused_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(state=NeedState.SUBMITTED, answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(state=NeedState.SUBMITTED) & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="need_answered",
            ),
            models.CheckConstraint(
                condition=Q(filed_by=FiledBy.HELPER) ^ Q(helper__isnull=True), name="need_helper_named"
            ),
            models.CheckConstraint(
                condition=Q(filed_by=FiledBy.WEB) | Q(author__isnull=True), name="need_of_helper_is_anonymous"
            ),
            models.CheckConstraint(condition=~Q(state=NeedState.REFUSED) | ~Q(answer=""), name="need_refused_in_words"),
        ]
        indexes = [models.Index(fields=["town", "-filed_at", "-id"], name="need_town_filed")]
