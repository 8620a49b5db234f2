"""Reads of projects that pages need."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from councils.meetings.models import Decision
from councils.meetings.states import Outcome
from funds.projects.models import Project
from towns.models import Town

PAGE = 20


def project_version(project_id: UUID) -> int:
    """The version of the towns that a project and its copies belong to: one query for its pages' ETags."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(v.number), 0) FROM audit_version v WHERE v.town_slug IN (SELECT '' UNION SELECT t.slug"
            " FROM projects_project p JOIN ledger_fund f ON f.id = p.fund_id JOIN towns_town t ON t.id = f.town_id"
            " WHERE p.id = %s OR p.made_after_id = %s)",
            [project_id, project_id],
        )
        return int(cursor.fetchone()[0])


def project(project_id: UUID) -> Project:
    """One project with its fund, town, decision and need, and the project it was made after; raises NotFound."""
    found = Project.objects.select_related(
        "fund__town", "decision__need", "decision__council", "made_after__fund__town"
    ).filter(pk=project_id)
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


def copies_of(*, project: Project, limit: int = PAGE) -> list[Project]:
    """Projects of other towns that were made after this one, the first first."""
    return list(project.copies.select_related("fund__town").order_by("opened_at", "id")[:limit])


def newest_by_town(*, towns: Collection[str], each: int) -> list[Project]:
    """The newest projects of each of these towns (slugs), at most so many of one. One query."""
    place = Window(RowNumber(), partition_by="fund__town", order_by=["-opened_at", "-id"])
    rows = Project.objects.filter(fund__town__slug__in=towns).annotate(place=place).filter(place__lte=each)
    return list(rows.select_related("fund__town", "made_after__fund__town").order_by("-opened_at", "-id"))


def project_of_need(*, need_id: UUID) -> Project | None:
    """The project that grew out of a need, if the council decided and opened one."""
    return Project.objects.select_related("fund__town", "decision").filter(decision__need_id=need_id).first()
