"""A ledger in forty lines of plain Python: what PostgreSQL's must agree with after every step.

It knows one fund, keeps sums in dictionaries and decides by itself what has to be refused. It shares no arithmetic
with the ledger but the lists of accounts.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from funds.ledger.rules import AVAILABLE, NEVER_NEGATIVE, SIDES, Posting
from funds.ledger.states import AccountCode, Kind

Place = tuple[AccountCode, str, UUID | None]
Purse = tuple[UUID | None, str]


@dataclass(slots=True)
class Kept:
    """A booked posting, and whether it was reversed."""

    posting: Posting
    seq: int
    day: date
    reversed: bool = False

    @property
    def name(self) -> UUID:
        """What a reversal calls it: the model gives no identifiers, so it follows from the key."""
        return uuid5(NAMESPACE_OID, self.posting.key)


@dataclass(slots=True)
class Reserved:
    """A hold that has not ended."""

    money: Place
    purse: Purse
    minor: int
    expires: int  # the model's hour


@dataclass(slots=True)
class Model:
    """The books. `verdict` says what must become of a batch without doing it; `book` does it."""

    today: date
    balances: Counter[Place] = field(default_factory=Counter)
    purses: Counter[Purse] = field(default_factory=Counter)
    booked: dict[str, Kept] = field(default_factory=dict)
    holds: dict[UUID, Reserved] = field(default_factory=dict)
    closed: date = date(1989, 12, 31)
    hour: int = 0

    def held(self, place: Place) -> int:
        return sum(hold.minor for hold in self.holds.values() if hold.money == place)

    def tied(self, purse: Purse) -> int:
        return sum(hold.minor for hold in self.holds.values() if hold.purse == purse)

    def may(self, posting: Posting) -> bool:
        """Whether the next posting would be true, against the books as they stand."""
        day = max(posting.effective_date, self.closed + timedelta(days=1)) if posting.late else posting.effective_date
        if day <= self.closed or day > self.today + timedelta(days=1):
            return False
        if posting.kind == Kind.REVERSAL:
            return self._may_reverse(posting) and self._is_there(posting)
        debits, credited = SIDES[posting.kind]
        if not all(line.code in (debits if line.amount.minor > 0 else credited) for line in posting.lines):
            return False
        return self._is_there(posting)

    def _may_reverse(self, posting: Posting) -> bool:
        undone = next((kept for kept in self.booked.values() if kept.name == posting.reverses), None)
        if undone is None or undone.reversed or undone.posting.kind == Kind.REVERSAL:
            return False
        return Counter((line.code, line.earmark, line.amount) for line in posting.lines) == Counter(
            (line.code, line.earmark, -line.amount) for line in undone.posting.lines
        )

    def _is_there(self, posting: Posting) -> bool:
        balances, purses = self.balances.copy(), self.purses.copy()
        for line in posting.lines:
            place = (line.code, line.amount.currency, line.earmark)
            balances[place] += line.amount.minor
            if line.code in NEVER_NEGATIVE and line.amount.minor < 0 and balances[place] < self.held(place):
                return False
            if posting.kind == Kind.PAYOUT and line.code == AccountCode.STRIPE and balances[place] < 0:
                return False
            if line.code in AVAILABLE:
                purses[line.earmark, line.amount.currency] -= line.amount.minor
        for line in posting.lines:
            purse = (line.earmark, line.amount.currency)
            guarded = line.earmark is not None or posting.kind in (Kind.REDESIGNATION, Kind.COVER)
            if line.code in AVAILABLE and line.amount.minor > 0 and guarded and purses[purse] < self.tied(purse):
                return False
        return True

    def book(self, posting: Posting) -> int:
        """Take a posting that `may` into the books; its number."""
        for line in posting.lines:
            self.balances[line.code, line.amount.currency, line.earmark] += line.amount.minor
            if line.code in AVAILABLE:
                self.purses[line.earmark, line.amount.currency] -= line.amount.minor
        for kept in self.booked.values():
            if posting.reverses is not None and kept.name == posting.reverses:
                kept.reversed = True
        day = max(posting.effective_date, self.closed + timedelta(days=1)) if posting.late else posting.effective_date
        self.booked[posting.key] = Kept(posting, len(self.booked) + 1, day)
        return len(self.booked)

    def may_hold(self, money: Place, purse: Purse, minor: int) -> bool:
        free = self.balances[money] - self.held(money)
        return 0 < minor <= min(free, self.purses[purse] - self.tied(purse))

    def trial(self, ends: date) -> Counter[Place]:
        """Each account's balance of everything dated up to `ends`."""
        found: Counter[Place] = Counter()
        for kept in self.booked.values():
            if kept.day <= ends:
                for line in kept.posting.lines:
                    found[line.code, line.amount.currency, line.earmark] += line.amount.minor
        return found
