"""Corrections by four eyes: the treasurer asks for a reversal or a redesignation, an approver books it or refuses."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError
from councils.meetings.queries import adopted_decisions
from funds.ledger import actions, permissions, queries
from funds.ledger.actions import Rehearsal
from funds.ledger.forms import AnswerForm, RedesignationForm, ReversalForm
from funds.ledger.models import Correction
from funds.ledger.states import Kind
from funds.ledger.views.steps import Facts, person, shown, two_steps

_AFTERWARDS = _("Nothing is booked yet: an approver of the fund has to confirm it first.")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def reverse_line(request: HttpRequest, slug: str, seq: int) -> HttpResponse:
    """The treasurer asks to undo one line by its exact mirror, with a reason."""
    user, moment = person(request), now()
    fund = queries.fund_of_town(slug=slug)
    permissions.can_ask_for_correction(user, fund.town, on=day_of(moment)).enforce()
    booked = queries.transaction_at(fund=fund, seq=seq)

    def wished(facts: Facts) -> Correction:
        return Correction(
            id=facts["submission"], fund=fund, kind=Kind.REVERSAL, reason=facts["reason"], reverses=booked
        )

    def rehearse(facts: Facts) -> Rehearsal:
        actions.refuse_unfit_reversal(booked)
        return actions.rehearse(posting=actions.posting_of(wished(facts), day=day_of(moment)), now=moment)

    def write(facts: Facts) -> str:
        return _page_of(actions.ask_for_correction(actor=user, correction=wished(facts), now=moment))

    context = {
        "fund": fund,
        "town": fund.town,
        "title": _("Reverse a line"),
        "lead": _("The line stays where it is. A new line with the same amounts on the other sides undoes it."),
        "facts": [(_("No."), booked.seq), (_("What"), booked.get_kind_display()), (_("Note"), booked.memo or "–")],
        "afterwards": _AFTERWARDS,
        "button": _("Ask for the reversal"),
        "back_url": reverse("ledger:transaction", args=[slug, seq]),
    }
    form = ReversalForm(request.POST if request.method == "POST" else None)
    return two_steps(request, form=form, rehearse=rehearse, write=write, context=context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def redesignate(request: HttpRequest, slug: str) -> HttpResponse:
    """The treasurer asks to move money of the fund or of a project to a project, by a decision of the council."""
    user, moment = person(request), now()
    fund = queries.fund_of_town(slug=slug)
    today = day_of(moment)
    permissions.can_ask_for_correction(user, fund.town, on=today).enforce()
    form = RedesignationForm(
        request.POST if request.method == "POST" else None,
        purses=queries.purses_of(fund_id=fund.pk),
        earmarks=queries.earmarks_of(fund_id=fund.pk),
        decisions=adopted_decisions(town=fund.town),
        language=get_language() or "kk",
    )

    def wished(facts: Facts) -> Correction:
        return Correction(
            id=facts["submission"],
            fund=fund,
            kind=Kind.REDESIGNATION,
            reason=facts["reason"],
            source_id=facts["source"],
            target_id=facts["target"],
            amount_minor=facts["amount"].minor,
            currency=facts["amount"].currency,
            decision=facts["decision"],
        )

    def rehearse(facts: Facts) -> Rehearsal:
        actions.refuse_unfit_redesignation(
            fund=fund, source_id=facts["source"], target_id=facts["target"], decision=facts["decision"], today=today
        )
        return actions.rehearse(posting=actions.posting_of(wished(facts), day=today), now=moment)

    def write(facts: Facts) -> str:
        return _page_of(actions.ask_for_correction(actor=user, correction=wished(facts), now=moment))

    context = {
        "fund": fund,
        "town": fund.town,
        "title": _("Move money to a project"),
        "lead": _(
            "What was given to the fund as a whole, or what is left of a project, pays for another project only when"
            " the council has decided so."
        ),
        "afterwards": _AFTERWARDS,
        "button": _("Ask to move it"),
        "back_url": reverse("ledger:fund", args=[slug]),
    }
    return two_steps(request, form=form, rehearse=rehearse, write=write, context=context)


def _page_of(correction: Correction) -> str:
    return reverse("ledger:correction", args=[correction.pk])


@never_cache
@login_required
@require_safe
def corrections(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits for a second person, and what became of the others."""
    user, fund = person(request), queries.fund_of_town(slug=slug)
    today = day_of(now())
    permissions.can_see_corrections(user, fund.town, on=today).enforce()
    context = {
        "fund": fund,
        "town": fund.town,
        "rows": queries.corrections_of(fund_id=fund.pk),
        "may_book": bool(permissions.can_ask_for_correction(user, fund.town, on=today)),  # who may exchange, too
    }
    return render(request, "ledger/corrections.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """One correction with the lines it would book; an approver who did not ask for it confirms or refuses."""
    user, moment = person(request), now()
    found = queries.correction(correction_id)
    today, town = day_of(moment), found.fund.town
    permissions.can_see_corrections(user, town, on=today).enforce()
    may = permissions.can_confirm(user, found, on=today)
    form, status = AnswerForm(request.POST if request.method == "POST" else None), HTTPStatus.OK
    if form.is_bound:
        may.enforce()
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            facts = form.cleaned_data
            accepted = facts["answer"] == "book"
            try:
                actions.answer_correction(
                    actor=user, correction_id=found.pk, accepted=accepted, reason=facts["reason"], now=moment
                )
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return redirect("ledger:correction", found.pk)
    context: dict[str, object] = {"wished": found, "fund": found.fund, "town": town, "form": form, "may": may}
    if found.answered_at is None:
        try:
            context |= shown(actions.rehearse(posting=actions.posting_of(found, day=today), now=moment))
        except DomainError as error:
            context["obstacle"] = error.message
    return render(request, "ledger/correction.html", context, status=status)
