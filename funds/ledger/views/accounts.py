"""The statement of one account and the trial balance of all: pages and files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.clock import day_of, now
from common.formats import date_short, money
from common.http import public_page
from funds.ledger import queries
from funds.ledger.forms import DayForm, StatementForm
from funds.ledger.models import Fund
from funds.ledger.queries import Book, Span, Trial
from funds.ledger.views.asked import address, errors_of, number, refuse, typed
from funds.ledger.views.balances import sections
from funds.ledger.views.files import Decimal2, csv_file, xlsx_file

_STATEMENT = ("account", "since", "until")


@dataclass(frozen=True, slots=True)
class _Asked:
    fund: Fund
    form: StatementForm
    typed: dict[str, str]
    book: Book | None
    span: Span
    books: list[Book]


def _asked(request: HttpRequest, slug: str) -> _Asked:
    found = queries.fund_of_town(slug=slug)
    books = queries.accounts_of(fund_id=found.pk)
    filled = typed(request, _STATEMENT)
    form = StatementForm(filled or None, accounts=[(book.id, f"{book.title} · {book.currency}") for book in books])
    if not form.is_valid():
        return _Asked(found, form, filled, None, queries.EVERYTHING, books)
    facts = form.cleaned_data
    span = queries.span_of(fund_id=found.pk, since=facts["since"], until=facts["until"])
    book = next(book for book in books if book.id == facts["account"])
    return _Asked(found, form, filled, book, span, books)


@require_safe
@public_page(queries.head_seq)
def account(request: HttpRequest, slug: str) -> HttpResponse:
    """Opening balance, fifty lines with the balance after each, closing balance. Without an account: the choice."""
    wanted = _asked(request, slug)
    chosen = wanted.typed.get("account")
    books = [(book.id, f"{book.title} · {book.currency}", str(book.id) == chosen) for book in wanted.books]
    context: dict[str, object] = {"fund": wanted.fund, "town": wanted.fund.town, "book": wanted.book, "accounts": books}
    context |= {"form": wanted.form, "errors": errors_of(wanted.form), "typed": wanted.typed}
    if wanted.book is not None:
        context |= _page(request, slug, wanted, wanted.book)
    return render(request, "ledger/account.html", context)


def _page(request: HttpRequest, slug: str, wanted: _Asked, book: Book) -> dict[str, object]:
    asked = {"fund_id": wanted.fund.pk, "book": book, "span": wanted.span}
    found = queries.statement(**asked, before=number(request, "before"), after=number(request, "after"))  # type: ignore[arg-type]
    if not found.lines:  # asked for lines beyond either end
        found = queries.statement(**asked)  # type: ignore[arg-type]
    base, language = reverse("ledger:account", args=[slug]), get_language() or "kk"
    lines = [
        (
            line.seq,
            date_short(line.booked_at, language),
            line.kind.label,
            line.memo,
            money(line.amount_minor, book.currency) if line.amount_minor > 0 else "",
            money(-line.amount_minor, book.currency) if line.amount_minor < 0 else "",
            money(line.balance_minor, book.currency),
        )
        for line in found.lines
    ]
    pager = {
        "previous_url": address(base, {**wanted.typed, "after": found.newer}) if found.newer is not None else "",
        "next_url": address(base, {**wanted.typed, "before": found.older}) if found.older is not None else "",
        "position": f"{found.lines[-1].seq}–{found.lines[0].seq}" if found.lines else "",
    }
    return {"statement": found, "lines": lines, "pager": pager, "same": address("", wanted.typed)}


_LINE_COLUMNS = ("seq", "booked_at", "date", "kind", "memo", "currency", "debit", "credit", "balance")


def _lines(wanted: _Asked, book: Book) -> Iterator[tuple[object, ...]]:
    for line in queries.all_lines(fund_id=wanted.fund.pk, book=book, span=wanted.span):
        yield (
            line.seq,
            line.booked_at,
            line.effective_date,
            line.kind.value,
            line.memo,
            book.currency,
            Decimal2(max(line.amount_minor, 0)),
            Decimal2(max(-line.amount_minor, 0)),
            Decimal2(line.balance_minor),
        )


def _named(slug: str, book: Book) -> str:
    return f"asar-account-{slug}-{book.code.value}-{book.currency.lower()}"


@require_safe
@public_page(queries.line_version)
def account_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """All lines of the statement, oldest first."""
    wanted = _asked(request, slug)
    if wanted.book is None:
        raise refuse(wanted.form, unbound=_("Choose an account."))
    separator = ";" if request.GET.get("separator") == ";" else ","
    mark = queries.mark_of(slug=slug)
    name = _named(slug, wanted.book)
    return csv_file(name, _LINE_COLUMNS, _lines(wanted, wanted.book), separator=separator, mark=mark)


@require_safe
@public_page(queries.line_version)
def account_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """All lines of the statement as a workbook."""
    wanted = _asked(request, slug)
    book = wanted.book
    if book is None:
        raise refuse(wanted.form, unbound=_("Choose an account."))
    found = queries.statement(fund_id=wanted.fund.pk, book=book, span=wanted.span, limit=1)
    facts = about(wanted.fund, slug, mark := queries.mark_of(slug=slug))
    facts += [
        (_("Account"), f"{book.title} · {book.currency}"),
        (_("Booked from"), wanted.form.cleaned_data["since"]),
        (_("Booked until"), wanted.form.cleaned_data["until"]),
        (_("Opening balance"), Decimal2(found.opening_minor)),
        (_("Closing balance"), Decimal2(found.closing_minor)),
    ]
    return xlsx_file(_named(slug, book), facts, "statement", _LINE_COLUMNS, _lines(wanted, book), mark=mark)


def about(fund: Fund, slug: str, mark: queries.Mark | None) -> list[tuple[str, object]]:
    """What every workbook says of itself first."""
    return [
        (_("Community foundation of the town"), fund.town.name_in(get_language() or "kk")),
        (_("Legal entity that holds the accounts:"), fund.legal_entity),
        (_("Written at (UTC)"), now()),
        (_("Checkpoint of the public log: entries"), mark.size if mark else _("none signed yet")),
        (_("Checkpoint of the public log: root"), mark.root if mark else ""),
        (_("Checkpoint of the public log: signed at (UTC)"), mark.signed_at if mark else ""),
    ]


def _day(request: HttpRequest) -> tuple[DayForm, date | None]:
    today = day_of(now())
    filled = typed(request, ("on",))
    form = DayForm(filled or None, initial={"on": today})
    if not filled:
        return form, today
    return form, form.cleaned_data["on"] if form.is_valid() else None


@require_safe
@public_page(queries.closing_version)
def trial(request: HttpRequest, slug: str) -> HttpResponse:
    """Every account with its balance as of a day, debits against credits, and whether they are the same."""
    found = queries.fund_of_town(slug=slug)
    form, day = _day(request)
    seq, trials = queries.trial_balance(fund_id=found.pk, on=day) if day else (0, [])
    context = {
        "fund": found,
        "town": found.town,
        "form": form,
        "errors": errors_of(form),
        "typed": typed(request, ("on",)) or {"on": day.isoformat() if day else ""},
        "day": day,
        "seq": seq,
        "sections": sections(trials, slug, until=day),
        "periods": queries.periods_of(fund_id=found.pk),
        "same": address("", typed(request, ("on",))),
    }
    return render(request, "ledger/trial.html", context)


_TRIAL_COLUMNS = ("account", "type", "project", "project_id", "currency", "debit", "credit")


def _balances(trials: list[Trial]) -> Iterator[tuple[object, ...]]:
    for one in trials:
        for line in one.lines:
            book = line.book
            project = str(book.earmark_id) if book.earmark_id else ""
            debit, credit = Decimal2(line.debit_minor), Decimal2(line.credit_minor)
            yield (book.code.value, book.type.value, book.earmark, project, book.currency, debit, credit)


def _trial(request: HttpRequest, slug: str) -> tuple[Fund, date, int, list[Trial]]:
    found = queries.fund_of_town(slug=slug)
    form, day = _day(request)
    if day is None:
        raise refuse(form)
    return found, day, *queries.trial_balance(fund_id=found.pk, on=day)


@require_safe
@public_page(queries.line_version)
def trial_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The trial balance, one account a row."""
    _fund, day, _seq, trials = _trial(request, slug)
    separator = ";" if request.GET.get("separator") == ";" else ","
    mark = queries.mark_of(slug=slug)
    return csv_file(f"asar-trial-{slug}-{day}", _TRIAL_COLUMNS, _balances(trials), separator=separator, mark=mark)


@require_safe
@public_page(queries.line_version)
def trial_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The trial balance as a workbook."""
    fund, day, seq, trials = _trial(request, slug)
    facts = about(fund, slug, mark := queries.mark_of(slug=slug))
    facts += [(_("As of the end of"), day), (_("Last line counted in"), seq)]
    return xlsx_file(f"asar-trial-{slug}-{day}", facts, "trial", _TRIAL_COLUMNS, _balances(trials), mark=mark)
