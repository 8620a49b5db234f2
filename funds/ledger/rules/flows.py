"""The money map as arithmetic: what each account did in a period becomes a source or a use. Pure.

Nothing is estimated and nothing may get lost: the sources and the uses of a map add up to the same sum, always.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from funds.ledger.rules.accounts import MONEY
from funds.ledger.states import AccountCode


class Role(Enum):
    """What a source or use is. `label` of a flow says which project or account, where it is one of several."""

    HELD = "held"  # was there before the period
    GIFTS = "gifts"
    OPENING = "opening"
    UNEXPLAINED = "unexplained"
    EXPLAINED = "explained"
    EXCHANGED = "exchanged"
    SPENDING = "spending"
    FEES = "fees"
    REFUNDS = "refunds"
    LEFT = "left"
    OWED = "owed"  # a money account below zero: the card processor waits for its money
    TAKEN_BACK = "taken_back"  # a correction of an earlier period outweighs what was booked in this one


@dataclass(frozen=True, slots=True)
class Movement:
    """An account's balance before and after a period, in minor units; a debit is positive."""

    code: AccountCode
    earmark: UUID | None
    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Flow:
    """One source or use; `minor` is always positive. `account` names the money account of HELD, LEFT and OWED."""

    role: Role
    minor: int
    earmark: UUID | None = None
    label: str = ""
    account: AccountCode | None = None
    of: Role | None = None  # what was taken back


@dataclass(frozen=True, slots=True)
class MoneyMap:
    """Sources and uses of a fund's money in one currency, largest first within each kind."""

    currency: str
    sources: tuple[Flow, ...]
    uses: tuple[Flow, ...]

    @property
    def total(self) -> int:
        """The sum of the sources, which is the sum of the uses, in minor units."""
        return sum(flow.minor for flow in self.sources)


class LostMoneyError(ValueError):
    """Sources and uses differ: the accounts given are not a balanced ledger."""


_ORDER = {role: place for place, role in enumerate(Role)}


def _sorted(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    return tuple(sorted(flows, key=lambda flow: (_ORDER[flow.role], -flow.minor, flow.label, str(flow.earmark))))


class _Sides:
    """Collects signed flows: a negative source is a use and the other way round."""

    def __init__(self) -> None:
        self.sources: list[Flow] = []
        self.uses: list[Flow] = []

    def come(self, role: Role, minor: int, against: Role, **where: object) -> None:
        if minor > 0:
            self.sources.append(Flow(role, minor, **where))  # type: ignore[arg-type]
        elif minor < 0:
            taken = {"of": role} if against is Role.TAKEN_BACK else {}
            self.uses.append(Flow(against, -minor, **where, **taken))  # type: ignore[arg-type]

    def go(self, role: Role, minor: int, against: Role, **where: object) -> None:
        if minor > 0:
            self.uses.append(Flow(role, minor, **where))  # type: ignore[arg-type]
        elif minor < 0:
            taken = {"of": role} if against is Role.TAKEN_BACK else {}
            self.sources.append(Flow(against, -minor, **where, **taken))  # type: ignore[arg-type]


def money_map(
    *, currency: str, movements: Iterable[Movement], returned: Mapping[UUID | None, int], exchanged: int = 0
) -> MoneyMap:
    """Sources and uses of a period. `returned`: what went back to givers, per earmark, out of the gift accounts.
    `exchanged`: what exchanges took from purposes in this currency (below zero: brought to them).

    Refunds of gifts that had been spent already (the shortfall account) count as refunds too; money moved between
    projects never left the fund and does not appear. Raises `LostMoneyError` when the accounts do not balance.
    """
    sides, refunds, moved = _Sides(), sum(returned.values()), 0
    movements = list(movements)
    for one in movements:
        change, where = one.after - one.before, {"earmark": one.earmark, "label": one.label}
        if one.code in MONEY or one.code == AccountCode.TRANSIT:
            sides.come(Role.HELD, one.before, Role.OWED, account=one.code)
            sides.go(Role.LEFT, one.after, Role.OWED, account=one.code)
        elif one.code == AccountCode.GIFTS:
            sides.come(Role.GIFTS, returned.get(one.earmark, 0) - change, Role.TAKEN_BACK, **where)
        elif one.code == AccountCode.SPENDING:
            sides.go(Role.SPENDING, change, Role.TAKEN_BACK, **where)
        elif one.code in (AccountCode.MOVED, AccountCode.SHORTFALL):
            moved += change
        elif one.code == AccountCode.OPENING:
            sides.come(Role.OPENING, -change, Role.TAKEN_BACK)
        elif one.code == AccountCode.SUSPENSE:
            sides.come(Role.UNEXPLAINED, -change, Role.EXPLAINED)
        elif one.code == AccountCode.TRADING:
            sides.come(Role.EXCHANGED, -change, Role.EXCHANGED)
    fees = sum(one.after - one.before for one in movements if one.code == AccountCode.FEES)
    sides.go(Role.FEES, fees, Role.TAKEN_BACK)
    sides.go(Role.EXCHANGED, exchanged, Role.EXCHANGED)
    sides.go(Role.REFUNDS, refunds + moved - exchanged, Role.TAKEN_BACK)
    found = MoneyMap(currency, _sorted(sides.sources), _sorted(sides.uses))
    lost = found.total - sum(flow.minor for flow in found.uses)
    if lost:
        raise LostMoneyError(f"{lost} {currency} of the map are missing")
    return found
