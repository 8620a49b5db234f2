"""Giving gifts back by four eyes: the treasurer finds the gift and asks, an approver confirms or refuses."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, NotFound
from funds.donations.actions.refunds import answer_refund, ask_for_refund, returnable
from funds.donations.forms.refunds import FindGiftForm, RefundAnswerForm, RefundForm
from funds.donations.permissions import can_ask_for_refund, can_confirm_refund, can_see_refunds
from funds.donations.queries.returns import gift_by_code, gift_to_return, refund_to_answer, refunds_of_fund
from funds.donations.queries.standings import standing_of
from funds.donations.states import Method
from funds.donations.tasks.refunding import give_back_soon
from funds.ledger.queries import fund_of_town
from users.models import User


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("no_person", _("Sign in first."))
    return request.user


@never_cache
@login_required
@require_safe
def refunds(request: HttpRequest, slug: str) -> HttpResponse:
    """What goes back or waits for a second person; the treasurer looks for a gift by what its giver sent."""
    user, fund = _person(request), fund_of_town(slug=slug)
    today = day_of(now())
    can_see_refunds(user, fund.town, on=today).enforce()
    asks = bool(can_ask_for_refund(user, fund.town, on=today))
    form, status = FindGiftForm(request.GET if "code" in request.GET else None), HTTPStatus.OK
    if asks and form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            gift = gift_by_code(fund_id=fund.pk, code=form.cleaned_data["code"])
            if gift is not None:
                return redirect("donations:refund", gift.pk)
            form.add_error("code", _("No gift of this fund has this code. Check that it was copied whole."))
    rows = refunds_of_fund(fund_id=fund.pk)
    context = {"fund": fund, "town": fund.town, "rows": rows, "form": form if asks else None}
    return render(request, "donations/refunds.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def refund(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """One gift, what of it can still go back, and the wish to give it back."""
    user, moment, gift = _person(request), now(), gift_to_return(gift_id=gift_id)
    can_ask_for_refund(user, gift.fund.town, on=day_of(moment)).enforce()
    left = returnable(gift)
    form, status = RefundForm(request.POST if request.method == "POST" else None, left=left), HTTPStatus.OK
    if form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            facts = form.cleaned_data
            try:
                asked = ask_for_refund(
                    actor=user,
                    gift_id=gift.pk,
                    amount=form.amount_back,
                    reason=facts["reason"],
                    submission=facts["submission"],
                    now=moment,
                )
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return redirect("donations:refund_answer", asked.pk)
    context = {"gift": gift, "town": gift.fund.town, "form": form, "left": left, "standing": standing_of(gift)}
    return render(request, "donations/refund.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def refund_answer(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """What was asked for; an approver who did not ask confirms or refuses."""
    user, moment, wished = _person(request), now(), refund_to_answer(refund_id=refund_id)
    town, today = wished.gift.fund.town, day_of(moment)
    can_see_refunds(user, town, on=today).enforce()
    may = can_confirm_refund(user, wished, town, on=today)
    form, status = RefundAnswerForm(request.POST if request.method == "POST" else None), HTTPStatus.OK
    if form.is_bound:
        may.enforce()
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            accepted = form.cleaned_data["answer"] == "back"
            try:
                with transaction.atomic():
                    answer_refund(
                        actor=user,
                        refund_id=wished.pk,
                        accepted=accepted,
                        answer=form.cleaned_data["reason"],
                        now=moment,
                    )
                    if accepted and wished.gift.method == Method.CARD:
                        transaction.on_commit(partial(give_back_soon, wished.pk))
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return redirect("donations:refund_answer", wished.pk)
    context = {"wished": wished, "gift": wished.gift, "town": town, "form": form, "may": may}
    return render(request, "donations/refund_answer.html", context, status=status)
