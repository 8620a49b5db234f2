"""Pages of projects. What was given and spent comes from the ledger, never from a counter."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit.queries import site_version, town_version
from common.clock import day_of, now
from common.cursors import id_of
from common.errors import DomainError, Forbidden
from common.http import public_page
from councils.meetings.models import Decision
from funds.ledger.queries import EarmarkTotals
from funds.projects import actions, queries
from funds.projects.forms import ProjectForm
from funds.projects.models import Project
from funds.projects.permissions import can_open
from funds.projects.rules import funded_share
from towns.models import Town
from users.models import User


def _funding(project: Project, totals: list[EarmarkTotals]) -> dict[str, object]:
    own = [t.spent.minor for t in totals if t.spent.currency == project.currency]
    return {
        "project": project,
        "totals": totals,
        "given": funded_share(project.goal, [t.gifts for t in totals]),
        "spent": min(1.0, sum(own) / project.goal_minor),
    }


@require_safe
@public_page(town_version)
def project_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The projects of a town, newest first."""
    town = get_object_or_404(Town, slug=slug)
    after = id_of(request.GET.get("after", ""))
    start = Project.objects.filter(pk=after).values_list("opened_at", "id").first() if after else None
    found = queries.projects_of_town(town=town, before=start, limit=queries.PAGE + 1)
    more, found = len(found) > queries.PAGE, found[: queries.PAGE]
    totals = queries.totals_of_projects(projects=found)
    context = {
        "town": town,
        "rows": [_funding(project, totals.get(project.pk, [])) for project in found],
        "waiting": queries.decisions_without_project(town=town),
        "pager": {"previous_url": "", "next_url": f"?after={found[-1].pk}" if more else "", "position": ""},
    }
    return render(request, "projects/list.html", context)


@require_safe
@public_page(queries.project_version)
def detail(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """One project: why, what it costs, how far it is."""
    project = queries.project(project_id)
    totals = queries.totals_of_projects(projects=[project]).get(project.pk, [])
    context = {
        **_funding(project, totals),
        "town": project.fund.town,
        "decision": project.decision,
        "copies": queries.copies_of(project=project),
    }
    return render(request, "projects/detail.html", context)


@require_safe
@public_page(site_version)
def copy(request: HttpRequest, slug: str, project_id: UUID) -> HttpResponse:
    """A project of another town, and the decisions of this one that it could be copied for. No decision, no project."""
    town = get_object_or_404(Town, slug=slug)
    source = queries.project(project_id)
    own = source.fund.town_id == town.pk
    waiting = [] if own else queries.decisions_without_project(town=town)
    context = {"town": town, "source": source, "own": own, "waiting": waiting}
    return render(request, "projects/copy.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def open_project(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Open the project of an adopted decision; ?like=<project> fills the form from another town's project."""
    moment = now()
    actor = request.user
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    decision = get_object_or_404(Decision.objects.select_related("council__town", "need"), pk=decision_id)
    can_open(actor, decision, on=day_of(moment)).enforce()
    like = id_of(request.GET.get("like", ""))
    source = queries.project(like) if like else None
    form = ProjectForm(request.POST or None, initial=_as_there(source) if source else {"title": decision.title})
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                project = actions.open_project(
                    actor=actor,
                    decision=decision,
                    language=get_language() or "kk",
                    now=moment,
                    made_after=source,
                    **form.cleaned_data,
                )
            except DomainError as error:
                form.add_error(error.field, str(error.message))
            else:
                return redirect("projects:detail", project.pk)
    context = {"form": form, "decision": decision, "town": decision.council.town, "source": source}
    return render(request, "projects/open.html", context, status=status)


def _as_there(source: Project) -> dict[str, str]:
    """The words of another town's project. What it costs here this council must find out itself."""
    return {"title": source.title, "summary": source.summary, "low_carbon_note": source.low_carbon_note}
