"""Reads of projects and offers that pages need."""

from funds.projects.queries.offers import offer_by_code, offer_of, offer_version, offers_of_fund, offers_of_project
from funds.projects.queries.projects import (
    PAGE,
    copies_of,
    decisions_without_project,
    newest_by_town,
    project,
    project_of_need,
    project_version,
    projects_of_town,
)
from funds.projects.queries.totals import totals_of_projects

__all__ = [
    "PAGE",
    "copies_of",
    "decisions_without_project",
    "newest_by_town",
    "offer_by_code",
    "offer_of",
    "offer_version",
    "offers_of_fund",
    "offers_of_project",
    "project",
    "project_of_need",
    "project_version",
    "projects_of_town",
    "totals_of_projects",
]
