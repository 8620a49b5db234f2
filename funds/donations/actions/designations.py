"""Money tied to a need: the purse it stands in, and where it goes when the need gets a project or falls away.

Nothing here chooses a purpose: a giver named the need, and the council's decision or the leftover rule moves its money.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.actions import record
from councils.needs.models import Need
from councils.needs.rules import excerpt
from councils.needs.states import NeedState
from funds.donations.actions.letters import tell_redirected
from funds.donations.models import MonthlyGift
from funds.ledger.models import Earmark, Fund
from funds.projects.actions import move_money_of_need
from funds.projects.models import Project
from funds.projects.queries import project_of_need
from funds.projects.states import ProjectState

_LABEL = 120


def earmark_of_need(*, fund: Fund, need: Need) -> Earmark:
    """What money for a need is tied to. It shares the need's id and is made by the first gift; no audit entry."""
    earmark, _made = Earmark.objects.get_or_create(
        id=need.pk, defaults={"fund": fund, "label": excerpt(need.text, _LABEL)}
    )
    return earmark


def follow_into_project(project: Project, _now: datetime) -> None:
    """Monthly gifts for a need are for its project from the moment it is opened. A gift that was given stays what it
    was given for; its money is moved by the same transaction (funds.projects.actions.needs), and readers follow it.
    """
    MonthlyGift.objects.filter(fund_id=project.fund_id, need_id=project.decision.need_id).update(
        need=None, project=project
    )


@transaction.atomic
def lead_money_of_need_on(*, need_id: UUID, now: datetime) -> bool:
    """Money that stands with a need though it has a project by now, or has fallen away: move it on. True when moved.

    It stands there when a gift was booked in the very moment in which the project was opened.
    """
    need = Need.objects.get(pk=need_id)
    fund = Fund.objects.select_for_update(no_key=True, of=("self",)).select_related("town").get(town_id=need.town_id)
    project = project_of_need(need_id=need_id)
    if project is None and need.state != NeedState.REFUSED:
        return False
    # The leftover rule: what falls away goes to the fund as a whole.
    target, subject = (None, need_id) if project is None else (project.pk, project.decision_id)
    booked = move_money_of_need(fund=fund, need_id=need_id, target=target, subject=subject, now=now)
    if booked is None:
        return False
    record(
        now=now,
        actor_id=None,
        town_slug=fund.town.slug,
        action="donations.lead_on",
        object_type="need",
        object_id=need_id,
        detail={"seq": booked.seq},
    )
    return True


def purpose_now(*, project: Project | None, need: Need | None) -> tuple[Project | None, Need | None]:
    """Where money for this purpose goes at this moment: (project, need), at most one; neither: the fund as a whole.

    A need that has a project leads into it; what collects no more falls to the fund as a whole.
    """
    if need is not None:
        project = project_of_need(need_id=need.pk)
        if project is None:
            return None, need if need.state == NeedState.ACCEPTED else None
    return (project if project is not None and project.state == ProjectState.OPEN else None), None


def redirect_if_ended(monthly: MonthlyGift, now: datetime) -> bool:
    """Follow a purpose that has moved on, and tell the giver; True when it has. The row is locked by the caller."""
    project, need = purpose_now(project=monthly.project, need=monthly.need)
    if (project, need) == (monthly.project, monthly.need):
        return False
    ended = monthly.project if project is None else None
    monthly.project, monthly.need = project, need
    monthly.save(update_fields=["project", "need"])
    note_monthly(monthly, "donations.monthly_redirected", now)
    if ended is not None:
        tell_redirected(monthly, project_id=ended.pk, project=ended.title)
    return True


def locked_monthly(monthly_id: UUID) -> MonthlyGift:
    """The monthly gift with its fund, town and purpose, locked until the transaction ends."""
    rows = MonthlyGift.objects.select_for_update(of=("self",)).select_related("fund__town", "project", "need")
    return rows.get(pk=monthly_id)


def note_monthly(monthly: MonthlyGift, action: str, now: datetime, **detail: str | int) -> None:
    """The audit entry of a step: codes alone, and never who gives."""
    record(
        now=now,
        actor_id=None,
        town_slug=monthly.fund.town.slug,
        action=action,
        object_type="monthly",
        object_id=monthly.pk,
        detail=detail,
    )
