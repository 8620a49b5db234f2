"""What a fund raises money for, and what people offer besides money.

A project without an adopted decision cannot exist. An offer is never counted as money: it has a value in words alone.
"""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from common.money import Money
from councils.meetings.models import Decision
from funds.ledger.models import CURRENCY_CHOICES, Earmark, Fund
from funds.projects.states import OfferKind, OfferState, ProjectState
from users.models import User


class Project(models.Model):
    """Shares its id with the ledger's earmark, so that money can be followed without a join table.

    `made_after` is the project of another town that this one was copied from.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    earmark = models.OneToOneField(Earmark, on_delete=models.PROTECT, related_name="project")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="projects")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="project")
    title = models.CharField(max_length=200)
    summary = models.TextField(max_length=4000)
    language = models.CharField(max_length=2)
    low_carbon_note = models.TextField(max_length=1000, blank=True)
    goal_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES, default="KZT")
    state = models.CharField(max_length=10, choices=ProjectState.choices, default=ProjectState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_after = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(goal_minor__gt=0), name="project_goal"),
            models.CheckConstraint(condition=Q(id=models.F("earmark_id")), name="project_is_its_earmark"),
            models.CheckConstraint(condition=~Q(made_after=models.F("id")), name="project_not_after_itself"),
        ]

    @property
    def goal(self) -> Money:
        """What it costs."""
        return Money(self.goal_minor, self.currency)


class Offer(models.Model):
    """Skills or goods for a fund's projects, as public as a gift and thanked like one. `project` is where it went."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission_key = models.UUIDField(unique=True, editable=False)
    follow_code = models.CharField(max_length=43, unique=True)  # the secret in the giver's own address
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="offers")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=9, choices=OfferKind.choices)
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=2000)
    available_through = models.DateField(null=True, blank=True)
    giver_name = models.CharField(max_length=80, blank=True)
    giver_email = models.EmailField()
    name_public = models.BooleanField(default=False)
    language = models.CharField(max_length=2)
    giver = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="offers")
    state = models.CharField(max_length=9, choices=OfferState.choices, default=OfferState.OFFERED)
    answer = models.CharField(max_length=500, blank=True)
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    delivered_at = models.DateTimeField(null=True, blank=True)
    thanked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[OfferState.ACCEPTED, OfferState.DELIVERED])
                | Q(project__isnull=False, answered_by__isnull=False),
                name="offer_accepted_for_a_project",
            ),
            models.CheckConstraint(condition=~Q(state=OfferState.DECLINED) | ~Q(answer=""), name="offer_declined_why"),
            models.CheckConstraint(
                condition=Q(state=OfferState.DELIVERED) ^ Q(delivered_at__isnull=True), name="offer_delivered"
            ),
        ]
        indexes = [models.Index(fields=["fund", "-offered_at", "-id"], name="offer_latest")]
