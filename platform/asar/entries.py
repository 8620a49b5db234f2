"""The ledger's two kinds of entries as they are read from the log: transactions and closes, field by field.

docs/log-format.md says the same in words. A field that is missing, of another type or unknown to version 1 is
refused; other kinds of entries pass, whatever else they hold.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from transparency.rules.canonical import read_canonical
from transparency.rules.refusals import FormatError

# code, currency, project ("" when the money is not earmarked)
Account = tuple[str, str, str]
VERSION = 1
# Decimals of the minor unit (ISO 4217) where they are not two.
DECIMALS = {"KRW": 0, "JPY": 0, "ISK": 0, "UGX": 0, "KWD": 3}
# The closed lists of the project (states.py of its rooms): what stands in a log for ever is of one of these.
KINDS = frozenset(
    {"transaction", "close", "decision", "minutes", "publication", "approval", "erasure", "heartbeat", "succession"}
)
BOOKED = frozenset(
    {"gift", "fee", "sent", "payout", "deposit", "payment", "refund", "refund_failed", "dispute", "dispute_won"}
    | {"exchange", "redesignation", "suspense", "clearing", "cover", "reversal", "opening"}
)
ACCOUNTS = frozenset(
    {"stripe", "bank", "cash", "transit", "gifts", "moved", "fees", "spending", "suspense", "shortfall", "trading"}
    | {"opening"}
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A debit (positive) or credit (negative) in minor units, and the account's balance after it."""

    account: Account
    amount: int
    after: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A booked transaction. `at` is the booked moment in UTC, `day` the date it counts for."""

    at: datetime
    day: date
    fund: str
    id: str
    kind: str
    memo: str
    seq: int
    reverses: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """A closed period: nothing is dated up to and with `ends` from here on; `trial` is each account's balance then."""

    at: datetime
    ends: date
    fund: str
    last_seq: int
    trial: dict[Account, int]


@dataclass(frozen=True, slots=True)
class Other:
    """An entry of another kind: a decision, minutes, an erasure, a heartbeat."""

    kind: str
    at: datetime


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise FormatError(f"`{name}` is missing or not text")
    return value


def _number(body: dict[str, object], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(f"`{name}` is missing or not a whole number")
    return value


def _objects(body: dict[str, object], name: str) -> list[dict[str, object]]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise FormatError(f"`{name}` is missing or not a list of objects")
    return value


def _moment(body: dict[str, object]) -> datetime:
    text = _text(body, "at")
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise FormatError("`at` is not a moment in UTC with microseconds")


def _day(body: dict[str, object], name: str) -> date:
    text = _text(body, name)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise FormatError(f"`{name}` is not a date")


def _account(body: dict[str, object]) -> Account:
    project = _text(body, "project") if "project" in body else ""
    return _text(body, "account"), _text(body, "currency"), project


def _only(body: dict[str, object], *names: str) -> None:
    unknown = body.keys() - set(names)
    if unknown:
        raise FormatError(f"`{min(unknown)}` is not a field that this version has")


def _line(body: dict[str, object]) -> Line:
    _only(body, "account", "after", "amount", "currency", "project")
    return Line(account=_account(body), amount=_number(body, "amount"), after=_number(body, "after"))


_TRANSACTION = ("at", "commitments", "date", "entries", "fund", "id", "kind", "memo", "reverses", "seq", "subject")


def _transaction(body: dict[str, object]) -> Transaction:
    _only(body, *_TRANSACTION, "type", "v")
    commitments = body.get("commitments", {})
    if not isinstance(commitments, dict) or not all(isinstance(one, str) for one in commitments.values()):
        raise FormatError("`commitments` is not a list of fields and hashes")
    if "subject" in body:
        _text(body, "subject")
    return Transaction(
        at=_moment(body),
        day=_day(body, "date"),
        fund=_text(body, "fund"),
        id=_text(body, "id"),
        kind=_text(body, "kind"),
        memo=_text(body, "memo"),
        seq=_number(body, "seq"),
        reverses=_number(body, "reverses") if "reverses" in body else None,
        lines=tuple(_line(one) for one in _objects(body, "entries")),
    )


def _close(body: dict[str, object]) -> Close:
    _only(body, "at", "ends", "fund", "last_seq", "trial", "type", "v")
    rows = _objects(body, "trial")
    for row in rows:
        _only(row, "account", "balance", "currency", "project")
    trial = {_account(row): _number(row, "balance") for row in rows}
    if len(trial) != len(rows):
        raise FormatError("an account stands twice in the trial balance")
    return Close(
        at=_moment(body),
        ends=_day(body, "ends"),
        fund=_text(body, "fund"),
        last_seq=_number(body, "last_seq"),
        trial=trial,
    )


def read_entry(data: bytes) -> Transaction | Close | Other:
    """An entry of the log from its exact bytes. FormatError says in words what is wrong with it."""
    body = read_canonical(data)
    kind = _text(body, "type")
    if kind not in ("transaction", "close"):
        return Other(kind=kind, at=_moment(body))
    if _number(body, "v") != VERSION:
        raise FormatError(f"it is of a version that this program does not know: {body['v']}")
    return _transaction(body) if kind == "transaction" else _close(body)
