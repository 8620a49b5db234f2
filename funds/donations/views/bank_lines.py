"""Lines of bank statements: the list, and one line with what it may be. The treasurer explains;
the auditor reads days, sums and bookings, and no names."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.clock import day_of, now
from common.cursors import id_of
from common.errors import DomainError
from common.formats import date_short, money
from funds.donations import queries
from funds.donations.actions import arrivals, hand_returns, line_gifts, wrong_lines
from funds.donations.actions import bank_lines as actions
from funds.donations.actions.line_steps import is_suspended
from funds.donations.forms.bank_lines import AsideForm, LineGiftForm
from funds.donations.models import Gift, Refund
from funds.donations.queries.bank_lines import (
    FILTERS,
    PAGE,
    Place,
    bank_line,
    lines_of_fund,
    suggestions_for,
    unexplained,
)
from funds.donations.rules.explaining import Suggestion, What
from funds.donations.tasks import thank
from funds.ledger.queries import fund_of_town
from funds.payments.models import BankLine
from funds.payments.permissions import can_keep_bank, can_read_bank
from funds.payments.queries.bank import accounts_of_fund
from funds.payments.queries.payouts import begun_by_hand, untold_of
from funds.payments.states import LineState
from funds.payments.views.accounts import person
from users.models import User

_FILTER_WORDS: Final = {
    "open": _("To explain"),
    "suspense": _("Booked as not yet explained"),
    "matched": _("Booked"),
    "aside": _("Booked earlier"),
    "all": _("All"),
}
_WHAT: Final = {
    What.EXPECTED: _("Announced gift"),
    What.PLEDGE: _("Gift of an enterprise that promised to add to gifts"),
    What.PAYOUT: _("Transfer from the card processor"),
    What.BOOKED: _("Booked by hand, line of the ledger"),
    What.REFUND: _("Gift given back, line of the ledger"),
    What.GIVEN_BACK: _("Gift without a public name given back, to be booked with others"),
    What.DEPOSIT: _("Cash from the box, brought to the bank"),
    What.FEE: _("Fee of the bank"),
}


@never_cache
@login_required
@require_safe
def lines(request: HttpRequest, slug: str) -> HttpResponse:
    """The lines of a fund's statements, newest first; `?show=`, `?account=`, `?after=`."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_read_bank(user, fund.town, on=day_of(now())).enforce()
    keeps = bool(can_keep_bank(user, fund.town, on=day_of(now())))
    shown = request.GET.get("show", "open")
    shown = shown if shown in FILTERS else "open"
    accounts = accounts_of_fund(fund=fund)
    account = next((one for one in accounts if str(one.pk) == request.GET.get("account", "")), None)
    found = lines_of_fund(
        fund=fund,
        shown=shown,
        account_id=account.pk if account else None,
        before=_place(request.GET.get("after", "")),
        limit=PAGE + 1,
    )
    rows, more = found[:PAGE], len(found) > PAGE
    kept = {"account": str(account.pk)} if account else {}
    after = {"show": shown, **kept, "after": f"{rows[-1].booked_date}~{rows[-1].pk}"} if more else {}
    open_lines = unexplained(fund=fund)
    context = {
        "town": fund.town,
        "rows": [_row(line, names=keeps) for line in rows],
        "filters": [
            (words, f"?{urlencode({'show': name, **kept})}", name == shown) for name, words in _FILTER_WORDS.items()
        ],
        "accounts": [
            (one.bank_name, one.number, f"?{urlencode({'show': shown, 'account': one.pk})}") for one in accounts
        ],
        "account": account,
        "keeps": keeps,
        "open_count": open_lines.count,
        "open_sums": ", ".join(money(one.minor, one.currency) for one in open_lines.sums),
        "untold": untold_of(fund=fund),
        "by_hand": begun_by_hand(fund=fund),
        "pager": {"previous_url": "", "next_url": f"?{urlencode(after)}" if more else "", "position": ""},
    }
    return render(request, "donations/lines.html", context)


def _place(told: str) -> Place | None:
    """Where the page above ended: a day and an id."""
    day, _sep, line_id = told.partition("~")
    try:
        return date.fromisoformat(day), UUID(line_id)
    except ValueError:
        return None


def _row(line: BankLine, *, names: bool) -> dict[str, Any]:
    language = get_language() or settings.LANGUAGE_CODE
    suspended = is_suspended(line)
    return {
        "url": reverse("donations:match", args=[line.pk]),
        "day": date_short(line.booked_date, language),
        "bank": line.account.bank_name,
        "name": line.counterparty if names else "",
        "purpose": line.purpose if names else "",
        "hidden": not names,
        "amount": money(line.amount_minor, line.currency),
        "state": _("booked as not yet explained") if suspended else line.get_state_display(),
        "badge": "wait" if suspended or line.state == LineState.OPEN else "ok",
    }


