"""Reads of projects that pages need."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from councils.meetings.models import Decision
from councils.meetings.states import Outcome
from funds.projects.models import Project
from towns.models import Town

PAGE = 20


def project_version(project_id: UUID) -> int:
    """The version of the town that a project belongs to: one query for its pages' ETags."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(v.number), 0) FROM audit_version v WHERE v.town_slug IN ('', (SELECT t.slug"
            " FROM projects_project p JOIN ledger_fund f ON f.id = p.fund_id JOIN towns_town t ON t.id = f.town_id"
            " WHERE p.id = %s))",
            [project_id],
        )
        return int(cursor.fetchone()[0])


def project(project_id: UUID) -> Project:
    """One project with its fund, town, decision and need; raises NotFound."""
    found = Project.objects.select_related("fund__town", "decision__need", "decision__council").filter(pk=project_id)
    row = found.first()
    if row is None:
        raise NotFound("no_project", _("There is no such project."))
    return row


def projects_of_town(*, town: Town, before: tuple[datetime, UUID] | None = None, limit: int = PAGE) -> list[Project]:
    """The projects of a town, newest first; `before` is (opened_at, id) of the last one seen."""
    rows = Project.objects.filter(fund__town=town).select_related("fund__town", "decision__need")
    if before is not None:
        opened_at, project_id = before
        rows = rows.filter(opened_at__lte=opened_at).exclude(opened_at=opened_at, id__gte=project_id)
    return list(rows.order_by("-opened_at", "-id")[:limit])


def decisions_without_project(*, town: Town, limit: int = PAGE) -> list[Decision]:
    """Adopted decisions that nobody has opened a project for yet, the longest waiting first."""
    rows = Decision.objects.filter(council__town=town, outcome=Outcome.ADOPTED, project__isnull=True)
    return list(rows.order_by("recorded_at", "id")[:limit])


def project_of_need(*, need_id: UUID) -> Project | None:
    """The project that grew out of a need, if the council decided and opened one."""
    return Project.objects.select_related("fund__town", "decision").filter(decision__need_id=need_id).first()
