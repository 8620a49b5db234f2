"""One transaction is booked by plain statements (sql/single.sql) or as a batch of one (sql/batch.sql): the rows that
they write and the rules that they name are the same. Each posting here goes both ways from the same books."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.db.utils import DataError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funds.ledger.models import Fund
from funds.ledger.states import Kind
from tests.raw_ledger import line, raw_batch, raw_post, rule_of, send, sql

_ONE = (
    "SELECT booked_id, seq, created FROM ledger_post(%s::timestamptz, %s::uuid, %s::uuid, %s, %s::date, %s::boolean,"
    " %s, %s, %s::uuid, %s::uuid, %s::jsonb, %s::uuid[], %s::bigint[], %s)"
)
_TABLES = (
    "SELECT to_jsonb(t) FROM ledger_transaction t ORDER BY fund_id, seq",
    "SELECT to_jsonb(e) - 'id' FROM ledger_entry e ORDER BY transaction_id, line",
    "SELECT to_jsonb(b) FROM ledger_balance b ORDER BY account_id",
    "SELECT to_jsonb(k) - 'id' FROM ledger_earmarkbalance k ORDER BY id",
    "SELECT to_jsonb(h) FROM transparency_head h ORDER BY log_id",
    "SELECT convert_from(body, 'UTF8')::jsonb FROM transparency_entry ORDER BY log_id, index",
    "SELECT to_jsonb(encode(body, 'hex')) FROM transparency_entry ORDER BY log_id, index",
)
Outcome = tuple[object, ...]


def send_one(batch: dict[str, Any]) -> tuple[Any, ...]:
    """The only transaction of a batch, by the function for one."""
    told, lines = batch["transactions"][0], batch["lines"]
    said = told.get("commitments")
    values = [batch["booked_at"], *(told.get(name) for name in ("id", "fund", "kind", "date")), told.get("late", False)]
    values += [told["key"], told["memo"], told.get("subject"), told.get("reverses"), said and json.dumps(said)]
    values += [[one["a"] for one in lines], [one["m"] for one in lines], json.dumps(batch["accounts"])]
    return sql(_ONE, *values)[0]


def outcome(way: Any, batch: dict[str, Any]) -> Outcome:
    """What a way answers and leaves in the tables, or the rule that it names; nothing of it stays."""
    try:
        with transaction.atomic():
            found = (way(batch), *(tuple(map(str, sql(table))) for table in _TABLES))
            transaction.set_rollback(True)
            return found
    except (IntegrityError, InternalError, DataError) as error:
        return (rule_of(error),)


@pytest.fixture
def books(fund: Fund, earmark: UUID) -> UUID:
    """Money on every account that a posting of the tests takes from; the number of the last gift."""
    raw_post(fund.pk, "gift", line("stripe", 5000), line("bank", 3000), line("gifts", -8000))
    raw_post(fund.pk, "gift", line("stripe", 700), line("gifts", -700, earmark=earmark))
    booked: UUID = raw_post(fund.pk, "gift", line("bank", 40), line("cash", 60), line("gifts", -100))[0]
    sql("SELECT ledger_close(gen_random_uuid(), %s, '2026-10-31', '2026-11-22T09:00:00Z')", fund.pk)
    return booked


_AMOUNTS = st.sampled_from([-9007199254740992, -5000, -701, -700, -60, -1, 0, 1, 60, 700, 3000, 5701, 2**53])
_CODES = st.sampled_from(
    ["stripe", "bank", "cash", "transit", "gifts", "fees", "moved", "spending", "shortfall", "trading"]
)


@pytest.mark.django_db
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_ways_book_and_refuse_the_same(fund: Fund, earmark: UUID, books: UUID, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([*Kind.values, "gift", "gift", "fee", "payout", "none"]))
    chosen = data.draw(
        st.lists(st.tuples(_CODES, st.sampled_from([None, earmark])), min_size=1, max_size=4, unique=True),
        label="accounts",
    )
    amounts = [data.draw(_AMOUNTS) for _ in chosen[1:]]
    amounts.insert(0, -sum(amounts) + data.draw(st.sampled_from([0, 0, 0, 0, 0, 1])))
    lines = [line(code, amount, earmark=tied) for (code, tied), amount in zip(chosen, amounts, strict=True)]
    change = {
        "late": data.draw(st.booleans()),
        "date": data.draw(st.sampled_from(["2026-11-22", "2026-11-01", "2026-10-31", "2026-11-23", "2026-11-24"])),
        "memo": data.draw(st.sampled_from(["", 'Ein "Geschenk" \\ Сыйлық\n', "NULL"])),
        "reverses": data.draw(st.sampled_from([None, None, books])),
        "subject": data.draw(st.sampled_from([None, books])),
        "commitments": data.draw(st.sampled_from([None, {"donor": "A" * 43 + "="}, {"Donor": "x"}])),
    }
    batch = raw_batch(fund.pk, kind, *lines, **change)
    one, many = outcome(send_one, batch), outcome(send, batch)
    if len(one) > 1 or len(many) > 1:
        assert one == many


@pytest.mark.django_db
def test_what_is_right_is_booked_alike(fund: Fund, earmark: UUID, books: UUID) -> None:
    for kind, lines, change in (
        ("gift", (line("stripe", 500), line("gifts", -500)), {}),
        (
            "gift",
            (line("stripe", 500), line("gifts", -300), line("gifts", -200, earmark=earmark)),
            {"memo": 'a "b" \\'},
        ),
        ("fee", (line("fees", 5), line("stripe", -5)), {"late": True, "date": "2026-10-30"}),
        ("gift", (line("cash", 5, currency="EUR"), line("gifts", -5, currency="EUR")), {}),
        ("payout", (line("bank", 5000), line("stripe", -5000)), {"subject": str(books)}),
        ("reversal", (line("bank", -40), line("cash", -60), line("gifts", 100)), {"reverses": str(books)}),
        ("refund", (line("gifts", 700, earmark=earmark), line("stripe", -700)), {"subject": str(books)}),
    ):
        batch = raw_batch(fund.pk, kind, *lines, **change)
        one = outcome(send_one, batch)
        assert len(one) == 1 + len(_TABLES), one
        assert one == outcome(send, batch)


@pytest.mark.django_db
def test_what_breaks_one_rule_is_refused_by_its_name(fund: Fund, earmark: UUID, books: UUID) -> None:
    good = (line("stripe", 500), line("gifts", -500))
    for rule, kind, lines, change in (
        ("transaction_balances", "gift", (line("stripe", 500), line("gifts", -499)), {}),
        ("entry_amount", "gift", (line("stripe", 2**53), line("gifts", -(2**53))), {}),
        ("transaction_kind_accounts", "gift", (line("stripe", -5), line("gifts", 5)), {}),
        ("account_never_negative", "refund", (line("gifts", 3041), line("bank", -3041)), {"subject": str(books)}),
        ("earmark_never_overdrawn", "fee", (line("fees", 701, earmark=earmark), line("stripe", -701)), {}),
        ("earmark_never_overdrawn", "redesignation", (line("moved", 9000), line("moved", -9000, earmark=earmark)), {}),
        ("payout_is_held", "payout", (line("bank", 5701), line("stripe", -5701)), {}),
        ("period_is_closed", "gift", good, {"date": "2026-10-31"}),
        ("transaction_has_happened", "gift", good, {"date": "2026-11-24"}),
        ("transaction_reversal", "gift", good, {"reverses": str(books)}),
        ("reversal_mirrors", "reversal", (line("stripe", -100), line("gifts", 100)), {"reverses": str(books)}),
        ("reversal_mirrors", "reversal", (line("stripe", -100), line("gifts", 100)), {"reverses": str(fund.pk)}),
        ("transaction_subject", "refund", (line("gifts", 5), line("stripe", -5)), {}),
        ("exchange_of_two_currencies", "exchange", (line("trading", 5), line("bank", -5)), {}),
        ("entry_commitments", "gift", good, {"commitments": {"Donor": "x"}}),
        ("transaction_balances", "gift", (line("stripe", 5),), {}),
    ):
        batch = raw_batch(fund.pk, kind, *lines, **change)
        assert (outcome(send_one, batch), outcome(send, batch)) == ((rule,), (rule,))


@pytest.mark.django_db
def test_an_account_on_two_lines_is_not_booked_by_plain_statements(fund: Fund, books: UUID) -> None:
    twice = raw_batch(fund.pk, "gift", line("stripe", 5), line("stripe", 6), line("gifts", -11))
    assert len(outcome(send, twice)) > 1
    assert len(outcome(send_one, twice)) == 1
