"""Decisions of a council: the public list and page with the roll call, and the form on which one is written down."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError
from common.formats import date_long, date_short
from common.http import public_page
from councils.meetings import actions, queries
from councils.meetings.forms import CursorForm, DecisionForm, MinutesForm, day_asked_for
from councils.meetings.permissions import can_record
from councils.meetings.states import BADGES, CHOICE_BADGES, WHY, Outcome
from councils.members.queries import council_of, members_of, quorum_of, voting_members
from councils.needs.models import Need
from councils.needs.queries import any_need
from councils.needs.rules import excerpt, language_of
from councils.needs.states import NeedState
from councils.priorities.queries import place_of
from towns.invented import in_words
from towns.queries import town_by_slug
from transparency.queries import index_of
from transparency.queries.seals import seal_of
from users.permissions import is_signed_in


@require_safe
@public_page(queries.list_version)
def list_(request: HttpRequest, slug: str) -> HttpResponse:
    """The council of a town, what it decided (newest first; ?before=<number>), and what waits for a decision."""
    town = town_by_slug(slug=slug)
    cursor = CursorForm(request.GET)
    before = cursor.cleaned_data["before"] if cursor.is_valid() else None
    page = queries.page_of_decisions(town=town, before=before)
    language = get_language()
    council = council_of(town=town)
    context = {
        "town": town,
        "name": town.name_in(language),
        "council": council,
        "basis": in_words(council.legal_basis) if council else "",
        "quorum": quorum_of(council=council) if council else None,
        "members": members_of(town=town, on=day_of(now())) if council else [],
        "rows": [
            {
                "title": decision.title,
                "url": reverse("meetings:detail", args=[decision.pk]),
                "meta": f"№ {decision.number} · {date_long(decision.decided_date, language)}",
                "badge_text": Outcome(decision.outcome).label,
                "state": BADGES[Outcome(decision.outcome)],
                "decision": decision,
            }
            for decision in page.items
        ],
        "waiting": [
            {
                "title": excerpt(need.text),
                "language": need.language,
                "url": reverse("needs:detail", args=[need.pk]),
                "since": date_short(day_of(need.answered_at), language) if need.answered_at else "",
            }
            for need in queries.undecided_needs(town=town)
        ],
        "minutes": [
            (reverse("meetings:minutes", args=[one.pk]), one.number, date_long(one.sitting_date, language))
            for one in queries.minutes_of_town(town=town)
        ],
        "first_url": reverse("meetings:list", args=[slug]) if before else "",
        "page": {"previous_url": "", "next_url": f"?before={page.next_before}" if page.next_before else ""},
    }
    return render(request, "meetings/list.html", context)


@require_safe
@public_page(queries.decision_version)
def detail(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """One decision with its roll call and the numbers that the rule was applied to."""
    decision = queries.decision(decision_id)
    language = get_language()
    context = {
        "decision": decision,
        "town": decision.council.town,
        "name": decision.council.town.name_in(language),
        "outcome": Outcome(decision.outcome).label,
        "state": BADGES[Outcome(decision.outcome)],
        "verdict": WHY[Outcome(decision.outcome)],
        "present": decision.in_favour + decision.against + decision.abstained + decision.recused,
        "need_title": excerpt(decision.need.text),
        "need_url": reverse("needs:detail", args=[decision.need_id]),
        "chain_url": reverse("portal:chain", args=[decision.need_id]),
        "priority": place_of(town_id=decision.council.town_id, need=decision.need.category),
        "rows": [(row, CHOICE_BADGES[row.choice]) for row in queries.roll_call(decision=decision)],
    }
    return render(request, "meetings/detail.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, need_id: UUID) -> HttpResponse:
    """Write down what the council decided about a need, with the roll call of the day of the meeting."""
    need = any_need(need_id)
    moment = now()
    today = day_of(moment)
    can_record(request.user, need.town, on=today).enforce()
    sent = request.POST if request.method == "POST" else None
    members = voting_members(town=need.town, on=day_asked_for(sent, today=today))
    form = DecisionForm(sent, members=members, today=today)
    status = HTTPStatus.OK
    if form.is_bound and form.is_valid() and is_signed_in(request.user):
        facts = form.cleaned_data
        try:
            decision = actions.record_decision(
                actor=request.user,
                need=need,
                title=facts["title"],
                text=facts["text"],
                language=language_of(facts["text"], get_language()),
                decided_date=facts["decided_date"],
                roll=form.roll(),
                submission=facts["submission"],
                now=moment,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            return redirect("meetings:detail", decision_id=decision.pk)
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    council = council_of(town=need.town)
    context = {
        "need": need,
        "need_title": excerpt(need.text),
        "need_url": reverse("needs:detail", args=[need.pk]),
        "town": need.town,
        "name": need.town.name_in(get_language()),
        "form": form,
        "seats": council.seats if council else None,
        "quorum": quorum_of(council=council) if council else None,
        "obstacle": _obstacle(need=need, has_council=council is not None, members=len(members)),
        "adopted": queries.adopted_decision_of(need_id=need.pk),
    }
    return render(request, "meetings/record.html", context, status=status)


@require_safe
@public_page(queries.minutes_version)
def minutes(request: HttpRequest, minutes_id: UUID) -> HttpResponse:
    """The minutes of one sitting: who was there, what was said, what was decided, and the proof in the public log."""
    found = queries.minutes(minutes_id)
    town = found.council.town
    attendance = queries.attendance_of(minutes=found)
    index = index_of(found.pk)
    context = {
        "minutes": found,
        "town": town,
        "name": town.name_in(get_language()),
        "attendance": attendance,
        "present": sum(present for _name, _role, present in attendance),
        "decisions": [
            (reverse("meetings:detail", args=[one.pk]), one, Outcome(one.outcome).label, BADGES[Outcome(one.outcome)])
            for one in queries.minuted_decisions(minutes=found)
        ],
        "seal": seal_of(slug=town.slug, index=index) if index is not None else None,
    }
    return render(request, "meetings/minutes.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write_minutes(request: HttpRequest, slug: str) -> HttpResponse:
    """The chair or the secretary publishes the minutes of a sitting, once."""
    town, moment = town_by_slug(slug=slug), now()
    today = day_of(moment)
    can_record(request.user, town, on=today).enforce()
    sent = request.POST if request.method == "POST" else None
    day = day_asked_for(sent or request.GET, today=today, name="sitting_date")
    form = MinutesForm(sent, members=voting_members(town=town, on=day), today=day)
    status = HTTPStatus.OK
    if form.is_bound and form.is_valid() and is_signed_in(request.user):
        facts = form.cleaned_data
        try:
            published = actions.publish_minutes(
                actor=request.user,
                town=town,
                sitting_date=facts["sitting_date"],
                text=facts["text"],
                language=language_of(facts["text"], get_language()),
                present=form.present(),
                submission=facts["submission"],
                now=moment,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            return redirect("meetings:minutes", minutes_id=published.pk)
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "town": town,
        "name": town.name_in(get_language()),
        "form": form,
        "has_council": council_of(town=town) is not None,
        "decisions": queries.decisions_of_day(town=town, on=day),
    }
    return render(request, "meetings/write_minutes.html", context, status=status)


def _obstacle(*, need: Need, has_council: bool, members: int) -> str | Promise:
    """Why no decision can be written down now, before anybody types a word; "" when one can."""
    if not has_council:
        return _("This town has no council yet. The administrator founds it.")
    if need.state != NeedState.ACCEPTED:
        return _("The council decides on needs that it has accepted. Answer this need first.")
    if not members:
        return _("The council has no members with a vote today. The administrator appoints them.")
    return ""
