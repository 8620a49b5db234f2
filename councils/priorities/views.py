"""Preparing and publishing the list. The public pages stand in the portal, beside the needs that residents filed."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError
from councils.indicators.queries.order import NeedsOrder, need_names, order_of_town
from councils.indicators.views.order import band_words
from councils.members.queries import council_of
from councils.priorities import actions, queries
from councils.priorities.forms import PrioritiesForm
from councils.priorities.models import PriorityDraft
from councils.priorities.permissions import can_draft, can_publish
from councils.priorities.rules import Entry
from towns.queries import town_by_slug
from users.permissions import is_signed_in

PUBLISH = "publish"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft, prefilled from what was saved or from the evidence; the chair can publish it."""
    town = town_by_slug(slug=slug)
    moment = now()
    today = day_of(moment)
    can_draft(request.user, town, on=today).enforce()
    language = get_language() or "kk"
    council, evidence = council_of(town=town), order_of_town(town=town)
    if council is None or evidence is None or evidence.order.refusal is not None:
        return render(request, "priorities/write.html", {"town": town, "obstacle": _obstacle(evidence)})
    draft = queries.draft_of(council)
    form = PrioritiesForm(
        request.POST if request.method == "POST" else None,
        names=_in_order(evidence, need_names(wave=evidence.wave, language=language)),
        begun=_begun(evidence, draft),
        text=draft.text if draft else "",
        publication_id=evidence.publication.pk,
        today=today,
    )
    status = HTTPStatus.OK
    if form.is_bound and form.is_valid() and is_signed_in(request.user):
        publishing = request.POST.get("do") == PUBLISH
        try:
            if not publishing:
                text = form.cleaned_data["text"]
                actions.save_draft(actor=request.user, town=town, entries=form.entries(), text=text, now=moment)
                return redirect("priorities:write", slug=slug)
            can_publish(request.user, town, on=today).enforce()
            if form.judge(evidence=evidence):
                facts = form.cleaned_data
                published = actions.publish_list(
                    actor=request.user,
                    town=town,
                    entries=form.entries(),
                    publication_id=facts["publication"],
                    decided_date=facts["decided_date"],
                    text=facts["text"],
                    language=language,
                    submission=facts["submission"],
                    now=moment,
                )
                return redirect("portal:priority_list", list_id=published.pk)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        except DomainError as error:
            if not can_publish(request.user, town, on=today) and publishing:
                raise
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            status = HTTPStatus.CONFLICT
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    bands = {one.need: (one.place, band_words(best=one.best, worst=one.worst)) for one in evidence.order.places}
    context = {
        "town": town,
        "form": form,
        "rows": [(bands.get(need), form[f"place_{need}"], form[f"reason_{need}"]) for need in form.needs],
        "draft": draft,
        "may_publish": bool(can_publish(request.user, town, on=today)),
        "obstacle": "",
    }
    return render(request, "priorities/write.html", context, status=status)


def _obstacle(evidence: NeedsOrder | None) -> str:
    if evidence is None:
        return _("There is no published order of needs yet. The council's list is laid beside one: survey first.")
    if evidence.order.refusal is not None:
        return str(evidence.order.refusal.label)
    return _("This town has no council yet. The administrator founds it.")


def _in_order(evidence: NeedsOrder, names: dict[str, str]) -> dict[str, str]:
    """The needs as the page shows them: by evidence, then those without a place."""
    codes = dict.fromkeys([*(one.need for one in evidence.order.places), *evidence.shares])
    return {code: names.get(code, code) for code in codes}


def _begun(evidence: NeedsOrder, draft: PriorityDraft | None) -> dict[str, Entry]:
    """Where the form begins: at the draft, else at the order of the evidence."""
    if draft is not None:
        return {told["need"]: Entry(told["need"], told["place"], told["reason"]) for told in draft.entries}
    return {one.need: Entry(one.need, one.place) for one in evidence.order.places}
