"""Pages of a fund's ledger by keyset, whole or filtered. No page counts or skips rows: it starts at a number."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from funds.ledger.models import Fund
from funds.ledger.queries.periods import ENDLESS, EVERYTHING, Span
from funds.ledger.queries.prepared import fetch, fetch_planned
from funds.ledger.queries.totals import MONEY_CODES, Overview
from funds.ledger.rules import MONEY
from funds.ledger.states import AccountCode, Kind

PAGE = 50
EXPORT_CHUNK = 500


class Row(NamedTuple):
    """One transaction as the public reads it. `change` is what it did to the fund's money (0 for a transfer)."""

    seq: int
    id: UUID
    kind: Kind
    effective_date: date
    booked_at: datetime
    memo: str
    subject_id: UUID | None
    earmark_id: UUID | None
    earmark: str
    currency: str
    change_minor: int
    volume_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lines somebody wants to see. `earmark_id` None and `kind` None: all of them."""

    span: Span = EVERYTHING
    kind: Kind | None = None
    earmark_id: UUID | None = None

    @property
    def unbroken(self) -> bool:
        """Whether no line between two chosen ones is left out."""
        return self.kind is None and self.earmark_id is None


ALL = Chosen()
_Found = tuple[Any, ...]  # the fields of Row up to volume_minor, then the id of the transaction's last entry
_Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
_MONEY_SET = frozenset(code.value for code in MONEY)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows newest first; `older` and `newer` are the numbers that the next pages start at, None where none follows."""

    rows: list[Row]
    older: int | None
    newer: int | None


# $1 fund, $2 and $3 the numbers between which (exclusive) to look, $4 how many transactions, $5 earmark.
_BY_NUMBER = """SELECT * FROM ledger_transaction t
 WHERE fund_id = $1::uuid AND seq > $2::bigint AND seq < $3::bigint{where} ORDER BY seq {order} LIMIT $4::bigint"""
_TIED = """ AND EXISTS (SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
 WHERE e.transaction_id = t.id AND a.earmark_id = $5::uuid)"""
# Lines of a project: walk the few accounts that carry its mark, each from the page's edge on, and merge. The index is
# walked up or down: asked for any other order than these two, all entries of the account would be sorted.
_BY_EARMARK = """SELECT * FROM ledger_transaction WHERE id IN (
 SELECT x.transaction_id FROM ledger_account a CROSS JOIN LATERAL (
   SELECT e.transaction_id FROM ledger_entry e {join}
    WHERE e.account_id BETWEEN a.id AND a.id{kind}
      AND e.id > coalesce((SELECT max(l.id) FROM ledger_entry l WHERE l.transaction_id = (
            SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND seq <= $2::bigint
             ORDER BY seq DESC LIMIT 1)), 0)
      AND e.id <= coalesce((SELECT max(h.id) FROM ledger_entry h WHERE h.transaction_id = (
            SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND seq < $3::bigint
             ORDER BY seq DESC LIMIT 1)), 0)
      AND NOT EXISTS (SELECT 1 FROM ledger_entry s WHERE s.transaction_id = e.transaction_id
                         AND s.account_id = e.account_id AND s.id > e.id)
    ORDER BY e.account_id {order}, e.id {order} LIMIT $4::bigint) x
  WHERE a.fund_id = $1::uuid AND a.earmark_id = $5::uuid{code})
 ORDER BY seq {order} LIMIT $4::bigint"""
