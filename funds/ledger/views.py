"""The public ledger: pages, one transaction, CSV and JSON. Numbers and dates are formatted once per row, in Python."""

import json
from collections.abc import Iterator
from html import escape

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.exports import csv_lines
from common.formats import date_short, money
from common.http import public_page
from funds.ledger import queries
from funds.ledger.queries import Row
from funds.ledger.states import Kind


def _number(request: HttpRequest, name: str) -> int | None:
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else None  # noqa: PLR2004 - bigint


Cells = tuple[str, str, str, str, str, str, str, str]


def _shown(rows: list[Row], slug: str) -> list[Cells]:
    """Rows as the template prints them: number, address, day, kind, what, amount, direction, balance.

    Plain strings that are safe as they stand: the template does not escape them again (escaping each cell there was
    most of the page's cost). Only `what` holds words that people typed.
    """
    language = get_language() or "kk"
    kinds = {kind: escape(str(kind.label)) for kind in Kind}
    days = {day: date_short(day, language) for day in {row.effective_date for row in rows}}
    base = reverse("ledger:fund", args=[slug])
    return [
        (
            str(row.seq),
            f"{base}{row.seq}/",
            days[row.effective_date],
            kinds[row.kind],
            escape(row.memo or row.earmark),
            money(row.change_minor or row.volume_minor, row.currency),
            "in" if row.change_minor > 0 else "out" if row.change_minor < 0 else "within",
            money(row.balance_minor, row.currency),
        )
        for row in rows
    ]


@require_safe
@public_page(queries.head_seq)
def fund(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of fifty transactions, newest first."""
    found = queries.overview(slug=slug)
    page = queries.page(fund=found, before=_number(request, "before"), after=_number(request, "after"))
    if found.seq and not page.rows:  # asked for lines beyond either end
        page = queries.page(fund=found)
    address = reverse("ledger:fund", args=[slug])
    pager = {
        "previous_url": f"{address}?after={page.newer}" if page.newer is not None else "",
        "next_url": f"{address}?before={page.older}" if page.older is not None else "",
        "position": f"{page.rows[-1].seq}–{page.rows[0].seq}" if page.rows else "",
    }
    context = {
        "fund": found,
        "town": found,
        "rows": _shown(page.rows, slug),
        "pager": pager,
        "totals": found.totals,
    }
    return render(request, "ledger/fund.html", context)


@require_safe
@public_page(queries.head_seq)
def transaction(request: HttpRequest, slug: str, seq: int) -> HttpResponse:
    """One transaction with its double entries, for whoever wants to check."""
    found = queries.fund_of_town(slug=slug)
    booked = queries.transaction_at(fund=found, seq=seq)
    entries = queries.entries_of(transaction=booked)
    earmark = next((entry.account.earmark for entry in entries if entry.account.earmark), None)
    context = {"fund": found, "town": found.town, "booked": booked, "entries": entries, "earmark": earmark}
    return render(request, "ledger/transaction.html", context)


_COLUMNS = ("seq", "date", "booked_at", "kind", "project", "memo", "currency", "change", "volume", "balance", "id")


def _decimal(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def _cells(row: Row) -> tuple[object, ...]:
    return (
        row.seq,
        row.effective_date.isoformat(),
        row.booked_at.isoformat(),
        row.kind.value,
        row.earmark,
        row.memo,
        row.currency,
        # Numbers as plain decimals: a spreadsheet must be able to add them up.
        _Number(_decimal(row.change_minor)),
        _Number(_decimal(row.volume_minor)),
        _Number(_decimal(row.balance_minor)),
        str(row.id),
    )


class _Number:
    """A number's text that the spreadsheet guard must leave alone: a minus sign begins it for good reason."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


@require_safe
@public_page(queries.head_seq)
def as_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole ledger, oldest first. `?separator=;` for spreadsheets set to Russian or German."""
    found = queries.fund_of_town(slug=slug)
    separator = ";" if request.GET.get("separator") == ";" else ","
    lines = csv_lines(_COLUMNS, (_cells(row) for row in queries.all_rows(fund=found)), separator=separator)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="asar-ledger-{slug}.csv"'
    return response  # type: ignore[return-value]


def _json_pieces(slug: str, rows: Iterator[Row]) -> Iterator[str]:
    yield json.dumps({"town": slug, "amounts": "minor units"})[:-1] + ', "transactions": ['
    first = True
    for row in rows:
        item = {
            "seq": row.seq,
            "id": str(row.id),
            "date": row.effective_date.isoformat(),
            "booked_at": row.booked_at.isoformat(),
            "kind": row.kind.value,
            "project_id": str(row.earmark_id) if row.earmark_id else None,
            "project": row.earmark,
            "memo": row.memo,
            "currency": row.currency,
            "change_minor": row.change_minor,
            "volume_minor": row.volume_minor,
            "balance_minor": row.balance_minor,
        }
        yield ("" if first else ",\n") + json.dumps(item, ensure_ascii=False)
        first = False
    yield "]}\n"


@require_safe
@public_page(queries.head_seq)
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole ledger, oldest first, amounts in minor units."""
    found = queries.fund_of_town(slug=slug)
    pieces = _json_pieces(slug, queries.all_rows(fund=found))
    return StreamingHttpResponse(pieces, content_type="application/json; charset=utf-8")  # type: ignore[return-value]
