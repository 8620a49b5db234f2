"""Importing a statement in steps: the file, for a table its columns, what would be imported, the import.

Between the steps the file lies in the cache for half an hour, under a key of this person and this account: it holds
what is nobody's business, so it is written nowhere else. A file that is gone is asked for again.
"""

import zlib
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError
from common.formats import date_short, money
from common.ids import random_id
from funds.payments.actions.importing import Preview, import_statement, preview, refuse_same_file
from funds.payments.forms import ColumnsForm, StatementForm
from funds.payments.models import BankAccount
from funds.payments.permissions import can_keep_bank
from funds.payments.queries.bank import bank_account, mappings_for
from funds.payments.statements import MAX_BYTES, Columns, Table, guessed, open_file, recalled
from funds.payments.statements.cells import text_of_cell
from funds.payments.statements.columns import PLACES
from funds.payments.views.accounts import person
from users.models import User

_KEPT_SECONDS: Final = 1800
_SHOWN: Final = 200
_SAMPLE: Final = 12

_GONE: Final = DomainError(
    "statement_gone", _("The file is not kept longer than half an hour. Choose it again."), field="file"
)


class Draft:
    """A file on its way, in the cache."""

    def __init__(self, user: User, account: BankAccount, token: str) -> None:
        self.token = token
        self._key = f"statement:{user.pk}:{account.pk}:{token}"

    def keep(self, data: bytes, name: str) -> None:
        cache.set(self._key, (zlib.compress(data), name), timeout=_KEPT_SECONDS)

    def read(self) -> tuple[bytes, str]:
        """The bytes and the file's name; raises when they are gone."""
        found = cache.get(self._key)
        if found is None:
            raise _GONE
        packed, name = found
        return zlib.decompressobj().decompress(packed, MAX_BYTES + 1), name

    def forget(self) -> None:
        cache.delete(self._key)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, slug: str, account_id: UUID) -> HttpResponse:
    """The steps of an import; which one, the posted `step` says."""
    user, account = person(request), bank_account(account_id=account_id, slug=slug)
    can_keep_bank(user, account.fund.town, on=day_of(now())).enforce()
    step = request.POST.get("step", "file") if request.method == "POST" else ""
    form = StatementForm()
    try:
        if step == "file":
            form = StatementForm(request.POST, request.FILES)
            if form.is_valid():
                return _take_file(request, user, account, form)
        elif step:
            return _go_on(request, user, account, step)
    except DomainError as error:
        form = form if form.is_bound else StatementForm({})
        form.full_clean()
        form.errors.pop("file", None)
        form.add_error("file", str(error.message))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _page(request, account, "payments/import.html", {"form": form}, status=status)


def _page(
    request: HttpRequest, account: BankAccount, template: str, context: dict[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    return render(request, template, {"account": account, "town": account.fund.town, **context}, status=status)


def _take_file(request: HttpRequest, user: User, account: BankAccount, form: StatementForm) -> HttpResponse:
    data = form.read()
    refuse_same_file(account=account, data=data)
    opened = open_file(data)
    draft = Draft(user, account, str(random_id()))
    columns = None
    if isinstance(opened, Table):
        known = (recalled(opened.rows, mapping) for mapping in mappings_for(account=account))
        columns = next((one for one in known if one is not None and one.whole), None)
        if columns is None:
            draft.keep(data, form.cleaned_data["file"].name)
            asked = ColumnsForm(rows=opened.rows, columns=guessed(opened.rows))
            return _columns_page(request, account, draft, opened, asked)
    found = preview(account=account, data=data, columns=columns, today=day_of(now()))
    draft.keep(data, form.cleaned_data["file"].name)
    return _preview_page(request, account, draft, found, columns)


def _go_on(request: HttpRequest, user: User, account: BankAccount, step: str) -> HttpResponse:
    """The columns were told, or are to be told again, or the import was confirmed."""
    draft = Draft(user, account, request.POST.get("file", "")[:40])
    data, name = draft.read()
    opened = open_file(data)
    columns = None
    if isinstance(opened, Table):
        form = ColumnsForm(request.POST, rows=opened.rows, columns=Columns())
        if not form.is_valid() or step == "change":
            status = HTTPStatus.OK if step == "change" else HTTPStatus.UNPROCESSABLE_ENTITY
            return _columns_page(request, account, draft, opened, form, status=status)
        columns = form.columns
        try:
            found = preview(account=account, data=data, columns=columns, today=day_of(now()))
        except DomainError as error:
            form.add_error(None, str(error.message))
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return _columns_page(request, account, draft, opened, form, status=status)
    else:
        found = preview(account=account, data=data, columns=None, today=day_of(now()))
    if step != "import":
        return _preview_page(request, account, draft, found, columns)
    import_statement(actor=user, account=account, data=data, file_name=name, columns=columns, now=now())
    draft.forget()
    address = reverse("donations:lines", args=[account.fund.town.slug])
    return HttpResponseRedirect(f"{address}?account={account.pk}")


def _columns_page(
    request: HttpRequest,
    account: BankAccount,
    draft: Draft,
    table: Table,
    form: ColumnsForm,
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    header = form.initial.get("header", 0)
    sample = [[text_of_cell(cell)[:60] for cell in row] for row in table.rows[header : header + _SAMPLE] if any(row)]
    width = max((len(row) for row in sample), default=0)
    rows = [row + [""] * (width - len(row)) for row in sample]
    context = {"form": form, "file": draft.token, "sample": rows, "width": width}
    return _page(request, account, "payments/columns.html", context, status=status)


def _preview_page(
    request: HttpRequest, account: BankAccount, draft: Draft, found: Preview, columns: Columns | None
) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    rows = [
        {
            "day": date_short(line.booked_date, language),
            "name": line.counterparty,
            "purpose": line.purpose,
            "amount": money(line.amount.minor, line.amount.currency),
            "known": known,
        }
        for line, known in found.lines[:_SHOWN]
    ]
    told = found.statement
    names = () if columns is None else ("header", "date_format", *PLACES)
    carried = {name: getattr(columns, name) for name in names}
    context = {
        "file": draft.token,
        "carried": carried,
        "rows": rows,
        "more": max(0, len(found.lines) - _SHOWN),
        "new": found.new,
        "known": len(found.lines) - found.new,
        "opening": None if told.opening is None else money(told.opening.minor, told.opening.currency),
        "closing": None if told.closing is None else money(told.closing.minor, told.closing.currency),
        "sum": money(sum(line.amount.minor for line in told.lines), account.currency),
        "is_table": columns is not None,
    }
    return _page(request, account, "payments/preview.html", context)
