"""The background deliverer: sends stored events to the webhook until each is acknowledged with 2xx.

At least once, in no promised order, with a new signature at each attempt. A delivery must NEVER be forgotten: its state
changes only after the answer, so a crash in between sends it again.
"""

import http.client
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .bell import Bell
from .outbox import Delivery, due, next_due_at, record_attempt, with_pending
from .signing import signature_header
from .store import Store
from .wire import json_bytes

WORKERS = 4
TIMEOUT = 10.0
_LONGEST_WAIT = 1.0


@dataclass(frozen=True)
class Endpoint:
    """Where events go, and the secret that signs them."""

    url: str
    secret: str


class Deliverer:
    """WORKERS threads that share the table of deliveries."""

    def __init__(self, store: Store, bell: Bell, endpoint: Endpoint, clock: Callable[[], float]) -> None:
        self._store = store
        self._bell = bell
        self._endpoint = endpoint
        self._clock = clock
        self._stopping = False
        self._lock = threading.Lock()
        self._in_flight: set[int] = set()
        names = (f"deliverer-{number}" for number in range(WORKERS))
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]

    @property
    def in_flight(self) -> int:
        """How many attempts are under way."""
        with self._lock:
            return len(self._in_flight)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the attempts under way."""
        self._stopping = True
        self._bell.ring()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while not self._stopping:
            seen = self._bell.count
            claimed = self._claim()
            if isinstance(claimed, float):
                self._bell.wait_past(seen, claimed)
                continue
            delivery, body = claimed
            try:
                status, error = send(self._endpoint, body, now=self._clock())
                with self._store.transaction(durable=False) as tx:
                    record_attempt(tx, delivery, status=status, error=error, now=self._clock())
            finally:
                with self._lock:
                    self._in_flight.discard(delivery.id)

    def _claim(self) -> tuple[Delivery, bytes] | float:
        """A delivery to make and its body, or the seconds to wait for one."""
        with self._store.transaction(durable=False) as tx, self._lock:
            now = self._clock()
            for delivery in due(tx, now=now, most=len(self._in_flight) + 1):
                if delivery.id not in self._in_flight:
                    self._in_flight.add(delivery.id)
                    event = tx.need("event", delivery.event_id).body
                    return delivery, json_bytes(with_pending(tx, event))
            later = next_due_at(tx, now=now)
        return _LONGEST_WAIT if later is None else max(0.005, min(_LONGEST_WAIT, later - now))


def send(endpoint: Endpoint, body: bytes, *, now: float) -> tuple[int | None, str | None]:
    """One signed attempt: (status, None) when there was an answer, (status or None, reason) when it failed."""
    return post(endpoint, body, {"Stripe-Signature": signature_header(body, endpoint.secret, int(now))})


def post(endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str | None]:
    """One POST with these headers beside the usual ones; answers as `send`."""
    parts = urlsplit(endpoint.url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (stand-in; no money moves)",
    }
    try:
        connection.request("POST", target, body, {**usual, **headers})
        response = connection.getresponse()
        response.read(65_536)
    except (OSError, http.client.HTTPException) as failed:
        return None, f"{type(failed).__name__}: {failed}"
    else:
        status = response.status
        return status, None if 200 <= status < 300 else f"answered {status}"
    finally:
        connection.close()
