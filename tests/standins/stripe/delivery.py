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
_LONGEST_ANSWER = 65_536
_GONE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
_USUAL = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (stand-in; no money moves)",
}


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
        line, done = Line(self._endpoint), None
        while not self._stopping:
            seen = self._bell.count
            claimed = self._next(done)
            done = None
            if isinstance(claimed, float):
                self._bell.wait_past(seen, claimed)
                continue
            delivery, body = claimed
            status, error = line.send(body, now=self._clock())
            done = Attempt(delivery, status, error)
        self._next(done, claim=False)
        line.close()

    def _next(self, done: "Attempt | None", *, claim: bool = True) -> tuple[Delivery, bytes] | float:
        """Write down how the last attempt went; then a delivery to make and its body, or the seconds to wait."""
        with self._store.transaction(durable=False) as tx, self._lock:
            now = self._clock()
            if done is not None:
                record_attempt(tx, done.delivery, status=done.status, error=done.error, now=now)
                self._in_flight.discard(done.delivery.id)
            for delivery in due(tx, now=now, most=len(self._in_flight) + 1) if claim else ():
                if delivery.id not in self._in_flight:
                    self._in_flight.add(delivery.id)
                    event = tx.need("event", delivery.event_id).body
                    return delivery, json_bytes(with_pending(tx, event))
            later = next_due_at(tx, now=now)
        return _LONGEST_WAIT if later is None else max(0.005, min(_LONGEST_WAIT, later - now))


@dataclass(frozen=True)
class Attempt:
    """How one attempt went; error is None when it was acknowledged."""

    delivery: Delivery
    status: int | None
    error: str | None


class Line:
    """One connection to the endpoint, kept open between attempts as long as the other side wants it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._secret = endpoint.secret
        parts = urlsplit(endpoint.url)
        connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def send(self, body: bytes, *, now: float) -> tuple[int | None, str | None]:
        """One signed attempt: (status, None) when there was an answer, (status or None, reason) when it failed."""
        return self.post(body, {"Stripe-Signature": signature_header(body, self._secret, int(now))})

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str | None]:
        """One POST with these headers beside the usual ones; answers as `send`."""
        kept = self._connection.sock is not None
        try:
            return self._once(body, headers)
        except _GONE as gone:
            self._connection.close()
            if not kept:
                return None, f"{type(gone).__name__}: {gone}"
        except (OSError, http.client.HTTPException) as failed:
            self._connection.close()
            return None, f"{type(failed).__name__}: {failed}"
        # The other side had closed the kept connection: that was no attempt.
        return self.post(body, headers)

    def _once(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str | None]:
        self._connection.request("POST", self._target, body, {**_USUAL, **headers})
        response = self._connection.getresponse()
        if len(response.read(_LONGEST_ANSWER)) == _LONGEST_ANSWER:
            self._connection.close()
        return response.status, None if 200 <= response.status < 300 else f"answered {response.status}"

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
