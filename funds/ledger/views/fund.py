"""The page of a fund's ledger. Numbers and dates are formatted once per row, in Python."""

from functools import lru_cache
from html import escape

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.clock import day_of
from common.formats import date_short, money
from common.http import public_page
from funds.ledger import queries
from funds.ledger.queries import Page, Row
from funds.ledger.states import Kind
from funds.ledger.views.asked import address, asked, errors_of, number

Cells = tuple[str, str, str, str, str, str, str]


def _note(text: str) -> str:
    return f'<span class="note">{text}</span>' if text else ""


@lru_cache(maxsize=8)
def _words(language: str) -> tuple[dict[Kind, str], str, str]:
    """What rows say, escaped: each kind, "booked", "between own accounts"."""
    del language  # the texts are read in it
    return {kind: escape(str(kind.label)) for kind in Kind}, escape(_("booked")), escape(_("between own accounts"))


def shown(rows: list[Row], base: str) -> list[Cells]:
    """Rows as the template prints them: address, number, day, what, direction, amount, balance.

    Plain strings that are safe as they stand: the template does not escape them again (escaping each cell there was
    most of the page's cost). Only memo and project hold words that people typed; they are escaped here.
    `base` is the address of the fund's page.
    """
    language = get_language() or "kk"
    kinds, late, own = _words(language)
    cells = []
    for row in rows:
        day, booked = date_short(row.effective_date, language), day_of(row.booked_at)
        if booked != row.effective_date:
            day += _note(f"{late} {date_short(booked, language)}")
        what = f"{row.memo} · {row.earmark}" if row.memo and row.earmark else row.memo or row.earmark
        change = row.change_minor
        amount = money(change or row.volume_minor, row.currency)
        direction = "in" if change > 0 else "out" if change < 0 else "within"
        amount = f"+{amount}" if change > 0 else amount if change else amount + _note(own)
        seq = str(row.seq)
        balance = money(row.balance_minor, row.currency)
        title = kinds[row.kind] + (_note(escape(what)) if what else "")
        cells.append((f"{base}{seq}/", seq, day, title, direction, amount, balance))
    return cells


@lru_cache(maxsize=128)
def _kinds(language: str, typed: str) -> list[tuple[str, str, bool]]:
    del language  # the labels are read in it
    return [(kind.value, str(kind.label), kind.value == typed) for kind in Kind]


@require_safe
@public_page(queries.fund_version)
def fund(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of fifty transactions, newest first, all of them or those that the filters choose.

    What is wrong in a filter is named beside it and nothing is chosen: a list that ignores a filter would mislead.
    """
    found = queries.overview(slug=slug)
    wanted = asked(request, fund_id=found.pk, earmarks=found.earmarks)
    page = Page([], None, None)
    if wanted.chosen is not None:
        page = queries.page(
            fund=found, before=number(request, "before"), after=number(request, "after"), chosen=wanted.chosen
        )
        if found.seq and not page.rows:  # asked for lines beyond either end
            page = queries.page(fund=found, chosen=wanted.chosen)
    base = reverse("ledger:fund", args=[slug])
    pager = {
        "previous_url": address(base, {**wanted.typed, "after": page.newer}) if page.newer is not None else "",
        "next_url": address(base, {**wanted.typed, "before": page.older}) if page.older is not None else "",
        "position": f"{page.rows[-1].seq}–{page.rows[0].seq}" if page.rows else "",
    }
    context = {
        "fund": found,
        "town": found,
        "rows": shown(page.rows, base),
        "pager": pager,
        "totals": found.totals,
        "form": wanted.form,
        "errors": errors_of(wanted.form),
        "typed": wanted.typed,
        "projects": [(pk, label, str(pk) == wanted.typed.get("project")) for pk, label in found.earmarks],
        "kinds": _kinds(get_language() or "kk", wanted.typed.get("kind", "")),
        "right": wanted.chosen is not None,
        "files": address("", {**wanted.typed, "separator": ";"}) if wanted.typed else "?separator=;",
        "same": address("", wanted.typed),
    }
    return render(request, "ledger/fund.html", context)
