"""Offers of skills and goods: the public list, one offer, making one, answering it, and the giver's own page.

The giver's page opens with a secret address and shows nothing of anybody else.
"""

import logging
from datetime import datetime
from http import HTTPStatus
from smtplib import SMTPException
from typing import Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.queries import town_version
from common.clock import day_of, now
from common.cursors import id_of
from common.errors import DomainError, Forbidden
from common.http import public_page
from common.pace import HOUR, may_go_on
from funds.ledger.models import Fund
from funds.ledger.queries import fund_of_town
from funds.projects import actions, queries
from funds.projects.forms import AnswerForm, OfferForm
from funds.projects.forms.offers import ACCEPT, DECLINE, DELIVERED
from funds.projects.models import Offer, Project
from funds.projects.permissions import can_answer
from funds.projects.rules.offers import likely_projects
from funds.projects.states import OfferState, ProjectState
from users.models import User
from users.permissions import is_signed_in

OFFERS_AN_HOUR: Final = 10
_LIKELY: Final = 3

logger = logging.getLogger(__name__)


def _open_projects(fund: Fund) -> list[Project]:
    return list(Project.objects.filter(fund=fund, state=ProjectState.OPEN).order_by("opened_at", "pk"))


@require_safe
@public_page(town_version)
def offer_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What people offer to a town besides money, newest first."""
    fund = fund_of_town(slug=slug)
    before = id_of(request.GET.get("after", ""))
    found = queries.offers_of_fund(fund_id=fund.pk, before=before, limit=21)
    more, found = len(found) > 20, found[:20]  # noqa: PLR2004
    pager = {"previous_url": "", "next_url": f"?after={found[-1].id}" if more else "", "position": ""}
    return render(request, "projects/offers.html", {"town": fund.town, "offers": found, "pager": pager})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer_new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for an offer. `?project=` chooses one beforehand."""
    fund = fund_of_town(slug=slug)
    projects = _open_projects(fund)
    status = HTTPStatus.OK
    if request.method == "POST":
        form = OfferForm(request.POST, projects=projects, today=day_of(now()))
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            if may_go_on(request, purpose="projects.offer", at_most=OFFERS_AN_HOUR, seconds=HOUR):
                offer = _made(request, fund, form)
                return redirect("projects:follow", follow_code=offer.follow_code)
            status = HTTPStatus.TOO_MANY_REQUESTS
            form.add_error(None, _("Too many offers came from your network within an hour. Please try again later."))
    else:
        wanted = request.GET.get("project", "")
        chosen = next((one for one in projects if str(one.pk) == wanted), None)
        form = OfferForm(projects=projects, project=chosen, today=day_of(now()))
    return render(request, "projects/offer_new.html", {"form": form, "town": fund.town}, status=status)


def _made(request: HttpRequest, fund: Fund, form: OfferForm) -> Offer:
    facts = {name: value for name, value in form.cleaned_data.items() if name not in ("purpose", "submission")}
    moment = now()
    offer = actions.make_offer(
        fund=fund,
        project=form.project,
        language=get_language() or "kk",
        giver=request.user if is_signed_in(request.user) else None,
        submission_key=form.submission_key,
        now=moment,
        **facts,
    )
    if offer.offered_at == moment:  # else the other click of a double click has mailed
        _tell(offer)
    return offer


def _tell(offer: Offer) -> None:
    # The offer stands whether or not the mail server answers; its page says the same as the letter.
    try:
        actions.tell_giver(offer=offer)
    except (OSError, SMTPException) as error:
        logger.warning("The letter about offer %s was not sent: %s", offer.pk, type(error).__name__)


@require_safe
@public_page(queries.offer_version)
def offer(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """One offer as everybody may see it."""
    found = queries.offer_of(offer_id=offer_id)
    name = found.giver_name if found.name_public else _("Anonymous")
    return render(request, "projects/offer.html", {"offer": found, "town": found.fund.town, "name": name})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """The fund's answer to an offer."""
    actor, moment = request.user, now()
    if not isinstance(actor, User):
        raise Forbidden("forbidden", "")
    found = queries.offer_of(offer_id=offer_id)
    can_answer(actor, found.fund, on=day_of(moment)).enforce()
    projects = _open_projects(found.fund)
    likely = _likely(found, projects)
    # What was pressed is read even where the offer has moved since: of a double click the second changes nothing.
    pressed = request.POST.get("verdict", "")
    form = AnswerForm(
        request.POST or None,
        projects=sorted(projects, key=lambda one: one.pk not in likely),
        project=found.project,
        taken=pressed == DELIVERED if pressed in (ACCEPT, DELIVERED) else found.state == OfferState.ACCEPTED,
    )
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                done = _answered(found, form, actor, moment)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                if done.answered_at == moment:  # else the other click of a double click has mailed
                    _tell(done)
                return redirect("projects:offers", slug=found.fund.town.slug)
    context = {"form": form, "offer": found, "town": found.fund.town, "likely": likely.values()}
    return render(request, "projects/offer_answer.html", context, status=status)


def _likely(offer: Offer, projects: list[Project]) -> dict[UUID, tuple[Project, str]]:
    """The open projects that share words with an offer, the likeliest first, with those words. One query at most."""
    needs = dict(Project.objects.filter(pk__in=[one.pk for one in projects]).values_list("pk", "decision__need__text"))
    told = {one.pk: f"{one.title} {one.summary} {needs[one.pk]}" for one in projects}
    by_id = {one.pk: one for one in projects}
    found = likely_projects(offer=f"{offer.title} {offer.text}", projects=told)
    return {key: (by_id[key], ", ".join(words)) for key, words in list(found.items())[:_LIKELY]}


def _answered(offer: Offer, form: AnswerForm, actor: User, moment: datetime) -> Offer:
    said = form.cleaned_data["answer"]
    if form.cleaned_data["verdict"] == ACCEPT:
        return actions.accept_offer(offer_id=offer.pk, project=form.chosen, answer=said, actor=actor, now=moment)
    if form.cleaned_data["verdict"] == DECLINE:
        return actions.decline_offer(offer_id=offer.pk, answer=said, actor=actor, now=moment)
    return actions.deliver_offer(offer_id=offer.pk, actor=actor, now=moment)


@never_cache
@require_safe
def follow(request: HttpRequest, follow_code: str) -> HttpResponse:
    """The giver's own page: where the offer stands, and the way to take it back."""
    found = queries.offer_by_code(code=follow_code)
    may_withdraw = found.state in (OfferState.OFFERED, OfferState.ACCEPTED)
    context = {"offer": found, "town": found.fund.town, "may_withdraw": may_withdraw}
    return render(request, "projects/offer_follow.html", context)


@never_cache
@require_POST
def mine_withdraw(request: HttpRequest, follow_code: str) -> HttpResponse:
    """Take one's own offer back."""
    found = queries.offer_by_code(code=follow_code)
    actions.withdraw_offer(follow_code=found.follow_code, now=now())
    return redirect("projects:follow", follow_code=follow_code)
