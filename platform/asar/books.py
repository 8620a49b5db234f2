"""Double-entry bookkeeping done again from the log alone: sequence, sums, balances, reversals, closed periods.

It trusts nothing but the entries it is given, in their order. It knows no database and no key; whether the entries
are the signed ones is another question, and must never be answered here.
"""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from hashlib import sha256

from asar.entries import DECIMALS, Account, Close, Line, Transaction

# Money that is not there cannot be paid out, and no hole is filled further than it is deep.
NEVER_NEGATIVE = frozenset({"bank", "cash", "shortfall"})
# Kazakhstan's clocks are five hours ahead of UTC, six before March 2024 in most of the country.
_AHEAD = timedelta(hours=6)
_ONE_DAY = timedelta(days=1)
_FINGERPRINT = 16
_FEWEST_LINES = 2
_REVERSAL, _REVERSED = 1, 2


class BooksError(ValueError):
    """The first entry at which the books do not hold; the sentence says why."""


def _fingerprint(lines: tuple[Line, ...], sign: int) -> bytes:
    """16 bytes for the set of accounts and amounts; the order of the lines does not matter."""
    rows = sorted((line.account, sign * line.amount) for line in lines)
    return sha256(repr(rows).encode()).digest()[:_FINGERPRINT]


def money(minor: int, currency: str) -> str:
    """Minor units as people write them, with the decimals that the currency has."""
    places = DECIMALS.get(currency, 2)
    whole, rest = divmod(abs(minor), 10**places)
    decimals = f".{rest:0{places}d}" if places else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{decimals} {currency}"


def name_of(account: Account) -> str:
    """An account as the messages call it."""
    code, currency, project = account
    return f"{code} in {currency}" + (f" for project {project}" if project else "")


class Books:
    """One town's ledger as its log tells it. Memory: 17 bytes a transaction, and a number per account and day."""

    def __init__(self) -> None:
        self.seq = 0
        self.closes = 0
        self.fund: str | None = None
        self.balances: dict[Account, int] = defaultdict(int)
        self.closed_through: date | None = None
        self._at: datetime | None = None
        self._closed: dict[Account, int] = {}
        self._days: dict[date, dict[Account, int]] = {}
        self._prints = bytearray()
        self._marks = bytearray()

    def take(self, entry: Transaction | Close) -> None:
        """Check the next entry and book it. BooksError at the first thing that does not hold; then do not go on."""
        if self.fund is not None and entry.fund != self.fund:
            raise BooksError(f"it belongs to the fund {entry.fund}, and this is the ledger of {self.fund}")
        self.fund = entry.fund
        if self._at is not None and entry.at < self._at:
            raise BooksError(f"it was booked at {entry.at}, before the one above it ({self._at})")
        if isinstance(entry, Transaction):
            self._transaction(entry)
        else:
            self._close(entry)
        self._at = entry.at

    def _transaction(self, entry: Transaction) -> None:
        if entry.seq != self.seq + 1:
            raise BooksError(f"its number is {entry.seq} where {self.seq + 1} follows: one is missing or stands twice")
        if self.closed_through is not None and entry.day <= self.closed_through:
            raise BooksError(f"it is dated {entry.day}, in a period that was closed up to {self.closed_through}")
        if entry.day > (entry.at + _AHEAD).date() + _ONE_DAY:
            raise BooksError(f"it is dated {entry.day}, after it was booked")
        self._check_sums(entry)
        self._check_reversal(entry)
        for line in entry.lines:
            self._book(line)
        day = self._days.setdefault(entry.day, defaultdict(int))
        for line in entry.lines:
            day[line.account] += line.amount
        self.seq = entry.seq
        self._prints += _fingerprint(entry.lines, 1)
        self._marks.append(_REVERSAL if entry.kind == "reversal" else 0)

    @staticmethod
    def _check_sums(entry: Transaction) -> None:
        if len(entry.lines) < _FEWEST_LINES or any(line.amount == 0 for line in entry.lines):
            raise BooksError("it has fewer than two lines, or a line of zero")
        sums: Counter[str] = Counter()
        for line in entry.lines:
            sums[line.account[1]] += line.amount
        for currency, total in sorted(sums.items()):
            if total:
                raise BooksError(f"its lines do not sum to zero: {money(total, currency)} is left over")

    def _check_reversal(self, entry: Transaction) -> None:
        if (entry.kind == "reversal") != (entry.reverses is not None):
            raise BooksError("a reversal, and only a reversal, says what it reverses")
        if entry.reverses is None:
            return
        if not 1 <= entry.reverses <= self.seq:
            raise BooksError(f"it reverses transaction {entry.reverses}, which is not booked before it")
        place = entry.reverses - 1
        if self._marks[place] & _REVERSED:
            raise BooksError(f"it reverses transaction {entry.reverses} a second time")
        if self._marks[place] & _REVERSAL:
            raise BooksError(f"it reverses transaction {entry.reverses}, which is a reversal itself")
        undone = bytes(self._prints[place * _FINGERPRINT : (place + 1) * _FINGERPRINT])
        if undone != _fingerprint(entry.lines, -1):
            raise BooksError(f"it is not the exact mirror of transaction {entry.reverses} that it reverses")
        self._marks[place] |= _REVERSED

    def _book(self, line: Line) -> None:
        after = self.balances[line.account] + line.amount
        if line.after != after:
            currency = line.account[1]
            raise BooksError(
                f"it says that {name_of(line.account)} stands at {money(line.after, currency)} after it,"
                f" but that is {money(after, currency)}"
            )
        if after < 0 and line.account[0] in NEVER_NEGATIVE:
            raise BooksError(f"it leaves {name_of(line.account)} at {money(after, line.account[1])}, below zero")
        self.balances[line.account] = after

    def _close(self, entry: Close) -> None:
        if entry.last_seq != self.seq:
            raise BooksError(f"it closes after transaction {entry.last_seq}, but the last one was {self.seq}")
        if self.closed_through is not None and entry.ends <= self.closed_through:
            raise BooksError(f"it closes up to {entry.ends}, which was closed up to {self.closed_through} already")
        if entry.ends >= (entry.at + _AHEAD).date():
            raise BooksError(f"it closes up to {entry.ends}, a day that was not over")
        for day in [day for day in self._days if day <= entry.ends]:
            for account, amount in self._days.pop(day).items():
                self._closed[account] = self._closed.get(account, 0) + amount
        for account in sorted(self._closed.keys() | entry.trial.keys()):
            own, told = self._closed.get(account), entry.trial.get(account)
            if own != told:
                raise BooksError(_difference(account, own, told, entry.ends))
        self.closed_through = entry.ends
        self.closes += 1


def _difference(account: Account, own: int | None, told: int | None, ends: date) -> str:
    if told is None:
        return f"its trial balance of {ends} leaves out {name_of(account)}"
    if own is None:
        return f"its trial balance of {ends} names {name_of(account)}, on which nothing was booked by then"
    currency = account[1]
    return (
        f"its trial balance of {ends} says {money(told, currency)} for {name_of(account)},"
        f" but the lines add up to {money(own, currency)}"
    )
