"""The one posting path: `post`, one round trip for one or many transactions. Nothing else writes the ledger."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection
from django.db.transaction import atomic, mark_for_rollback_on_error
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.ids import uuid7
from common.postgresql.asking import ask
from funds.ledger.models import Fund
from funds.ledger.rules import ACCOUNT_TYPES, NEVER_NEGATIVE, Posting
from funds.ledger.states import AccountCode
from transparency.actions import Kept, keep_openings, new_key
from transparency.rules.canonical import commitment

MOST_POSTINGS = 500


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a posting. `created` is False when its key had been booked before."""

    key: str
    transaction_id: UUID
    seq: int
    log_index: int
    created: bool


class BookedOtherwiseError(IntegrityError):
    """The key is booked already, with other entries: the same event was told in two ways."""


REFUSALS = {
    "account_never_negative": DomainError(
        "not_enough_money", _("There is not enough money on that account. Record the transfer to the bank first.")
    ),
    "earmark_never_overdrawn": DomainError(
        "not_enough_earmarked", _("The gifts for this project do not cover that amount yet.")
    ),
    "payout_is_held": DomainError(
        "more_than_held", _("The card processor does not hold that much for this fund."), field="amount"
    ),
    "payment_needs_approvals": DomainError(
        "approvals_missing", _("The approvals that the rule demands are not there yet, so nothing was booked.")
    ),
    "period_is_closed": DomainError(
        "period_closed", _("The books of that period are closed. Choose a later date."), field="date"
    ),
    "period_is_over": DomainError(
        "period_not_over", _("Only a period that is over, and not closed yet, can be closed."), field="date"
    ),
    "period_has_postings": DomainError("period_empty", _("Nothing is booked in this fund yet.")),
    "hold_covers": DomainError(
        "hold_does_not_cover", _("The money reserved for this has been released or has expired. Reserve it again.")
    ),
    "hold_release": DomainError("hold_cannot_end", _("This reservation cannot be ended like that.")),
}


def refusal_of(error: IntegrityError) -> Exception | None:
    """What a broken rule of the database means to a person, None for a rule that only a programming error breaks."""
    diagnosis = getattr(error.__cause__, "diag", None)
    rule = getattr(diagnosis, "constraint_name", None) or ""
    if rule == "transaction_key_conflict":
        return BookedOtherwiseError(*error.args)
    known = REFUSALS.get(rule)
    return None if known is None else DomainError(known.code, known.message, field=known.field)


@lru_cache(maxsize=4096)
def account_id(fund: UUID, code: AccountCode, currency: str, earmark: UUID | None) -> str:
    """The identifier of an account, which its meaning fixes: nobody has to ask the database for it.

    The first half of SHA-256(fund/code/currency/earmark), as `ledger_account_id` in sql/posting.sql.
    """
    return str(UUID(bytes=sha256(f"{fund}/{code.value}/{currency}/{earmark or ''}".encode()).digest()[:16]))


@lru_cache(maxsize=4096)
def account_json(fund: UUID, code: AccountCode, currency: str, earmark: UUID | None) -> tuple[str, dict[str, Any]]:
    """An account as the functions of the database open it when it is not there yet."""
    pk = account_id(fund, code, currency, earmark)
    return pk, {
        "id": pk,
        "fund": str(fund),
        "code": code.value,
        "type": ACCOUNT_TYPES[code].value,
        "currency": currency,
        "earmark": str(earmark) if earmark else None,
        "never_negative": code in NEVER_NEGATIVE,
    }


@lru_cache(maxsize=4096)
def _opening(fund: UUID, code: AccountCode, currency: str, earmark: UUID | None) -> tuple[str, str]:
    pk, account = account_json(fund, code, currency, earmark)
    return pk, json.dumps(account, separators=(",", ":"))


def _quoted(value: str) -> str:
    """A string as an element of an array's literal."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _array(values: Iterable[object]) -> str:
    """An array's literal. The values' text must need no quotes."""
    return "{" + ",".join(map(str, values)) + "}"


def _sparse(values: Sequence[object]) -> str:
    """An array's literal in which None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _commitments(posting: Posting, keys: Mapping[str, bytes]) -> str | None:
    if not posting.personal:
        return None
    told = {name: commitment(key=keys[name], field=name, value=value) for name, value in posting.personal}
    return json.dumps(told, separators=(",", ":"))


