"""What the council sees: the needs that wait, and the page on which one of them is answered."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError
from common.formats import relative_day
from councils.needs import actions, queries
from councils.needs.forms import REFUSE, AnswerForm, CursorForm
from councils.needs.models import Need
from councils.needs.permissions import can_answer, can_triage
from councils.needs.rules import excerpt
from councils.needs.states import Category, FiledBy, RefusalReason
from towns.queries import town_by_slug
from users.models import User
from users.permissions import is_signed_in


@never_cache
@login_required
@require_safe
def triage(request: HttpRequest, slug: str) -> HttpResponse:
    """Needs of a town that nobody has answered yet, the longest waiting first; ?after=<id of the last need seen>."""
    town = town_by_slug(slug=slug)
    today = day_of(now())
    can_triage(request.user, town, on=today).enforce()
    cursor = CursorForm(request.GET)
    page = queries.waiting_needs(town=town, after=cursor.cleaned_data["after"] if cursor.is_valid() else None)
    language = get_language()
    rows = [
        {
            "title": excerpt(need.text, 160),
            "category": Category(need.category).label,
            "quarter": need.quarter,
            "waiting": relative_day(day_of(need.filed_at), today, language),
            "by_helper": need.filed_by == FiledBy.HELPER,
            "photo": bool(need.photo),
            "url": reverse("needs:answer", args=[need.pk]),
        }
        for need in page.items
    ]
    context = {
        "town": town,
        "name": town.name_in(language),
        "rows": rows,
        "counts": queries.counts(town=town),
        "page": {"previous_url": "", "next_url": f"?after={page.next_after}" if page.next_after else ""},
    }
    return render(request, "needs/triage.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, need_id: UUID) -> HttpResponse:
    """Accept a need or refuse it with a reason and in words."""
    need = queries.any_need(need_id)
    moment = now()
    can_triage(request.user, need.town, on=day_of(moment)).enforce()
    verdict = can_answer(request.user, need, on=day_of(moment))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        try:
            _answer(actor=request.user, need=need, facts=form.cleaned_data, moment=moment)
        except DomainError as error:
            form.add_error(error.field, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            return redirect("needs:triage", slug=need.town.slug)
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "need": need,
        "name": need.town.name_in(get_language()),
        "category": Category(need.category).label,
        "filed_date": day_of(need.filed_at),
        "photo_url": reverse("needs:photo", args=[need.pk]) if need.photo else "",
        "form": form,
        "verdict": verdict,
    }
    return render(request, "needs/answer.html", context, status=status)


def _answer(*, actor: User, need: Need, facts: dict[str, str], moment: datetime) -> None:
    if facts["verdict"] == REFUSE:
        actions.refuse_need(
            actor=actor, need=need, reason=RefusalReason(facts["reason"]), answer=facts["answer"], now=moment
        )
    else:
        actions.accept_need(actor=actor, need=need, answer=facts["answer"], now=moment)
