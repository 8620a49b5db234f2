"""Every read of the ledger: heads, balances, pages by keyset. No page counts or skips rows: it starts at a number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.money import CURRENCIES, Money
from funds.ledger.models import EarmarkBalance, Entry, Fund, Transaction
from funds.ledger.states import AccountCode, Kind

PAGE = 50
EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Row:
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
class Page:
    """Rows newest first; `before` and `after` are the sequence numbers that the next older and newer pages start at."""

    rows: list[Row]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a fund holds and what went through it in one currency."""

    currency: str
    held: Money
    bank: Money
    with_processor: Money
    gifts: Money
    spent: Money
    fees: Money


def head_seq(slug: str, *args: object, **kwargs: object) -> int:
    """The last sequence number of a town's fund, 0 when nothing is booked: the version of its ledger pages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.seq FROM ledger_head h JOIN ledger_fund f ON f.id = h.fund_id"
            " JOIN towns_town t ON t.id = f.town_id WHERE t.slug = %s",
            [slug],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def fund_of_town(*, slug: str) -> Fund:
    """The fund of a town; raises NotFound."""
    names = [f"town__name_{language}" for language, _name in settings.LANGUAGES]
    rows = Fund.objects.select_related("town").only("legal_entity", "founded_date", "town__slug", *names)
    fund = rows.filter(town__slug=slug).first()
    if fund is None:
        raise NotFound("no_fund", _("This town has no community foundation here yet."))
    return fund


# The balance of a row is what the fund's asset accounts of that currency held after it: taken once for the newest row
# of the page from balance_after, then counted back row by row in Python.
_ROWS = """
SELECT t.seq, t.id, t.kind, t.effective_date, t.booked_at, t.memo, t.subject_id,
       (array_agg(a.earmark_id) FILTER (WHERE a.earmark_id IS NOT NULL))[1] AS earmark_id,
       coalesce(max(m.label), '') AS earmark, e.currency,
       coalesce(sum(e.amount_minor) FILTER (WHERE a.type = 'asset'), 0)::bigint AS change_minor,
       coalesce(max(e.amount_minor), 0) AS volume_minor, max(e.id) AS last_entry
  FROM (SELECT * FROM ledger_transaction
         WHERE fund_id = %(fund)s AND seq {bound} ORDER BY seq {order} LIMIT %(limit)s) t
  JOIN ledger_entry e ON e.transaction_id = t.id
  JOIN ledger_account a ON a.id = e.account_id
  LEFT JOIN ledger_earmark m ON m.id = a.earmark_id
 GROUP BY t.seq, t.id, t.kind, t.effective_date, t.booked_at, t.memo, t.subject_id, e.currency
 ORDER BY t.seq {order}, e.currency
"""
# BETWEEN and both columns in ORDER BY: an equality would let the planner walk the primary key backwards instead,
# through every later entry of other accounts (measured: 15,000 rows for a quiet account among 10,000 transactions).
_HELD_AT = """
SELECT a.currency, sum(l.balance_after)::bigint
  FROM ledger_account a
 CROSS JOIN LATERAL (SELECT balance_after FROM ledger_entry e
                      WHERE e.account_id BETWEEN a.id AND a.id AND e.id <= %(entry)s
                      ORDER BY e.account_id, e.id DESC LIMIT 1) l
 WHERE a.fund_id = %(fund)s AND a.type = 'asset' GROUP BY a.currency
"""


def _fetch(fund_id: UUID, *, start: int | None, upwards: bool, limit: int) -> list[tuple[Any, ...]]:
    bound = "> %(start)s" if upwards else "< %(start)s"
    statement = _ROWS.format(bound=bound if start is not None else "> 0", order="ASC" if upwards else "DESC")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"fund": fund_id, "start": start, "limit": limit})
        return list(cursor.fetchall())


def _held_at(fund_id: UUID, entry: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD_AT, {"fund": fund_id, "entry": entry})
        return dict(cursor.fetchall())


def _with_balances(fund_id: UUID, newest_first: list[tuple[Any, ...]]) -> list[Row]:
    if not newest_first:
        return []
    held = _held_at(fund_id, max(row[-1] for row in newest_first))
    rows = []
    for row in newest_first:
        currency, change = row[9], row[10]
        facts = (*row[:2], Kind(row[2]), *row[3:-1], held.get(currency, 0))
        rows.append(Row(*facts))
        held[currency] = held.get(currency, 0) - change
    return rows


def page(*, fund: Fund, before: int | None = None, after: int | None = None, limit: int = PAGE) -> Page:
    """One page of a fund's ledger, newest first: the rows just below `before`, or just above `after`.

    Two queries whatever the size of the ledger.
    """
    upwards = before is None and after is not None
    found = _fetch(fund.pk, start=after if upwards else before, upwards=upwards, limit=limit + 1)
    numbers = sorted({row[0] for row in found}, reverse=not upwards)
    more, shown = len(numbers) > limit, set(numbers[:limit])
    kept = [row for row in found if row[0] in shown]
    if upwards:
        kept.reverse()
    rows = _with_balances(fund.pk, kept)
    if not rows:
        return Page([], None, None)
    has_newer = more if upwards else before is not None
    has_older = (rows[-1].seq > 1) if upwards else more
    return Page(rows, older=rows[-1].seq if has_older else None, newer=rows[0].seq if has_newer else None)


def all_rows(*, fund: Fund) -> Iterator[Row]:
    """The whole ledger from the first transaction on, in constant memory."""
    start: int = 0
    while found := _fetch(fund.pk, start=start, upwards=True, limit=EXPORT_CHUNK):
        yield from reversed(_with_balances(fund.pk, found[::-1]))
        start = found[-1][0]


_TOTALS = """
SELECT a.currency, a.code, sum(b.amount_minor)::bigint
  FROM ledger_fund f LEFT JOIN ledger_account a ON a.fund_id = f.id LEFT JOIN ledger_balance b ON b.account_id = a.id
 WHERE f.town_id = %s GROUP BY a.currency, a.code