# Where nearly every line of a project's account is of one kind, that account is walked; lines of rare kinds are found
# by their kind.
_MAIN = {Kind.GIFT: AccountCode.GIFTS, Kind.FEE: AccountCode.FEES, Kind.PAYMENT: AccountCode.SPENDING}
# One row an entry, put together in Python: grouping here costs four times as much (measured: 1.2 ms against 0.3). What
# is dear to read and the same for all lines of a transaction travels with the first one alone.
# The fund's accounts are few and read once: looked up for each entry they were a third of the page.
_ROWS = """
WITH book AS MATERIALIZED (
 SELECT a.id, a.code, a.earmark_id, m.label FROM ledger_account a LEFT JOIN ledger_earmark m ON m.id = a.earmark_id
  WHERE a.fund_id = $1::uuid)
SELECT t.seq, CASE e.line WHEN 1 THEN t.id END, t.kind, CASE e.line WHEN 1 THEN t.effective_date END,
       CASE e.line WHEN 1 THEN t.booked_at END, t.memo, CASE e.line WHEN 1 THEN t.subject_id END,
       e.currency, e.amount_minor, e.id, a.code, a.earmark_id, a.label
  FROM ({lines}) t JOIN ledger_entry e ON e.transaction_id = t.id JOIN book a ON a.id = e.account_id
 ORDER BY t.seq {order}, e.line
"""
# The balance of a row is what the fund's money accounts of that currency held after it: taken once for the newest row
# of the page from balance_after, then counted back row by row (where no line is left out).
# BETWEEN and both columns in ORDER BY name the account's index exactly; no other could be walked instead.
_LAST_BALANCE = """(SELECT balance_after FROM ledger_entry e
                      WHERE e.account_id BETWEEN a.id AND a.id AND e.id <= {bound}
                      ORDER BY e.account_id DESC, e.id DESC LIMIT 1)"""
_HELD_AT = f"""
SELECT a.currency, sum(l.balance_after)::bigint
  FROM ledger_account a CROSS JOIN LATERAL {_LAST_BALANCE.format(bound="$2::bigint")} l
 WHERE a.fund_id = $1::uuid AND a.code IN ({MONEY_CODES}) GROUP BY a.currency
"""  # noqa: S608 - constants of ours
_HELD_AT_EACH = f"""
SELECT r.place, (SELECT sum(l.balance_after)::bigint
                   FROM ledger_account a CROSS JOIN LATERAL {_LAST_BALANCE.format(bound="r.entry")} l
                  WHERE a.fund_id = $1::uuid AND a.code IN ({MONEY_CODES}) AND a.currency = r.currency)
  FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS r(entry, currency, place) ORDER BY r.place
"""  # noqa: S608 - constants of ours


def lines_of(*, order: str, kind: Kind | None, earmark: bool) -> str:
    """The SELECT of the chosen transactions, `order` ASC or DESC: what a page, or an export, is built around."""
    # As a word of the statement: only then it is known that the index of the rarer kinds has it.
    of_kind = f" AND kind = '{kind.value}'" if kind else ""
    if not earmark:
        return _BY_NUMBER.format(where=of_kind, order=order)
    if kind is not None and kind not in _MAIN:
        return _BY_NUMBER.format(where=of_kind + _TIED, order=order)
    return _BY_EARMARK.format(
        join="JOIN ledger_transaction t ON t.id = e.transaction_id" if kind else "",
        kind=f" AND t.kind = '{kind.value}'" if kind else "",
        code=f" AND a.code = '{_MAIN[kind].value}'" if kind else "",
        order=order,
    )


@lru_cache(maxsize=64)
def _statement(*, order: str, kind: Kind | None, earmark: bool) -> str:
    return _ROWS.format(lines=lines_of(order=order, kind=kind, earmark=earmark), order=order)


def _fetch(
    fund_id: UUID, chosen: Chosen, *, above: int, below: int, upwards: bool, limit: int, ask: _Ask = fetch
) -> list[_Found]:
    values: list[object] = [fund_id, max(above, chosen.span.first - 1), min(below, chosen.span.last + 1), limit]
    if chosen.earmark_id is not None:
        values.append(chosen.earmark_id)
    order = "ASC" if upwards else "DESC"
    statement = _statement(order=order, kind=chosen.kind, earmark=chosen.earmark_id is not None)
    return list(_gathered(ask(statement, values), upwards=upwards))


@dataclass(slots=True)
class _Sum:
    """What the lines of one transaction in one currency come to."""

    change: int = 0
    volume: int = 0
    last_entry: int = 0


def _gathered(rows: list[tuple[Any, ...]], *, upwards: bool) -> Iterator[_Found]:
    """One row per transaction and currency from one per entry."""
    for _seq, lines in groupby(rows, key=itemgetter(0)):
        sums: dict[str, _Sum] = {}
        earmarks: dict[UUID, str] = {}
        head: tuple[Any, ...] | None = None
        for line in lines:
            head = head or line
            currency, amount, entry, code, earmark, label = line[7:]
            one = sums.get(currency)
            if one is None:
                one = sums[currency] = _Sum()
            if code in _MONEY_SET:
                one.change += amount
            one.volume = max(one.volume, amount)
            one.last_entry = entry
            if earmark is not None:
                earmarks[earmark] = label
        if head is None:
            continue
        label = " · ".join(earmarks.values())
        # Downwards the currency that comes last in the alphabet comes first: turned around, both ways are one list.
        for currency in sorted(sums, reverse=not upwards):
            one = sums[currency]
            first = next(iter(earmarks), None)
            yield (*head[:7], first, label, currency, one.change, one.volume, one.last_entry)


