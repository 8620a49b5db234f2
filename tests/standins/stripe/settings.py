"""How the stand-in behaves: set through the control API, kept in the store.

Defaults are a Stripe on a good day. The names and meanings are part of the control API and must NEVER change silently.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256

from . import currencies
from .store import Tx
from .wire import API_VERSION, Json

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Settings:
    """Seconds are floats; see the README for each."""

    fee_delay: float = 2.0
    delivery: str = "normal"
    duplicate: int = 0
    duplicate_share: float = 1.0
    shuffle: bool = False
    shuffle_within: float = 0.6
    lose: float | list[str] = 0.0
    late: float = 0.0
    late_share: float = 1.0
    seed: int = 0
    api_delay: float = 0.0
    event_version: str = API_VERSION
    settlement: list[str] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    rate_drift: float = 0.0
    settles_after: float = 7 * DAY
    refund_status: str = "succeeded"
    refund_delay: float = 2.0
    dispute_fee: float = 15.0
    dispute_fee_returned: bool = False
    async_delay: float = 2.0
    renew_every: float = 0.0
    retries: list[float] = field(default_factory=lambda: [3 * DAY, 5 * DAY, 7 * DAY])
    after_retries: str = "cancel"
    payout_delay: float = 2.0
    payout_every: float = 0.0

    def as_json(self) -> Json:
        """All of them by name."""
        return asdict(self)

    def chance(self, number: int, purpose: str) -> float:
        """A number in [0, 1) that depends on the seed, the running number and the purpose alone."""
        return int.from_bytes(sha256(f"{self.seed}:{number}:{purpose}".encode()).digest()[:8]) / 2**64

    def _hits(self, number: int, purpose: str, share: float) -> bool:
        return share > 0 and (share >= 1 or self.chance(number, purpose) < share)

    def loses(self, event_type: str, number: int) -> bool:
        """Whether the event with this running number is never delivered."""
        if isinstance(self.lose, list):
            return event_type in self.lose
        return self._hits(number, "lose", self.lose)

    def copies(self, number: int) -> int:
        """How often the event with this running number is delivered when it is not lost."""
        return 1 + (self.duplicate if self._hits(number, "duplicate", self.duplicate_share) else 0)

    def lateness(self, number: int) -> float:
        """How many seconds later than at once the event with this running number goes."""
        return self.late if self._hits(number, "late", self.late_share) else 0.0


def read_settings(tx: Tx) -> Settings:
    """The settings in force."""
    return Settings(**tx.settings())


def wrong_setting(name: str, value: object) -> str | None:
    """Why this value is refused, or None."""
    if name not in _FITS:
        return f"no setting {name}; there are {', '.join(field.name for field in fields(Settings))}"
    return None if _FITS[name](value) else f"{name} cannot be {value!r}"


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


def _seconds(value: object) -> bool:
    return _is_number(value, 10**9)


def _share(value: object) -> bool:
    return _is_number(value, 1)


def _whole(value: object) -> bool:
    return _is_number(value, 10**6) and isinstance(value, int)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _settlement(value: object) -> bool:
    return isinstance(value, list) and all(item in currencies.SUPPORTED for item in value)


def _rates(value: object) -> bool:
    return isinstance(value, dict) and all(
        code in currencies.SUPPORTED and _is_number(rate, 10**6) and rate > 0 for code, rate in value.items()
    )


def _one_of(*known: str) -> Callable[[object], bool]:
    return lambda value: value in known


_FITS: dict[str, Callable[[object], bool]] = {
    "fee_delay": _seconds,
    "delivery": _one_of("normal", "held"),
    "duplicate": _whole,
    "duplicate_share": _share,
    "shuffle": _flag,
    "shuffle_within": _seconds,
    "lose": lambda value: _share(value) or _texts(value),
    "late": _seconds,
    "late_share": _share,
    "seed": _whole,
    "api_delay": _seconds,
    "event_version": lambda value: isinstance(value, str) and 0 < len(value) <= 40,
    "settlement": _settlement,
    "rates": _rates,
    "rate_drift": _share,
    "settles_after": _seconds,
    "refund_status": _one_of("succeeded", "pending", "requires_action"),
    "refund_delay": _seconds,
    "dispute_fee": _seconds,
    "dispute_fee_returned": _flag,
    "async_delay": _seconds,
    "renew_every": _seconds,
    "retries": lambda value: isinstance(value, list) and len(value) <= 20 and all(_seconds(item) for item in value),
    "after_retries": _one_of("cancel", "unpaid", "past_due"),
    "payout_delay": _seconds,
    "payout_every": _seconds,
}
