"""The ledger as files, whole or as the filters of the page choose: CSV, JSON, JSON lines, XLSX. Constant memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.http import public_page
from funds.ledger import queries
from funds.ledger.models import Fund
from funds.ledger.queries import Booking, Chosen, Mark, Row
from funds.ledger.views.accounts import about
from funds.ledger.views.asked import asked, refuse
from funds.ledger.views.files import Decimal2, csv_file, jsonl_file, marked, xlsx_file

_COLUMNS = ("seq", "date", "booked_at", "kind", "project", "memo", "currency", "change", "volume", "balance", "id")


@dataclass(frozen=True, slots=True)
class _Wanted:
    fund: Fund
    chosen: Chosen
    typed: dict[str, str]
    mark: Mark | None

    @property
    def name(self) -> str:
        return f"asar-ledger-{self.fund.town.slug}{'-part' if self.typed else ''}"


def _wanted(request: HttpRequest, slug: str) -> _Wanted:
    found = queries.fund_of_town(slug=slug)
    filters = asked(request, fund_id=found.pk, earmarks=queries.earmarks_of(fund_id=found.pk))
    if filters.chosen is None:
        raise refuse(filters.form)
    return _Wanted(found, filters.chosen, filters.typed, queries.mark_of(slug=slug))


def _cells(row: Row) -> tuple[object, ...]:
    return (
        row.seq,
        row.effective_date,
        row.booked_at,
        row.kind.value,
        row.earmark,
        row.memo,
        row.currency,
        # Numbers as plain decimals: a spreadsheet must be able to add them up.
        Decimal2(row.change_minor),
        Decimal2(row.volume_minor),
        Decimal2(row.balance_minor),
        str(row.id),
    )


@require_safe
@public_page(queries.line_version)
def as_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The chosen lines, oldest first. `?separator=;` for spreadsheets set to Russian or German."""
    wanted = _wanted(request, slug)
    separator = ";" if request.GET.get("separator") == ";" else ","
    rows = (_cells(row) for row in queries.all_rows(fund=wanted.fund, chosen=wanted.chosen))
    return csv_file(wanted.name, _COLUMNS, rows, separator=separator, mark=wanted.mark)


@require_safe
@public_page(queries.line_version)
def as_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The chosen lines as a workbook, oldest first."""
    wanted = _wanted(request, slug)
    facts = about(wanted.fund, slug, wanted.mark)
    facts += [(_("Filters"), ", ".join(f"{name}={value}" for name, value in wanted.typed.items()) or _("none"))]
    rows = (_cells(row) for row in queries.all_rows(fund=wanted.fund, chosen=wanted.chosen))
    return xlsx_file(wanted.name, facts, "ledger", _COLUMNS, rows, mark=wanted.mark)


def _checkpoint(mark: Mark | None) -> dict[str, object] | None:
    return {"size": mark.size, "root": mark.root, "signed_at": mark.signed_at.isoformat()} if mark else None


def _item(row: Row) -> dict[str, object]:
    return {
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


def _json_pieces(slug: str, mark: Mark | None, rows: Iterator[Row]) -> Iterator[str]:
    head = {"town": slug, "amounts": "minor units", "checkpoint": _checkpoint(mark)}
    yield json.dumps(head)[:-1] + ', "transactions": ['
    before = ""
    for row in rows:
        yield before + json.dumps(_item(row), ensure_ascii=False)
        before = ",\n"
    yield "]}\n"


@require_safe
@public_page(queries.line_version)
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The chosen lines as one JSON document, oldest first, amounts in minor units."""
    wanted = _wanted(request, slug)
    pieces = _json_pieces(slug, wanted.mark, queries.all_rows(fund=wanted.fund, chosen=wanted.chosen))
    response = StreamingHttpResponse(pieces, content_type="application/json; charset=utf-8")
    return marked(response, wanted.mark)  # type: ignore[arg-type]


def _booking(booking: Booking) -> dict[str, object]:
    return {
        "type": "transaction",
        "seq": booking.seq,
        "id": str(booking.id),
        "kind": booking.kind.value,
        "date": booking.effective_date.isoformat(),
        "booked_at": booking.booked_at.isoformat(),
        "memo": booking.memo,
        "subject": str(booking.subject_id) if booking.subject_id else None,
        "reverses": booking.reverses,
        "log_index": booking.log_index,
        "entries": [
            {
                "account": leg.account,
                "currency": leg.currency,
                "project_id": str(leg.earmark_id) if leg.earmark_id else None,
                "project": leg.earmark,
                "amount_minor": leg.amount_minor,
                "balance_minor": leg.balance_minor,
            }
            for leg in booking.legs
        ],
    }


def _journal(wanted: _Wanted) -> Iterator[dict[str, object]]:
    yield {
        "type": "ledger",
        "town": wanted.fund.town.slug,
        "amounts": "minor units, a debit is positive",
        "filters": wanted.typed,
        "checkpoint": _checkpoint(wanted.mark),
    }
    for booking in queries.journal(fund_id=wanted.fund.pk, chosen=wanted.chosen):
        yield _booking(booking)


@require_safe
@public_page(queries.line_version)
def as_jsonl(request: HttpRequest, slug: str) -> HttpResponse:
    """The journal: one transaction with all its entries a line, oldest first. The first line is about the file."""
    wanted = _wanted(request, slug)
    return jsonl_file(wanted.name, _journal(wanted), mark=wanted.mark)
