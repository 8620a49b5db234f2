"""The front of /v1/: key, version, parameters, idempotency, routing, errors.

One call is one transaction, together with the answer kept under its idempotency key. A key must NEVER lead to a second
execution: neither one after the other, nor at the same time, nor after a crash.
"""

import base64
import binascii
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import customers, disputes, payouts, portal, reads, refunds, reviews, sessions, subscriptions
from .call import Call, Moment, Route
from .errors import ApiError, invalid, key_in_use, key_reused, no_key, unknown_url, wrong_key
from .form import parse_form
from .ids import new_request_id
from .outbox import Origin
from .settings import read_settings
from .store import Store, Tx
from .wire import API_VERSION, Answer, Json, Request, json_answer

ROUTES: tuple[Route, ...] = (
    *sessions.ROUTES,
    *refunds.ROUTES,
    *disputes.ROUTES,
    *reviews.ROUTES,
    *customers.ROUTES,
    *subscriptions.ROUTES,
    *payouts.ROUTES,
    *portal.ROUTES,
    *reads.ROUTES,
)
LONGEST_KEY = 255


@dataclass
class Api:
    """Answers API requests; `clock` gives Unix seconds, `pause` waits (for the setting api_delay)."""

    store: Store
    secret_key: str
    public_base: str
    clock: Callable[[], float]
    pause: Callable[[float], object]
    _running: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def keys_in_use(self) -> int:
        """How many idempotency keys are held by requests that run now."""
        with self._lock:
            return len(self._running)

    def answer(self, request: Request) -> Answer:
        """The response to one request, errors included."""
        request_id = new_request_id()
        extra = [("Request-Id", request_id), ("Stripe-Version", API_VERSION)]
        key = request.header("Idempotency-Key") if request.method == "POST" else None
        if key:
            extra.append(("Idempotency-Key", key))
        try:
            self._authenticate(request)
            _check_version(request)
            route, ids = _route(request)
            params = parse_form(_form_text(request))
            origin = Origin(request_id, key)
            with self._alone(key):
                self._delay()
                done = self._run(request, route, ids, params, origin)
        except ApiError as refused:
            done = refused.answer()
        return Answer(done.status, done.body, done.content_type, (*extra, *done.headers))

    def _authenticate(self, request: Request) -> None:
        scheme, _, given = (request.header("Authorization") or "").partition(" ")
        key = given.strip()
        if scheme.lower() == "basic":
            try:
                key = base64.b64decode(key, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                key = ""
        elif scheme.lower() != "bearer":
            key = ""
        if not key:
            raise no_key()
        if key != self.secret_key:
            raise wrong_key(key)

    @contextmanager
    def _alone(self, key: str | None) -> Iterator[None]:
        """Hold the idempotency key for as long as its request runs."""
        if key is None:
            yield
            return
        if not 0 < len(key) <= LONGEST_KEY:
            raise ApiError(400, f"Idempotency keys must be 1 to {LONGEST_KEY} characters long.")
        with self._lock:
            if key in self._running:
                raise key_in_use(key)
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)

    def _delay(self) -> None:
        with self.store.transaction() as tx:
            seconds = read_settings(tx).api_delay
        if seconds:
            self.pause(seconds)

    def _run(self, request: Request, route: Route, ids: tuple[str, ...], params: Json, origin: Origin) -> Answer:
        with self.store.transaction() as tx:
            if origin.idempotency_key is not None:
                earlier = _replay(tx, origin.idempotency_key, request.path, params)
                if earlier is not None:
                    return earlier
            moment = Moment(tx, self.clock(), read_settings(tx), origin)
            try:
                result = route.endpoint(Call(moment, params, ids, request.path, self.public_base))
                done = json_answer(200, result)
            except ApiError as refused:
                if not refused.executed:
                    raise
                done = refused.answer()
            if origin.idempotency_key is not None:
                _keep(tx, origin, request.path, params, done)
        return done


def _canonical(params: Json) -> str:
    return json.dumps(params, sort_keys=True)


def _keep(tx: Tx, origin: Origin, path: str, params: Json, done: Answer) -> None:
    """Remember the answer under the request's idempotency key."""
    tx.db.execute(
        "INSERT INTO idempotency (key, endpoint, parameters, status, body, request_id) VALUES (?, ?, ?, ?, ?, ?)",
        (origin.idempotency_key, path, _canonical(params), done.status, done.body, origin.request_id),
    )


def _replay(tx: Tx, key: str, path: str, params: Json) -> Answer | None:
    """What this key answered the first time; None when it is new. Refuses another use of it."""
    row = tx.db.execute(
        "SELECT endpoint, parameters, status, body, request_id FROM idempotency WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    if row[0] != path:
        raise key_reused(key, endpoints=(row[0], path))
    if row[1] != _canonical(params):
        raise key_reused(key)
    return Answer(row[2], bytes(row[3]), headers=(("Idempotent-Replayed", "true"), ("Original-Request", row[4])))


def _check_version(request: Request) -> None:
    version = request.header("Stripe-Version")
    if version not in {None, API_VERSION}:
        raise invalid("Stripe-Version", f"Invalid Stripe API version: {version}. The stand-in speaks {API_VERSION}.")


def _route(request: Request) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        ids = route.ids_in(request.path) if route.method == request.method else None
        if ids is not None:
            return route, ids
    raise unknown_url(request.method, request.path)


def _form_text(request: Request) -> str:
    if request.method in {"GET", "DELETE"}:
        return request.query
    try:
        return request.body.decode()
    except UnicodeDecodeError as refused:
        raise ApiError(400, "Invalid request body: not UTF-8") from refused
