"""Short words for tests of the ledger: postings of every kind, the rows behind a fund, and what must always hold."""

import json
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from operator import attrgetter
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from common.errors import DomainError
from common.money import Money
from funds.ledger.actions import Booked, post
from funds.ledger.models import Account, Balance, Correction, EarmarkBalance, Entry, Fund, Head, Hold, Transaction
from funds.ledger.rules import AVAILABLE, Line, Posting
from funds.ledger.rules.corrections import correction_key
from funds.ledger.states import AccountCode, Kind
from tests.raw_ledger import sql
from tests.thread import Thread
from transparency.rules.canonical import canonical
from users.models import User

DAY = date(2026, 11, 22)
Side = tuple[str, int] | tuple[str, int, UUID | None] | tuple[str, int, UUID | None, str]

ASKS_AND_CONFIRMS = ("asks@example.org", "confirms@example.org")

_keys = count(1)


def entry(code: str, minor: int, earmark: UUID | None = None, currency: str = "KZT") -> Line:
    """One line: a positive amount debits."""
    return Line(AccountCode(code), Money(minor, currency), earmark)


def posting(fund: Fund, kind: str, *sides: Side, key: str = "", day: date = DAY, **more: object) -> Posting:
    """A posting of lines given as (code, minor units, earmark, currency); its key is new unless it is named."""
    made = Posting(
        fund=fund.pk,
        kind=Kind(kind),
        effective_date=day,
        key=key or f"{fund.pk}:{next(_keys)}",
        lines=tuple(entry(*side) for side in sides),
        subject=uuid5(fund.pk, key) if kind in ("refund", "dispute", "dispute_won") else None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def book(now: datetime, *postings: Posting) -> list[Booked]:
    """Post in a savepoint, so that a refused posting leaves the test's own transaction usable."""
    with transaction.atomic():
        booked = post(postings=postings, now=now)
        for one in postings:
            if one.kind == Kind.REVERSAL:
                confirm_reversals(Fund.objects.get(pk=one.fund))
        return booked


def gift(fund: Fund, minor: int, earmark: UUID | None = None, **more: object) -> Posting:
    """A gift by card."""
    return posting(fund, "gift", ("stripe", minor), ("gifts", -minor, earmark), **more)  # type: ignore[arg-type]


def payout(fund: Fund, minor: int, **more: object) -> Posting:
    """What the card processor transfers to the bank account."""
    return posting(fund, "payout", ("bank", minor), ("stripe", -minor), **more)  # type: ignore[arg-type]


def refund(fund: Fund, minor: int, earmark: UUID | None = None, *, source: str = "bank", **more: object) -> Posting:
    """A gift given back from the bank account (or `source`)."""
    return posting(fund, "refund", ("gifts", minor, earmark), (source, -minor), **more)  # type: ignore[arg-type]


def mirror(booked: UUID, fund: Fund, **more: object) -> Posting:
    """The reversal of a booked transaction."""
    lines = Entry.objects.filter(transaction=booked).order_by("line").select_related("account")
    sides = [(e.account.code, -e.amount_minor, e.account.earmark_id, e.currency) for e in lines]
    return posting(fund, "reversal", *sides, reverses=booked, key=correction_key(uuid4()), **more)  # type: ignore[arg-type]


def voted(fund: Fund, now: datetime) -> UUID:
    """A decision that the council of the fund's town has adopted: without one no money changes its purpose."""
    return Thread(town=fund.town, fund=fund, now=now).decision().pk


def confirm_reversals(fund: Fund) -> None:
    """Give each reversal of this fund the word of two people, as the pages do before they book one.

    Their keys are those of corrections, or nobody can confirm them.
    """
    alone = Transaction.objects.filter(fund=fund, kind=Kind.REVERSAL).exclude(reverses__kind=Kind.SENT)
    rows = list(alone.exclude(pk__in=Correction.objects.exclude(booked=None).values("booked")))
    if not rows:
        return
    people = [User.objects.get_or_create(email=email)[0] for email in ASKS_AND_CONFIRMS]
    for row in rows:
        pk = UUID(row.key.removeprefix("correction:"))
        facts = {"fund": fund, "kind": Kind.REVERSAL, "reason": "Tests", "reverses_id": row.reverses_id}
        Correction.objects.create(id=pk, asked_by=people[0], asked_at=row.booked_at, **facts)
        Correction.objects.filter(pk=pk).update(answered_by=people[1], answered_at=row.booked_at, booked=row)


def code_of(now: datetime, *postings: Posting) -> str:
    """The code of the refusal that these postings meet, "" when they are booked."""
    try:
        book(now, *postings)
    except DomainError as refusal:
        return refusal.code
    return ""


def amounts(fund: Fund) -> dict[tuple[str, str, UUID | None], int]:
    """The balance of each account that is not empty, by code, currency and earmark."""
    rows = Balance.objects.filter(account__fund=fund).values_list(
        "account__code", "account__currency", "account__earmark_id", "amount_minor"
    )
    return {(code, currency, earmark): minor for code, currency, earmark, minor in rows if minor}


def log_bodies(slug: str) -> list[bytes]:
    """Every entry of a town's log, in order."""
    rows = sql(
        "SELECT e.index, e.body FROM transparency_entry e JOIN transparency_log g ON g.id = e.log_id"
        " WHERE g.slug = %s ORDER BY e.index",
        slug,
    )
    assert [index for index, _body in rows] == list(range(len(rows)))
    return [bytes(body) for _index, body in rows]


def told(row: Transaction, slug: str) -> dict[str, object]:
    """What the log's entry of a transaction has to say, out of the rows of the ledger alone."""
    entries = []
    for line in sorted(row.entries.all(), key=attrgetter("line")):
        one: dict[str, object] = {
            "account": line.account.code,
            "after": line.balance_after,
            "amount": line.amount_minor,
            "currency": line.currency,
        }
        if line.account.earmark_id:
            one["project"] = str(line.account.earmark_id)
        entries.append(one)
    body: dict[str, object] = {
        "at": row.booked_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "date": row.effective_date.isoformat(),
        "entries": entries,
        "fund": slug,
        "id": str(row.pk),
        "kind": row.kind,
        "memo": row.memo,
        "seq": row.seq,
        "type": "transaction",
        "v": 1,
    }
    if row.reverses is not None:
        body["reverses"] = row.reverses.seq
    if row.subject_id:
        body["subject"] = str(row.subject_id)
    return body


def check_books(fund: Fund) -> int:
    """Everything that must hold of a fund whatever happened to it. Returns how many transactions it has."""
    slug = fund.town.slug
    rows = list(
        Transaction.objects.filter(fund=fund)
        .order_by("seq")
        .select_related("reverses")
        .prefetch_related("entries__account")
    )
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    head = Head.objects.filter(fund=fund).first()
    assert (head.seq if head else 0) == len(rows)
    assert [row.booked_at for row in rows] == sorted(row.booked_at for row in rows)
    running: dict[UUID, int] = {}
    sums: dict[tuple[UUID, str], int] = {}
    entries = Entry.objects.filter(transaction__fund=fund).order_by("transaction__seq", "line")
    for line in entries:
        running[line.account_id] = running.get(line.account_id, 0) + line.amount_minor
        assert line.balance_after == running[line.account_id]
        of = (line.transaction_id, line.currency)
        sums[of] = sums.get(of, 0) + line.amount_minor
    assert set(sums.values()) <= {0}
    assert {pk for pk, _currency in sums} == {row.pk for row in rows}
    balances = Balance.objects.filter(account__fund=fund).values_list("account_id", "amount_minor")
    assert {pk: minor for pk, minor in balances if minor} == {pk: minor for pk, minor in running.items() if minor}
    _check_purses_and_holds(fund, running)
    bodies = log_bodies(slug)
    # Commitments of a gift cannot be told from the ledger's rows; what they open is tried in tests/donations.
    booked = [place for place, body in enumerate(bodies) if json.loads(body)["type"] == "transaction"]
    assert booked == [row.log_index for row in rows]
    for row in rows:
        kept = {name: said for name, said in json.loads(bodies[row.log_index]).items() if name == "commitments"}
        assert bodies[row.log_index] == canonical(told(row, slug) | kept)
    return len(rows)


def _check_purses_and_holds(fund: Fund, running: dict[UUID, int]) -> None:
    left: dict[tuple[UUID | None, str], int] = {}
    for account in Account.objects.filter(fund=fund):
        if account.code in AVAILABLE:
            of = (account.earmark_id, account.currency)
            left[of] = left.get(of, 0) - running.get(account.pk, 0)
        if account.never_negative:
            assert running.get(account.pk, 0) >= 0
    held: dict[UUID, int] = {}
    tied: dict[tuple[UUID | None, str], int] = {}
    for hold in Hold.objects.filter(fund=fund, end__isnull=True).select_related("purpose"):
        if hold.account_id is not None:
            held[hold.account_id] = held.get(hold.account_id, 0) + hold.amount_minor
        of = (hold.purpose.earmark_id, hold.currency)
        tied[of] = tied.get(of, 0) + hold.amount_minor
    kept = Balance.objects.filter(account__fund=fund).values_list("account_id", "held_minor")
    assert {pk: minor for pk, minor in kept if minor} == held
    purses = EarmarkBalance.objects.filter(fund=fund)
    assert {(p.earmark_id, p.currency): p.available_minor for p in purses if p.available_minor} == {
        of: minor for of, minor in left.items() if minor
    }
    assert {(p.earmark_id, p.currency): p.held_minor for p in purses if p.held_minor} == tied
    assert all(minor >= 0 for (earmark, _currency), minor in left.items() if earmark)
