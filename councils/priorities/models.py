"""What a council puts first. A published list is never changed: a new one replaces it, and both stay readable.

The database holds the rule itself: a need outside the ranks that the evidence allows cannot be stored without a reason.
"""

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from councils.indicators.models import Publication
from councils.members.models import Council
from users.models import User


class PriorityDraft(models.Model):
    """The list that chair and secretary are working on: [{need, place, reason}], and what the council says about it.

    Never public, one for each council.
    """

    council = models.OneToOneField(Council, on_delete=models.PROTECT, related_name="priority_draft", primary_key=True)
    entries = models.JSONField(default=list)
    text = models.TextField(max_length=2000, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")


class PriorityList(models.Model):
    """A list as it was published, with the vintage of figures that it was laid beside.

    Of `judged` places that the evidence can judge `departed` depart from it. The id is the key of the form: however
    often that is sent, a list is published once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="priority_lists", db_index=False)
    number = models.PositiveIntegerField()
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_date = models.DateField()
    text = models.TextField(max_length=2000, blank=True)
    language = models.CharField(max_length=2)
    judged = models.PositiveSmallIntegerField()
    departed = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council", "number"], name="priority_list_number"),
            models.CheckConstraint(condition=Q(departed__lte=F("judged")), name="priority_list_departed"),
        ]


class Priority(models.Model):
    """A need of a list with its place beside the ranks `best`..`worst` of the evidence, whose own place is `evidence`.

    `place` is empty for a need that the list leaves out although the evidence puts it within. A reason is needed
    wherever `departs`.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(PriorityList, on_delete=models.PROTECT, related_name="priorities", db_index=False)
    need = models.CharField(max_length=60)
    place = models.PositiveSmallIntegerField(null=True)
    evidence = models.PositiveSmallIntegerField(null=True)
    best = models.PositiveSmallIntegerField(null=True)
    worst = models.PositiveSmallIntegerField(null=True)
    departs = models.BooleanField()
    reason = models.TextField(max_length=600, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "need"], name="priority_once"),
            models.UniqueConstraint(fields=["list", "place"], name="priority_place_once"),
            models.CheckConstraint(condition=Q(departs=False) | ~Q(reason=""), name="priority_departs_with_reason"),
            models.CheckConstraint(
                condition=Q(best__isnull=True, departs=False, place__isnull=False)
                | Q(place__isnull=True, best__isnull=False, departs=True)
                | Q(place__isnull=False, best__isnull=False, place__gte=F("best"), place__lte=F("worst"), departs=False)
                | Q(place__isnull=False, best__isnull=False, place__lt=F("best"), departs=True)
                | Q(place__isnull=False, best__isnull=False, place__gt=F("worst"), departs=True),
                name="priority_departs_outside_its_ranks",
            ),
        ]
