"""Pages of projects and of what people offer besides money."""

from funds.projects.views.offers import answer, follow, mine_withdraw, offer, offer_list, offer_new
from funds.projects.views.projects import copy, detail, open_project, project_list

__all__ = [
    "answer",
    "copy",
    "detail",
    "follow",
    "mine_withdraw",
    "offer",
    "offer_list",
    "offer_new",
    "open_project",
    "project_list",
]
