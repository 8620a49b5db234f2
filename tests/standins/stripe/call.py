"""What an endpoint is given to work with, and how the table of endpoints is written.

Everything an endpoint reads or writes goes through `tx`. It must NEVER look at the clock: the moment is in `now`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .outbox import Origin, emit
from .settings import Settings
from .store import Tx
from .wire import Json


@dataclass(frozen=True)
class Moment:
    """One transaction at one moment, caused by somebody."""

    tx: Tx
    now: float
    settings: Settings
    origin: Origin

    def emit(self, event_type: str, obj: Json, previous: Json | None = None) -> None:
        """Store an event about the object as it is now."""
        emit(self.tx, event_type, obj, now=self.now, settings=self.settings, origin=self.origin, previous=previous)


@dataclass(frozen=True)
class Call:
    """One API call: `params` as sent (nested strings), `ids` the parts of the path in brackets."""

    moment: Moment
    params: Json
    ids: tuple[str, ...]
    path: str
    public_base: str


Endpoint = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    """An endpoint at a path, written like `/v1/charges/{id}`."""

    method: str
    path: str
    endpoint: Endpoint

    def ids_in(self, path: str) -> tuple[str, ...] | None:
        """The ids when the path is this one, else None."""
        match = re.fullmatch(re.sub(r"\{[a-z]+\}", "([^/]+)", self.path), path)
        return None if match is None else match.groups()
