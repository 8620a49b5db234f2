"""How the stand-in behaves: set through the control API, kept in the store.

Defaults are a Stripe on a good day. The names and meanings are part of the control API and must NEVER change silently.
"""

from dataclasses import asdict, dataclass, fields
from hashlib import sha256

from .store import Tx
from .wire import Json


@dataclass(frozen=True)
class Settings:
    """Seconds are floats; see the README for each."""

    fee_delay: float = 2.0
    delivery: str = "normal"
    duplicate: int = 0
    shuffle: bool = False
    lose: float | list[str] = 0.0
    seed: int = 0
    api_delay: float = 0.0

    def as_json(self) -> Json:
        """All of them by name."""
        return asdict(self)

    def chance(self, number: int, purpose: str) -> float:
        """A number in [0, 1) that depends on the seed, the running number and the purpose alone."""
        return int.from_bytes(sha256(f"{self.seed}:{number}:{purpose}".encode()).digest()[:8]) / 2**64

    def loses(self, event_type: str, number: int) -> bool:
        """Whether the event with this running number is never delivered."""
        if isinstance(self.lose, list):
            return event_type in self.lose
        return self.chance(number, "lose") < self.lose


def read_settings(tx: Tx) -> Settings:
    """The settings in force."""
    return Settings(**tx.settings())


def wrong_setting(name: str, value: object) -> str | None:
    """Why this value is refused, or None."""
    if name in {"fee_delay", "api_delay"}:
        fits = _is_number(value, 10**7)
    elif name == "delivery":
        fits = value in ("normal", "held")
    elif name in {"duplicate", "seed"}:
        fits = _is_number(value, 10**6) and isinstance(value, int)
    elif name == "shuffle":
        fits = isinstance(value, bool)
    elif name == "lose":
        fits = _is_number(value, 1) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    else:
        return f"no setting {name}; there are {', '.join(field.name for field in fields(Settings))}"
    return None if fits else f"{name} cannot be {value!r}"


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most
