"""The control API under /_control/: how tests make this Stripe late, forgetful or out of order, and see its state.

JSON in, JSON out, without a key; described in the README. The product must NEVER call it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs

from . import outbox
from .acts import ACTS, many, perform
from .asking import ControlError, known, text
from .call import Moment
from .delivery import Endpoint
from .forge import WAYS, invented, send_forged
from .payouts import set_timer
from .settings import read_settings, wrong_setting
from .store import Store
from .timers import SOON
from .wire import Answer, Json, Request, json_answer


@dataclass(frozen=True)
class Control:
    """Answers control requests; `attempts` counts delivery attempts under way, `keys` idempotency keys in use."""

    store: Store
    clock: Callable[[], float]
    attempts: Callable[[], int]
    keys: Callable[[], int]
    endpoint: Endpoint

    def answer(self, request: Request) -> Answer:
        """The response to one request."""
        actions: dict[tuple[str, str], Callable[[Request], Json]] = {
            ("GET", "health"): lambda _request: {"ok": True},
            ("GET", "settings"): lambda _request: self._settings({}),
            ("POST", "settings"): lambda request: self._settings(_payload(request)),
            ("POST", "release"): lambda _request: self._release(),
            ("POST", "redeliver"): lambda request: self._redeliver(_payload(request)),
            ("POST", "advance"): lambda request: self._advance(_payload(request)),
            ("POST", "forge"): lambda request: self._forge(_payload(request)),
            ("GET", "deliveries"): self._deliveries,
            ("GET", "state"): lambda _request: self._state(),
        }
        action = actions.get((request.method, request.path.removeprefix("/_control/")))
        name = request.path.removeprefix("/_control/")
        if action is None and request.method == "POST" and (name == "many" or name in ACTS):
            action = partial(self._act, name)
        if action is None:
            known = ", ".join(
                [*(f"{method} {each}" for method, each in actions), "POST many", *(f"POST {each}" for each in ACTS)]
            )
            return json_answer(404, {"error": f"no such control; there are {known}"})
        try:
            return json_answer(200, action(request))
        except ControlError as refused:
            return json_answer(400, {"error": str(refused)})

    def _act(self, name: str, request: Request) -> Json:
        sent = _payload(request)
        with self.store.transaction(durable=False) as tx:
            moment = Moment(tx, self.clock(), read_settings(tx), outbox.NOBODY)
            return many(moment, sent) if name == "many" else perform(moment, sent, name)

    def _settings(self, changes: Json) -> Json:
        for name, value in changes.items():
            wrong = wrong_setting(name, value)
            if wrong:
                raise ControlError(wrong)
        with self.store.transaction() as tx:
            tx.change_settings(changes)
            if changes.get("delivery") == "normal":
                outbox.release(tx, now=self.clock())
            if "payout_every" in changes:
                set_timer(tx, seconds=changes["payout_every"], now=self.clock())
            return read_settings(tx).as_json()

    def _release(self) -> Json:
        with self.store.transaction() as tx:
            return {"released": outbox.release(tx, now=self.clock())}

    def _redeliver(self, sent: Json) -> Json:
        event_id, times = sent.get("event"), sent.get("times", 1)
        if not isinstance(event_id, str) or not isinstance(times, int) or not 1 <= times <= 1000:
            raise ControlError("redeliver needs event (an id) and may have times (1 to 1000)")
        with self.store.transaction() as tx:
            if not outbox.redeliver(tx, event_id, times=times, now=self.clock()):
                raise ControlError(f"no event {event_id}")
        return {"event": event_id, "times": times}

    def _forge(self, sent: Json) -> Json:
        known(sent, "how", "event", "type", "object")
        how, now = text(sent, "how", tuple(WAYS)), self.clock()
        obj = sent.get("object", {"id": "ch_3Forged", "object": "charge", "metadata": {}})
        if not isinstance(obj, dict):
            raise ControlError("object must be an object")
        event = invented(event_type=text(sent, "type", default="charge.succeeded"), obj=obj, now=now)
        if "event" in sent:
            with self.store.transaction() as tx:
                found = tx.find("event", text(sent, "event"))
            if found is None:
                raise ControlError(f"no event {sent['event']}")
            event = found.body
        return send_forged(self.endpoint, how, event, now=now)

    def _advance(self, sent: Json) -> Json:
        object_id = sent.get("object")
        if object_id is not None and not isinstance(object_id, str):
            raise ControlError("object must be an id")
        with self.store.transaction() as tx:
            now = self.clock()
            retries = outbox.retry_now(tx, now=now) if object_id is None else 0
            return {"timers": tx.bring_forward(object_id, now), "retries": retries}

    def _deliveries(self, request: Request) -> Json:
        asked = {name: values[-1] for name, values in parse_qs(request.query).items()}
        limit = asked.get("limit", "1000")
        if not limit.isascii() or not limit.isdigit():
            raise ControlError("limit must be a number")
        with self.store.transaction() as tx:
            found = outbox.deliveries(tx, event_id=asked.get("event"), state=asked.get("state"), most=int(limit[:9]))
        return {"deliveries": [delivery.as_json() for delivery in found]}

    def _state(self) -> Json:
        with self.store.transaction() as tx:
            attempts, now = self.attempts(), self.clock()
            jobs, states, objects = tx.jobs(), outbox.states(tx), tx.counts()
        awaited = sum(job.kind in SOON or job.due_at <= now for job in jobs)
        return {
            "idle": not (awaited or states["pending"] or attempts),
            "attempts_in_flight": attempts,
            "keys_in_use": self.keys(),
            "deliveries": states,
            "timers": [{"kind": job.kind, "object": job.object_id, "due_at": job.due_at} for job in jobs[:1000]],
            "objects": objects,
        }


def _payload(request: Request) -> Json:
    try:
        sent = json.loads(request.body or b"{}")
    except ValueError as broken:
        raise ControlError(f"not JSON: {broken}") from broken
    if not isinstance(sent, dict):
        raise ControlError("the body must be a JSON object")
    return sent