def batch_of(
    postings: Sequence[Posting], now: datetime, keys: Mapping[int, Mapping[str, bytes]], ids: Sequence[UUID]
) -> list[str]:
    """The postings in columns, as `ledger_post` of sql/batch.sql takes them: one literal for each of its parameters."""
    places: list[int] = []
    amounts: list[int] = []
    known: dict[tuple[UUID, AccountCode, str, UUID | None], int] = {}
    for posting in postings:
        fund = posting.fund
        for line in posting.lines:
            amount = line.amount
            meaning = fund, line.code, amount.currency, line.earmark
            places.append(known.get(meaning) or known.setdefault(meaning, len(known) + 1))
            amounts.append(amount.minor)
    accounts = [_opening(*meaning) for meaning in known]
    funds = {fund: str(fund) for fund in {posting.fund for posting in postings}}
    lines = [len(posting.lines) for posting in postings]
    said = [_commitments(posting, keys[n]) if n in keys else None for n, posting in enumerate(postings)]
    return [
        now.isoformat(),
        _array([f"{pk.int:032x}" for pk in ids]),
        _array([funds[posting.fund] for posting in postings]),
        _array([posting.kind.value for posting in postings]),
        _array([posting.effective_date.isoformat() for posting in postings]),
        _array([posting.late for posting in postings]),
        _array([_quoted(posting.key) for posting in postings]),
        _array([_quoted(posting.memo) for posting in postings]),
        _sparse([posting.subject for posting in postings]),
        _sparse([posting.reverses for posting in postings]),
        _sparse([posting.hold for posting in postings]),
        _sparse([None if one is None else _quoted(one) for one in said]),
        _array(lines),
        _array([n for n, count in enumerate(lines, 1) for _line in range(count)]),
        _array([i for count in lines for i in range(1, count + 1)]),
        _array(places),
        _array(amounts),
        _array([pk for pk, _account in accounts]),
        "[" + ",".join([account for _pk, account in accounts]) + "]",
    ]


def single_of(posting: Posting, now: datetime, keys: Mapping[str, bytes]) -> list[str | None] | None:
    """A posting as `ledger_post` of sql/single.sql takes it, None when it cannot be booked in that way."""
    fund, lines = posting.fund, posting.lines
    accounts = dict([_opening(fund, line.code, line.amount.currency, line.earmark) for line in lines])
    if posting.hold is not None or len(accounts) < len(lines):
        return None
    return [
        now.isoformat(),
        str(uuid7()),
        str(fund),
        posting.kind.value,
        posting.effective_date.isoformat(),
        "t" if posting.late else "f",
        posting.key,
        posting.memo,
        str(posting.subject) if posting.subject else None,
        str(posting.reverses) if posting.reverses else None,
        _commitments(posting, keys),
        _array(accounts),
        _array([line.amount.minor for line in lines]),
        "[" + ",".join(accounts.values()) + "]",
    ]


# What is known already is not sent back: key and id come only with what had been booked before.
_BATCH = (
    "SELECT seq, log_index, created, CASE WHEN NOT created THEN key END, CASE WHEN NOT created THEN id END"  # noqa: S608 - no values
    f" FROM ledger_post({', '.join(f'${n}' for n in range(1, 20))})"
)
_SINGLE = f"SELECT booked_id, seq, log_index, created FROM ledger_post({', '.join(f'${n}' for n in range(1, 15))})"  # noqa: S608 - no values


def _book(postings: Sequence[Posting], now: datetime, keys: Mapping[int, Mapping[str, bytes]]) -> list[Booked]:
    if len(postings) == 1:
        single = single_of(postings[0], now, keys.get(0, {}))
        if single is not None:
            [row] = ask(_SINGLE, single)
            return [Booked(postings[0].key, *row)]
    ids = [uuid7() for _posting in postings]
    rows = ask(_BATCH, batch_of(postings, now, keys, ids))
    before = {key: Booked(key, pk, seq, place, created=False) for seq, place, new, key, pk in rows if not new}
    fresh = iter([row for row in rows if row[2]] if before else rows)
    booked = []
    for posting, pk in zip(postings, ids, strict=True):
        old = before.get(posting.key) if before else None
        if old is None:
            seq, place, *_rest = next(fresh)
            old = Booked(posting.key, pk, seq, place, created=True)
        booked.append(old)
    return booked


def _keep_openings(
    postings: Sequence[Posting], booked: Sequence[Booked], keys: Mapping[int, Mapping[str, bytes]]
) -> None:
    """Keep what stands behind the commitments of the newly booked: with it the donor shows that the gift is theirs."""
    fresh = {one.key: one.log_index for one in booked if one.created}
    slugs = dict(Fund.objects.filter(pk__in={postings[n].fund for n in keys}).values_list("pk", "town__slug"))
    kept: dict[str, list[Kept]] = {}
    for n, secrets in keys.items():
        posting = postings[n]
        if posting.key in fresh:
            kept.setdefault(slugs[posting.fund], []).extend(
                Kept(fresh[posting.key], name, secrets[name], value) for name, value in posting.personal
            )
    for slug, openings in kept.items():
        keep_openings(slug=slug, openings=openings)


def post_directly(*, postings: Sequence[Posting], now: datetime) -> list[Booked]:
    """Book the postings on this thread's own connection, in its transaction when it has one. One round trip."""
    if not 1 <= len(postings) <= MOST_POSTINGS:
        raise ValueError(f"a call books 1 to {MOST_POSTINGS} transactions, not {len(postings)}")
    keys = {n: {name: new_key() for name, _value in one.personal} for n, one in enumerate(postings) if one.personal}
    if keys and not connection.in_atomic_block:
        with atomic():
            return post_directly(postings=postings, now=now)
    try:
        with mark_for_rollback_on_error(DEFAULT_DB_ALIAS) if connection.in_atomic_block else nullcontext():
            booked = _book(postings, now, keys)
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    if keys:
        _keep_openings(postings, booked, keys)
    return booked