"""


def totals_of_town(*, town_id: UUID) -> list[Totals] | None:
    """What a town's fund holds, received, spent and paid in fees, per currency that it ever used, tenge first.

    None when the town has no fund. One query.
    """
    sums: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [town_id])
        rows = cursor.fetchall()
    for currency, code, minor in rows:
        sums.setdefault(currency, {})[code] = minor
    return [_totals(currency, sums[currency]) for currency in CURRENCIES if currency in sums] if rows else None


def _totals(currency: str, by_code: dict[str, int]) -> Totals:
    def of(*codes: AccountCode) -> Money:
        return Money(sum(by_code.get(code, 0) for code in codes), currency)

    return Totals(
        currency=currency,
        held=of(AccountCode.STRIPE, AccountCode.BANK, AccountCode.CASH),
        bank=of(AccountCode.BANK, AccountCode.CASH),
        with_processor=of(AccountCode.STRIPE),
        gifts=-of(AccountCode.GIFTS),
        spent=of(AccountCode.SPENDING),
        fees=of(AccountCode.FEES),
    )


def available(*, earmark_id: UUID, currency: str) -> Money:
    """What is left of the money tied to an earmark."""
    minor = (
        EarmarkBalance.objects.filter(earmark_id=earmark_id, currency=currency)
        .values_list("available_minor", flat=True)
        .first()
    )
    return Money(minor or 0, currency)


def balance_of(*, fund: Fund, code: AccountCode, currency: str) -> Money:
    """What one kind of account of a fund holds, all earmarks together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(b.amount_minor), 0)::bigint FROM ledger_account a JOIN ledger_balance b"
            " ON b.account_id = a.id WHERE a.fund_id = %s AND a.code = %s AND a.currency = %s",
            [fund.pk, code, currency],
        )
        return Money(int(cursor.fetchone()[0]), currency)


def transaction_at(*, fund: Fund, seq: int) -> Transaction:
    """One transaction by its number; raises NotFound."""
    found = Transaction.objects.filter(fund=fund, seq=seq).select_related("reverses", "reversed_by").first()
    if found is None:
        raise NotFound("no_transaction", _("The ledger has no line with this number."))
    return found


def entries_of(*, transaction: Transaction) -> list[Entry]:
    """The lines of a transaction in the order they were written."""
    return list(transaction.entries.select_related("account__earmark").order_by("id"))


def transactions_of_subject(*, subject_id: UUID) -> list[Transaction]:
    """What was booked about a gift or a spending request, oldest first."""
    return list(Transaction.objects.filter(subject_id=subject_id).order_by("seq"))


@dataclass(frozen=True, slots=True)
class EarmarkTotals:
    """What was given, paid and taken as fees for one earmark in one currency, and what is left of it."""

    gifts: Money
    spent: Money
    fees: Money
    left: Money


_EARMARKS = """
SELECT a.earmark_id, a.currency, a.code, sum(b.amount_minor)::bigint
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
 WHERE a.earmark_id = ANY(%s) GROUP BY a.earmark_id, a.currency, a.code
"""


def earmark_totals(*, earmark_ids: Sequence[UUID]) -> dict[UUID, list[EarmarkTotals]]:
    """Totals per earmark and currency, tenge first; earmarks without money are not in the answer. One query."""
    sums: dict[UUID, dict[str, dict[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_EARMARKS, [list(earmark_ids)])
        for earmark, currency, code, minor in cursor.fetchall():
            sums.setdefault(earmark, {}).setdefault(currency, {})[code] = minor
    return {
        earmark: [
            EarmarkTotals(
                gifts=Money(-codes.get(AccountCode.GIFTS, 0), currency),
                spent=Money(codes.get(AccountCode.SPENDING, 0), currency),
                fees=Money(codes.get(AccountCode.FEES, 0), currency),
                left=Money(-sum(codes.values()), currency),
            )
            for currency in CURRENCIES
            if (codes := by_currency.get(currency))
        ]
        for earmark, by_currency in sums.items()
    }
