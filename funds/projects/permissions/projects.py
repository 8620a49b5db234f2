"""Who may open a project: whoever keeps the council's record, and only after the council has decided."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict, refused
from councils.meetings.models import Decision
from councils.meetings.states import Outcome
from funds.projects.models import Project
from users.permissions import Person, holds_role
from users.states import Role


def can_open(user: Person, decision: Decision, *, on: date) -> Verdict:
    """The chair or the secretary, for an adopted decision that has no project yet."""
    verdict = holds_role(user, [Role.CHAIR, Role.SECRETARY], decision.council.town, on=on)
    if not verdict:
        return verdict
    if decision.outcome != Outcome.ADOPTED:
        return refused(_("The council did not adopt this decision, so there is nothing to raise money for."))
    if Project.objects.filter(decision=decision).exists():
        return refused(_("This decision has its project already."))
    return verdict
