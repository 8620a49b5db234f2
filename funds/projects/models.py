"""What a fund raises money for: a decided need with a cost. A project without an adopted decision cannot exist."""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from common.money import Money
from councils.meetings.models import Decision
from funds.ledger.models import CURRENCY_CHOICES, Earmark, Fund
from funds.projects.states import ProjectState
from users.models import User


class Project(models.Model):
    """Shares its id with the ledger's earmark, so that money can be followed without a join table."""

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

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(goal_minor__gt=0), name="project_goal"),
            models.CheckConstraint(condition=Q(id=models.F("earmark_id")), name="project_is_its_earmark"),
        ]

    @property
    def goal(self) -> Money:
        """What it costs."""
        return Money(self.goal_minor, self.currency)
