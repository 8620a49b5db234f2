"""Closing the books: the treasurer looks at the trial balance first, and confirms in words what cannot be undone."""

from datetime import date
from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, NotFound
from funds.ledger import actions, permissions, queries
from funds.ledger.forms import CloseForm, CloseUntilForm
from funds.ledger.rules import proposed_end
from funds.ledger.views.balances import sections
from users.models import User


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """GET: the trial balance as of the chosen day, and the question. POST: the books are closed up to that day."""
    fund, moment = queries.fund_of_town(slug=slug), now()
    if not isinstance(request.user, User):
        raise NotFound("no_person", _("Sign in first."))
    today = day_of(moment)
    permissions.can_close(request.user, fund.town, on=today).enforce()
    closed = queries.closed_through(fund_id=fund.pk)
    # Without a head nothing is booked: there is no day to choose, the page says so, and closing is refused in words.
    known = {"today": today, "closed_through": closed or date.min}
    chosen = CloseUntilForm({"ends": request.GET.get("ends") or proposed_end(**known).isoformat()}, **known)
    form, status = CloseForm(initial={"ends": chosen["ends"].value()}, **known), HTTPStatus.OK
    if request.method == "POST":
        status, chosen = HTTPStatus.UNPROCESSABLE_ENTITY, CloseUntilForm(request.POST, **known)
        form = CloseForm(request.POST, **known)
        if form.is_valid():
            try:
                actions.close_period(actor=request.user, fund=fund, ends=form.cleaned_data["ends"], now=moment)
            except DomainError as error:
                form.add_error(None, str(error.message))
            else:
                return redirect("ledger:trial", slug)
    day = chosen.cleaned_data.get("ends") if chosen.is_valid() else None
    context = {
        "fund": fund,
        "town": fund.town,
        "booked": closed is not None,
        "chosen": chosen,
        "form": form,
        "day": day,
        "sections": sections(queries.closing_trial(fund_id=fund.pk, ends=day), slug, until=None) if day else [],
        "periods": queries.periods_of(fund_id=fund.pk),
    }
    return render(request, "ledger/close.html", context, status=status)
