"""Typing paper sheets in: the codes first, then the whole sheet on one page; of a sample, a second time by another.

The page never shows what was typed before, until a second typing of the same sheet is complete and differs from it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import number, percent
from councils.surveys import queries
from councils.surveys.actions.paper import Codes, check_sheet, decide_sheet, enter_sheet, open_sheet, same_codes
from councils.surveys.forms.helping import SheetForm
from councils.surveys.models import PaperEntry, Wave
from councils.surveys.permissions import accepts_answers, can_help
from councils.surveys.queries.paper import entry_of, quality
from councils.surveys.rules.entering import flattened, on_sheet, shown
from councils.surveys.states import Audience, Channel
from councils.surveys.views.whole_form import MORE, Page, judge, page_of
from users.models import User
from users.permissions import is_signed_in

FIRST, SECOND, DECIDE = "first", "second", "decide"
_DONE: Final = {
    "stored": _("The sheet is stored. Put it to the sheets that are done."),
    "sample": _("The sheet is stored. Put it on the pile for a second helper, who types it again."),
    "agreed": _("Both typings of this sheet agree. Put it to the sheets that are done."),
    "decided": _("The sheet is stored as you decided. Put it to the sheets that are done."),
}


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The codes of a sheet; with `step=open` the empty sheet; with `step=send` what was typed is judged and stored."""
    wave = queries.wave_by_id(wave_id)
    today = day_of(now())
    can_help(request.user, wave.town, on=today).enforce()
    verdict = accepts_answers(wave, on=today, channel=Channel.PAPER)
    audience = Audience(wave.audience)
    if request.method != "POST" or not verdict or not is_signed_in(request.user):
        status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
        return _start(request, wave, SheetForm(audience=audience), refusal=str(verdict.reason), status=status)
    form = SheetForm(request.POST, audience=audience)
    if not form.is_valid():
        return _start(request, wave, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    codes = Codes(sheet=form.cleaned_data["sheet"], person=form.cleaned_data.get("person", ""))
    try:
        return _sheet(request, wave, codes, request.user)
    except Forbidden:
        raise
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _start(request, wave, form, status=HTTPStatus.CONFLICT)


def _sheet(request: HttpRequest, wave: Wave, codes: Codes, user: User) -> HttpResponse:
    sheet, who = open_sheet(wave=wave, codes=codes)
    entry = entry_of(wave, sheet)
    mode = _mode(entry, user, decides=request.POST.get("decide") == "yes")
    if entry is not None:
        same_codes(wave=wave, who=who)
    page = page_of(wave, request.POST)
    if request.POST.get("step") != "send" or MORE in request.POST:
        return _draw(request, page, codes, mode=mode)
    judge(page)
    if page.errors:
        return _draw(request, page, codes, mode=mode, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    told: dict[str, Any] = {
        "actor": user,
        "wave": wave,
        "codes": codes,
        "answers": page.typed.answers,
        "now": now(),
    }
    if mode == DECIDE:
        decide_sheet(**told)
        return _done(wave, "decided")
    if mode == FIRST:
        return _done(wave, "sample" if enter_sheet(**told) else "stored")
    compared = check_sheet(**told)
    if not compared.differing:
        return _done(wave, "agreed")
    return _differences(request, page, codes, compared.differing, compared.first)


def _mode(entry: PaperEntry | None, user: User, *, decides: bool) -> str:
    if entry is None or (entry.entered_by_id == user.pk and entry.checked_by_id is None):
        return FIRST
    if entry.checked_by_id == user.pk and entry.differing and decides:
        return DECIDE
    if entry.is_sample and entry.checked_by_id is None:
        return SECOND
    raise DomainError(
        "typed_already", _("This sheet was typed in already. Put it to the sheets that are done."), field="sheet"
    )


def _differences(
    request: HttpRequest, page: Page, codes: Codes, differing: tuple[str, ...], first: Mapping[str, Any]
) -> HttpResponse:
    """The second helper's own page once more, with the first reading beside the questions that differ."""
    values = flattened(first)
    by_address = {one.address: one for one in page.questions}
    readings: dict[str, str] = {}
    for own in differing:
        address = on_sheet(own, page.typed.places)
        if address in by_address:
            readings[address] = shown(by_address[address], values.get(own)) or "–"
            page.errors[address] = gettext("The two typings differ here. Look at the sheet and decide.")
    return _draw(request, page, codes, mode=DECIDE, first=readings, status=HTTPStatus.CONFLICT)


def _draw(
    request: HttpRequest,
    page: Page,
    codes: Codes,
    *,
    mode: str,
    first: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        **_about(page.wave),
        "heading": {
            FIRST: gettext("Type in a paper sheet"),
            SECOND: gettext("Type this sheet a second time"),
            DECIDE: gettext("Decide with the sheet in hand"),
        }[mode],
        "lead": gettext("Type the numbers of the ticked boxes, several with spaces between them. Tab leads on."),
        "as_numbers": True,
        "hidden": {
            "sheet": codes.sheet,
            "person": codes.person,
            "step": "send",
            "decide": "yes" if mode == DECIDE else "",
        },
        "blocks": page.rows(first=first),
        "wrong": page.wrong(),
        "occurrences": page.occurrences,
        "repeats": page.repeats(),
        "back_url": reverse("surveys:paper", args=[page.wave.pk]),
    }
    return render(request, "surveys/whole_form.html", context, status=status)


def _start(
    request: HttpRequest, wave: Wave, form: SheetForm, *, refusal: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    language = get_language() or ""
    found = quality(wave)
    context = {
        **_about(wave),
        "form": form,
        "refusal": refusal,
        "done": _DONE.get(request.GET.get("done", ""), ""),
        "waiting": number(found.waiting, language, 0),
        "checked": number(found.checked, language, 0),
        "rate": percent(found.rate, language, 1) if found.rate is not None else "",
    }
    return render(request, "surveys/paper.html", context, status=status)


def _done(wave: Wave, what: str) -> HttpResponse:
    """Away from the page with the answers: neither reload nor the back button shows them again."""
    return HttpResponseRedirect(f"{reverse('surveys:paper', args=[wave.pk])}?done={what}")


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }
