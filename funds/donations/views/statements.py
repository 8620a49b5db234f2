"""Statements for any period: to the signed-in giver, and to guests who have proven their address by a mailed link.

The address of a receipt alone opens that one gift and never the others. Never cached.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import date_long, date_short, date_time, money
from common.http import too_many_requests
from common.money import Money
from common.pace import HOUR, may_go_on
from common.pdf import render as render_pdf
from funds.donations.actions.statements import gift_of_token, send_statement_link
from funds.donations.forms.statements import PeriodForm
from funds.donations.models import Gift
from funds.donations.queries.statements import (
    Statement,
    gift_with_address,
    gifts_of_email,
    gifts_of_user,
    statement_of,
    years_of,
)
from funds.donations.views.files import Sum, table_csv, table_xlsx
from funds.donations.views.papers import may_have_paper, pdf_file, private
from users.models import User

Form = Literal["pdf", "csv", "xlsx"]
FORMS: Final[tuple[Form, ...]] = ("pdf", "csv", "xlsx")
LINKS_AN_HOUR: Final = 5
ROWS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the gifts that are theirs, the name on the paper, and the addresses of page and files."""

    gifts: QuerySet[Gift]
    name: str
    page: str
    files: dict[str, str]


@never_cache
@login_required
@require_safe
def statement_page(request: HttpRequest) -> HttpResponse:
    """My statement: the period, the sums, the rows, and the files."""
    return _page(request, _own(request))


@never_cache
@login_required
@require_safe
def statement(request: HttpRequest, form: Form) -> HttpResponse:
    """My statement as a file."""
    return _file(request, _own(request), form)


@never_cache
@require_safe
def proven_statement(request: HttpRequest, token: str) -> HttpResponse:
    """The statement of all gifts of an address, behind the link that was mailed to it."""
    return private(_page(request, _proven(token)))