def _with_balances(
    fund_id: UUID, newest_first: list[_Found], held: dict[str, int] | None = None, *, ask: _Ask = fetch
) -> list[Row]:
    """Rows of which none is left out between: one balance, counted back."""
    if not newest_first:
        return []
    if held is None:
        held = dict(ask(_HELD_AT, [fund_id, max(row[-1] for row in newest_first)]))
    rows = []
    for row in newest_first:
        currency, change = row[9], row[10]
        rows.append(_row(row, held.get(currency, 0)))
        held[currency] = held.get(currency, 0) - change
    return rows


def _with_each_balance(fund_id: UUID, found: list[_Found], *, ask: _Ask = fetch) -> list[Row]:
    """Rows with gaps between them: each asks for its own balance, all in one query."""
    if not found:
        return []
    held = ask(_HELD_AT_EACH, [fund_id, [row[-1] for row in found], [row[9] for row in found]])
    return [_row(row, after or 0) for row, (_place, after) in zip(found, held, strict=True)]


def _row(found: _Found, balance: int) -> Row:
    facts = (*found[:2], Kind(found[2]), *found[3:-1], balance)
    return Row(*facts)


def page(
    *,
    fund: Fund | Overview,
    before: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
    chosen: Chosen = ALL,
) -> Page:
    """One page of a fund's ledger, newest first: the chosen rows just below `before`, or just above `after`.

    Two queries whatever the size of the ledger; a third tells whether newer rows are chosen, where that is not known.
    """
    upwards = before is None and after is not None
    above = after if upwards and after is not None else 0
    below = min(before, ENDLESS) if before is not None else ENDLESS
    found = _fetch(fund.pk, chosen, above=min(above, ENDLESS), below=below, upwards=upwards, limit=limit + 1)
    numbers = sorted({row[0] for row in found}, reverse=not upwards)
    more, shown = len(numbers) > limit, set(numbers[:limit])
    kept = [row for row in found if row[0] in shown]
    if upwards:
        kept.reverse()
    if not kept:
        return Page([], None, None)
    if chosen.unbroken:
        # An overview of the very same moment already knows what the newest row left behind.
        held = None
        if isinstance(fund, Overview) and kept[0][0] == fund.seq:
            held = {sums.currency: sums.held.minor for sums in fund.totals}
        rows = _with_balances(fund.pk, kept, held)
    else:
        rows = _with_each_balance(fund.pk, kept)
    oldest, newest = rows[-1].seq, rows[0].seq
    if upwards:
        has_newer, has_older = more, oldest > chosen.span.first and _older(fund, chosen, below=oldest)
    else:
        has_newer, has_older = before is not None and _newer(fund, chosen, above=newest), more
    return Page(rows, older=oldest if has_older else None, newer=newest if has_newer else None)


def _newer(fund: Fund | Overview, chosen: Chosen, *, above: int) -> bool:
    if chosen.unbroken and isinstance(fund, Overview):
        return above < min(fund.seq, chosen.span.last)
    return bool(_fetch(fund.pk, chosen, above=above, below=ENDLESS, upwards=True, limit=1))


def _older(fund: Fund | Overview, chosen: Chosen, *, below: int) -> bool:
    # Numbers have no gaps: without a filter something always stands below.
    return chosen.unbroken or bool(_fetch(fund.pk, chosen, above=0, below=below, upwards=False, limit=1))


def all_rows(*, fund: Fund, chosen: Chosen = ALL) -> Iterator[Row]:
    """The chosen rows from the first transaction on, in constant memory."""
    start = 0
    while found := _fetch(
        fund.pk, chosen, above=start, below=ENDLESS, upwards=True, limit=EXPORT_CHUNK, ask=fetch_planned
    ):
        if chosen.unbroken:
            yield from reversed(_with_balances(fund.pk, found[::-1], ask=fetch_planned))
        else:
            yield from _with_each_balance(fund.pk, found, ask=fetch_planned)
        start = found[-1][0]
