"""What an entry says, in words: kind, day, sums, note, fund, and for other kinds their fields. Never judges it."""

from collections.abc import Mapping
from typing import Final

from asar.entries import DECIMALS, Close, Line, Transaction, read_entry
from asar.findings import plain
from transparency.rules.refusals import FormatError

_UNTOLD: Final = frozenset({"at", "type", "v", "commitments"})
_LONGEST: Final = 500
_MOST: Final = 40


def money(minor: int, currency: str) -> str:
    """`12 500.50 KZT`: minor units as an amount; decimals only where they are not zero."""
    places = DECIMALS.get(currency, 2)
    whole, rest = divmod(abs(minor), 10**places)
    decimals = f".{rest:0{places}d}" if rest else ""
    return f"{'-' if minor < 0 else ''}{whole:,}".replace(",", " ") + f"{decimals} {plain(currency)}"


def tell(data: bytes, body: Mapping[str, object]) -> list[str]:
    """The sentences about an entry; `body` is what its bytes hold. What is no entry of ours is told field by field."""
    try:
        entry = read_entry(data)
    except FormatError as error:
        return [f"It does not have the form of an entry: {error}", *_fields(body)]
    if isinstance(entry, Transaction):
        return _transaction(entry)
    if isinstance(entry, Close):
        words = f"Period closed: the books of {plain(entry.fund)} are closed up to and with {entry.ends}"
        return [
            f"{words}, after line {entry.last_seq}.",
            *(f"Balance {_account(account)}: {money(minor, account[1])}" for account, minor in entry.trial.items()),
        ][:_MOST]
    return [f"Kind: {plain(entry.kind)}", *_fields(body)]


def _account(account: tuple[str, str, str]) -> str:
    code, _currency, project = account
    return f"{plain(code)} (project {plain(project)})" if project else plain(code)


def _transaction(entry: Transaction) -> list[str]:
    sums: dict[str, int] = {}
    for line in entry.lines:
        sums[line.account[1]] = sums.get(line.account[1], 0) + max(line.amount, 0)
    total = " and ".join(money(minor, currency) for currency, minor in sums.items())
    where = f"line {entry.seq} of the fund of {plain(entry.fund)}, booked {entry.at:%Y-%m-%d %H:%M:%S} UTC"
    told = [f"It says: {plain(entry.kind)} of {total}, dated {entry.day}, {where}."]
    if entry.memo:
        told.append(f"Note: {plain(entry.memo)}")
    if entry.reverses is not None:
        told.append(f"It reverses line {entry.reverses}.")
    return told + [_line(line) for line in entry.lines][:_MOST]


def _line(line: Line) -> str:
    side = "debit" if line.amount > 0 else "credit"
    currency = line.account[1]
    after = money(line.after, currency)
    return f"Account {_account(line.account)}: {side} {money(abs(line.amount), currency)}, balance after {after}"


def _fields(body: Mapping[str, object]) -> list[str]:
    told = [("at", body.get("at")), *((name, value) for name, value in body.items() if name not in _UNTOLD)]
    return [f"{plain(name)}: {plain(str(value))[:_LONGEST]}" for name, value in told][:_MOST]