@never_cache
@require_safe
def proven_file(request: HttpRequest, token: str, form: Form) -> HttpResponse:
    """The same as a file."""
    return _file(request, _proven(token), form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_statement(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """From a receipt: what a statement is, and with POST the link by mail. It says the same whoever asks."""
    gift = gift_with_address(receipt_code=receipt_code)
    context: dict[str, Any] = {"gift": gift, "town": gift.fund.town, "sent": False, "refusal": ""}
    if request.method == "POST":
        who = {"purpose": "donations.statement_link", "at_most": LINKS_AN_HOUR, "seconds": HOUR}
        if not may_go_on(request, **who) or not may_go_on(request, **who, account=gift.pk):  # type: ignore[arg-type]
            return private(too_many_requests(request))
        try:
            send_statement_link(gift=gift, language=_language(), now=now())
        except DomainError as error:
            context["refusal"] = error.message
        else:
            context["sent"] = True
    status = HTTPStatus.UNPROCESSABLE_ENTITY if context["refusal"] else HTTPStatus.OK
    answer = private(render(request, "donations/ask_statement.html", context, status=status))
    # A browser that tells nothing at all sends the form from nowhere, and it would be refused as forged.
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _own(request: HttpRequest) -> Reader:
    if not isinstance(request.user, User):
        raise Forbidden("forbidden", _("Sign in first."))
    return Reader(
        gifts=gifts_of_user(request.user),
        name=request.user.display_name or request.user.email,
        page=reverse("donations:statement_page"),
        files={form: reverse(f"donations:statement_{form}") for form in FORMS},
    )


def _proven(token: str) -> Reader:
    gift = gift_with_address(gift_id=gift_of_token(token))
    return Reader(
        gifts=gifts_of_email(gift.donor_email),
        name=gift.donor_name or gift.donor_email,
        page=reverse("donations:proven_statement", args=[token]),
        files={form: reverse(f"donations:proven_{form}", args=[token]) for form in FORMS},
    )


def _page(request: HttpRequest, reader: Reader) -> HttpResponse:
    form = PeriodForm(request.GET, today=day_of(now()))
    context: dict[str, Any] = {"form": form, "reader": reader, "years": years_of(reader.gifts), "told": None}
    if form.is_valid():
        since, until = form.period
        told = statement_of(reader.gifts, since=since, until=until)
        context |= {"told": told, "shown": told.given[:ROWS_SHOWN], "query": f"?from={since}&to={until}"}
    status = HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "donations/statement.html", context, status=status)


def _file(request: HttpRequest, reader: Reader, form: Form) -> HttpResponse:
    asked = PeriodForm(request.GET, today=day_of(now()))
    if not asked.is_valid():
        raise DomainError("wrong_period", str(next(iter(asked.errors.values()))[0]))
    since, until = asked.period
    if not may_have_paper(request):
        return too_many_requests(request)
    told = statement_of(reader.gifts, since=since, until=until)
    name = f"statement-{since}-{until}-{_language()}"
    if form == "csv":
        return table_csv(name, _columns(), _table(told))
    if form == "xlsx":
        return table_xlsx(name, _("Gifts"), _columns(), _table(told))
    return pdf_file(name, render_pdf("statement", statement_data(told, reader.name, _language()), dated=told.as_of))


def statement_data(told: Statement, name: str, language: str) -> dict[str, Any]:
    """What templates/pdf/statement.typ shows, in the language that is active, which `language` names."""
    gifts = [one.gift for one in told.given] + [one.gift for one in told.returned]
    issuers = dict.fromkeys(gift.fund.legal_entity for gift in gifts)
    period = _("%(since)s to %(until)s") % {
        "since": date_long(told.since, language),
        "until": date_long(told.until, language),
    }
    return {
        "language": language,
        "title": _("Statement of gifts"),
        "issuer": ", ".join(issuers) or settings.SITE_URL,
        "subject": period,
        "facts": [
            {"label": _("Giver"), "value": name, "note": ""},
            {"label": _("Period"), "value": period, "note": ""},
            {"label": _("Received by"), "value": ", ".join(issuers) or _("No gifts in this time"), "note": ""},
        ],
        "sums_title": _("Sums"),
        "sums_head": [_("Currency"), _("You gave"), _("Given back"), _("What remains")],
        "sums": [[given.currency, _money(given), _money(back), _money(given - back)] for given, back in told.sums],
        "reached_title": _("Where the money went"),
        "reached_head": [_("Town"), _("For"), _("Where it stands"), _("You gave")],
        "reached": [
            [one.gift.fund.town.name_in(language), one.purpose, one.stage, _money(one.amount)] for one in told.reached
        ],
        "given_title": _("Gifts"),
        "given_head": [_("Date"), _("Receipt"), _("Town"), _("For"), _("Amount"), _("Fee")],
        "given": [
            [
                date_short(one.day, language),
                one.number,
                one.gift.fund.town.name_in(language),
                one.purpose,
                _money(one.amount),
                _money(one.fee) if one.fee is not None else "",
            ]
            for one in told.given
        ],
        "returned_title": _("Given back"),
        "returned_head": [_("Date"), _("Receipt"), _("What happened"), _("Amount")],
        "returned": [
            [date_short(one.day, language), one.number, one.words, _money(one.amount)] for one in told.returned
        ],
        "notes": [settings.RECEIPT_TAX_NOTE or _("This statement confirms gifts. It promises no tax relief.")],
        "footer": _("As of %(moment)s, Kazakhstan time.") % {"moment": date_time(told.as_of, language)},
    }


def _columns() -> list[str]:
    return [
        _("Date"), _("Receipt"), _("What happened"), _("Town"), _("Received by"), _("For"), _("Way"), _("Amount"),
        _("Currency"), _("Fee"), _("Currency of the fee"), _("Line of the ledger"),
    ]  # fmt: skip


def _table(told: Statement) -> Iterator[list[object]]:
    """Gifts, then what went back as amounts below zero, so that a column can be summed."""
    language = _language()
    for one in told.given:
        town = one.gift.fund.town
        fee: list[object] = ["", ""] if one.fee is None else [Sum(one.fee), one.fee.currency]
        line = "" if one.line is None else f"{town.slug}-{one.line}"
        yield [
            one.day, one.number, _("given"), town.name_in(language), one.gift.fund.legal_entity, one.purpose,
            one.gift.get_method_display(), Sum(one.amount), one.amount.currency, *fee, line,
        ]  # fmt: skip
    for back in told.returned:
        fund = back.gift.fund
        yield [
            back.day, back.number, back.words, fund.town.name_in(language), fund.legal_entity, "",
            back.gift.get_method_display(), Sum(-back.amount), back.amount.currency, "", "", "",
        ]  # fmt: skip


def _money(amount: Money) -> str:
    return money(amount.minor, amount.currency)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
