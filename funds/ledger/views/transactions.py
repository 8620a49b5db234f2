"""One line of the ledger with all that stands behind it: double entry, documents, proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.http import public_page
from funds.ledger import queries
from funds.ledger.states import Kind
from transparency.queries.seals import seal_of


@require_safe
@public_page(queries.line_version)
def transaction(request: HttpRequest, slug: str, seq: int) -> HttpResponse:
    """One transaction with its double entries, for whoever wants to check."""
    found = queries.fund_of_town(slug=slug)
    booked = queries.transaction_at(fund=found, seq=seq)
    entries = queries.entries_of(transaction=booked)
    earmarks = {entry.account.earmark_id: entry.account.earmark for entry in entries if entry.account.earmark_id}
    context = {
        "fund": found,
        "town": found.town,
        "booked": booked,
        "entries": entries,
        "earmarks": list(earmarks.values()),
        "papers": queries.papers_of(kind=Kind(booked.kind), subject_id=booked.subject_id),
        "seal": seal_of(slug=slug, index=booked.log_index),
    }
    return render(request, "ledger/transaction.html", context)
