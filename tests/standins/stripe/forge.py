"""Events that the site must refuse, or bear: forged, old, altered, of the other mode, without shape, never heard of.

Each is sent once, at once, and the site's answer is told. It must NEVER store anything: a forged event is in no list.
"""

import json
from collections.abc import Callable, Mapping

from .delivery import Endpoint, Line
from .ids import new_id
from .outbox import NOBODY
from .signing import signature_header
from .wire import API_VERSION, Json, json_bytes

Forged = tuple[bytes, str | None]
"""The body, and the signature header or None."""


def invented(*, event_type: str, obj: Json, now: float) -> Json:
    """An event about this object that is stored nowhere."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(now),
        "data": {"object": obj},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": NOBODY.request_id, "idempotency_key": NOBODY.idempotency_key},
        "type": event_type,
    }


def _signed(event: object, secret: str, now: int) -> Forged:
    body = event if isinstance(event, bytes) else json_bytes(event)
    return body, signature_header(body, secret, now)


def _altered(event: Json, secret: str, now: int) -> Forged:
    body, header = _signed(event, secret, now)
    return body.replace(b'"created": ', b'"created": 1', 1), header


WAYS: Mapping[str, Callable[[Json, str, int], Forged]] = {
    "signature": lambda event, secret, now: _signed(event, f"{secret}x", now),
    "no_signature": lambda event, _secret, _now: (json_bytes(event), None),
    "garbled_signature": lambda event, _secret, _now: (json_bytes(event), "t=x,v1=y,"),
    "altered": _altered,
    "old": lambda event, secret, now: _signed(event, secret, now - 3600),
    "livemode": lambda event, secret, now: _signed({**event, "livemode": True}, secret, now),
    "version": lambda event, secret, now: _signed({**event, "api_version": "2019-12-03"}, secret, now),
    "shape": lambda event, secret, now: _signed({**event, "data": [], "type": 5}, secret, now),
    "not_json": lambda event, secret, now: _signed(json_bytes(event)[:-9], secret, now),
    "thin": lambda event, secret, now: _signed({**event, "object": "v2.core.event", "data": None}, secret, now),
    "genuine": _signed,
}
"""How an event is wrong; `genuine` is signed well, for an object or a type that nobody knows."""


def send_forged(endpoint: Endpoint, how: str, event: Json, *, now: float) -> Json:
    """Send it and tell what the site answered: status (None without an answer), error, the event's id."""
    body, header = WAYS[how](event, endpoint.secret, int(now))
    headers = {} if header is None else {"Stripe-Signature": header}
    line = Line(endpoint)
    status, error = line.post(body, headers)
    line.close()
    return {"how": how, "event": event["id"], "status": status, "error": error, "sent": json.dumps(body.decode())[:200]}
