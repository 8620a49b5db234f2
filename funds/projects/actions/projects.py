"""Opening a project: the decision gets a cost, the ledger something to tie money to, and the need's money follows."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import uuid7
from common.money import Money
from councils.meetings.models import Decision
from funds.ledger.models import Earmark, Fund
from funds.projects.actions.needs import FOLLOWERS, move_money_of_need
from funds.projects.models import Project
from funds.projects.permissions import can_open
from funds.projects.rules import goal_is_possible
from users.models import User


@transaction.atomic
def open_project(
    *,
    actor: User,
    decision: Decision,
    title: str,
    summary: str,
    low_carbon_note: str,
    goal: Money,
    language: str,
    now: datetime,
    made_after: Project | None = None,
) -> Project:
    """Open the project of an adopted decision. Two people who try at once get one project; the second is told.

    `made_after` is the project of another town that it was copied from (`own_project` otherwise).
    """
    town = decision.council.town
    # Projects of one fund are opened one after the other: whoever comes second sees the first one's project.
    # (Not its key: gifts that are booked meanwhile need it.)
    fund = Fund.objects.select_for_update(no_key=True).filter(town=town).first()
    can_open(actor, decision, on=day_of(now)).enforce()
    if not goal_is_possible(goal):
        raise DomainError(
            "goal_out_of_range", _("The cost must lie between 10 000 and 1 000 000 000 tenge."), field="goal"
        )
    if fund is None:
        raise DomainError("no_fund", _("This town has no community foundation here yet."))
    if made_after is not None and made_after.fund_id == fund.pk:
        raise DomainError("own_project", _("This is a project of your own town. Choose one of another town."))
    identity = uuid7()
    earmark = Earmark.objects.create(id=identity, fund=fund, label=title)
    project = Project.objects.create(
        id=identity,
        earmark=earmark,
        fund=fund,
        decision=decision,
        title=title,
        summary=summary,
        language=language,
        low_carbon_note=low_carbon_note,
        goal_minor=goal.minor,
        currency=goal.currency,
        opened_at=now,
        opened_by=actor,
        made_after=made_after,
    )
    # What was given for the need before goes where the council has decided.
    move_money_of_need(fund=fund, need_id=decision.need_id, target=project.pk, subject=decision.pk, now=now)
    for follow in FOLLOWERS:
        follow(project, now)
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action="projects.open",
        object_type="project",
        object_id=project.pk,
        detail={"decision": str(decision.pk), "goal_minor": goal.minor, "currency": goal.currency}
        | ({"made_after": str(made_after.pk)} if made_after else {}),
    )
    return project