@never_cache
@login_required
@require_POST
def lines_accept(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept everything that is sure: code and amount are both right."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_keep_bank(user, fund.town, on=day_of(now())).enforce()
    for gift in actions.accept_sure(actor=user, fund=fund, now=now()):
        thank(gift)
    return redirect("donations:lines", slug)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def match(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """One line: what it may be and why, and everything else that can be said of it."""
    user, line = person(request), bank_line(line_id=line_id)
    town = line.account.fund.town
    can_read_bank(user, town, on=day_of(now())).enforce()
    keeps = bool(can_keep_bank(user, town, on=day_of(now())))
    if request.method == "POST":
        can_keep_bank(user, town, on=day_of(now())).enforce()
        return _explain(request, user, line)
    return _line_page(request, line, keeps=keeps)


def _explain(request: HttpRequest, user: User, line: BankLine) -> HttpResponse:
    """The one write that was asked for; a refusal is drawn with what was typed."""
    what = request.POST.get("what", "")
    gift_form = LineGiftForm(request.POST if what == "gift" else None, purposes=_purposes(line))
    aside_form = AsideForm(request.POST if what == "aside" else None)
    refusal = ""
    asked = {"gift": gift_form, "aside": aside_form}.get(what)
    if asked is None or asked.is_valid():
        try:
            _write(what, request, user, line, gift_form, aside_form)
        except ObjectDoesNotExist as error:
            raise Http404 from error  # nothing of this fund has such an id
        except DomainError as error:
            refusal = str(error.message)
        else:
            return redirect("donations:match", line.pk)
    return _line_page(
        request,
        bank_line(line_id=line.pk),
        keeps=True,
        gift_form=gift_form,
        aside_form=aside_form,
        refusal=refusal,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _write(
    what: str, request: HttpRequest, user: User, line: BankLine, gift_form: LineGiftForm, aside_form: AsideForm
) -> None:
    moment, key = now(), id_of(request.POST.get("id", "")) or UUID(int=0)
    said: dict[str, Any] = {"actor": user, "line_id": line.pk, "now": moment}
    ways: dict[str, Callable[[], Gift | None]] = {
        What.EXPECTED: lambda: line_gifts.match_expected(gift_id=key, **said),
        What.PLEDGE: lambda: line_gifts.gift_of_pledge(pledge_id=key, **said),
        What.PAYOUT: lambda: arrivals.match_payout(share_id=key, **said),
        What.BOOKED: lambda: actions.match_booked(transaction_id=key, **said),
        What.REFUND: lambda: actions.match_booked(transaction_id=key, **said),
        What.GIVEN_BACK: lambda: hand_returns.match_given_back(refund_id=key, **said),
        What.DEPOSIT: lambda: actions.match_deposit(**said),
        What.FEE: lambda: actions.match_fee(**said),
        "suspense": lambda: actions.hold_unexplained(**said),
        "gift": lambda: line_gifts.gift_from_line(new=gift_form.new, **said),
        "aside": lambda: actions.set_aside(note=aside_form.cleaned_data["note"], **said),
        "open": lambda: actions.open_again(**said),
        "take_back": lambda: _asked(wrong_lines.ask_to_take_back(**said)),
    }
    if what not in ways:
        raise Http404
    gift = ways[what]()
    if gift is not None:
        thank(gift)


def _asked(_refund: Refund) -> None:
    """What was asked for stands on the page of gifts that go back; nobody is thanked for it."""


def _purposes(line: BankLine) -> queries.Purposes:
    return queries.purposes_of(fund=line.account.fund)


def _line_page(
    request: HttpRequest,
    line: BankLine,
    *,
    keeps: bool,
    gift_form: LineGiftForm | None = None,
    aside_form: AsideForm | None = None,
    refusal: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    suspended = is_suspended(line)
    to_explain = keeps and (line.state == LineState.OPEN or suspended)
    common = wrong_lines.gift_of_line(line) if keeps and not to_explain else None
    context: dict[str, Any] = {
        "town": line.account.fund.town,
        "line": line,
        "row": _row(line, names=keeps),
        "keeps": keeps,
        "suspended": suspended,
        "to_explain": to_explain,
        "common": common is not None and common.batch_id is not None,
        "taken_back": wrong_lines.leaving(common) if common is not None else None,
        "waits": line.state == LineState.MATCHED and wrong_lines.waits(line),
        "suggestions": [_suggested(one) for one in suggestions_for(line=line)] if to_explain else [],
        "gift_form": (gift_form or LineGiftForm(purposes=_purposes(line)))
        if to_explain and line.amount_minor > 0
        else None,
        "aside_form": (aside_form or AsideForm()) if to_explain and not suspended else None,
        "refusal": refusal,
    }
    if to_explain and line.amount_minor > 0:
        context["gift_form"] = gift_form or LineGiftForm(purposes=_purposes(line))
    if to_explain and not suspended:
        context["aside_form"] = aside_form or AsideForm()
    return render(request, "donations/line.html", context, status=status)


def _suggested(one: Suggestion) -> dict[str, Any]:
    candidate = one.candidate
    shown = candidate.amount if candidate.what in (What.EXPECTED, What.PAYOUT) else None
    return {
        "what": candidate.what.value,
        "title": _WHAT[candidate.what],
        "id": candidate.id or "",
        "label": candidate.label,
        "code": candidate.code,
        "amount": money(shown.minor, shown.currency) if shown else "",
        "sure": one.sure,
        "reasons": [reason.label for reason in one.reasons],
    }
