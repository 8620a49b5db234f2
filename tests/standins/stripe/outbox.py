"""Events and their deliveries: stored first, in the transaction of what they tell about, delivered later.

A delivery is one row with its own retries; a duplicated event is two rows. An event must NEVER be delivered that is
not stored, and a stored one is found through the events API even when its delivery is lost.
"""

from dataclasses import asdict, dataclass

from .ids import new_id
from .settings import Settings
from .store import Tx
from .wire import Json

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0

_COLUMNS = "id, event_id, event_type, state, due_at, attempts, last_status, last_error, done_at"


@dataclass(frozen=True)
class Delivery:
    """One row; state is pending, held, lost or delivered. Times are Unix seconds."""

    id: int
    event_id: str
    event_type: str
    state: str
    due_at: float
    attempts: int
    last_status: int | None
    last_error: str | None
    done_at: float | None

    def as_json(self) -> Json:
        """As the control API shows it."""
        return asdict(self)


@dataclass(frozen=True)
class Origin:
    """The API request that caused an event; both None when a person at the page, or time, caused it."""

    request_id: str | None = None
    idempotency_key: str | None = None


NOBODY = Origin()


def emit(
    tx: Tx,
    event_type: str,
    obj: Json,
    *,
    now: float,
    settings: Settings,
    origin: Origin = NOBODY,
    previous: Json | None = None,
) -> str:
    """Store an event with a full snapshot of the object, and its deliveries; returns the event's id."""
    data: Json = {"object": obj}
    if previous is not None:
        data["previous_attributes"] = previous
    event_id = new_id("evt")
    number = tx.add(
        {
            "id": event_id,
            "object": "event",
            "api_version": settings.event_version,
            "created": int(now),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": origin.request_id, "idempotency_key": origin.idempotency_key},
            "type": event_type,
        }
    )
    lost = settings.loses(event_type, number)
    due_at = now + settings.lateness(number)
    for copy_number in range(1 if lost else settings.copies(number)):
        rank = settings.chance(number, f"rank {copy_number}") if settings.shuffle else 0.0
        state = "lost" if lost else ("held" if settings.delivery == "held" else "pending")
        _enqueue(tx, event_id, event_type, state=state, due_at=due_at + rank * settings.shuffle_within, rank=rank)
    return event_id


def _enqueue(tx: Tx, event_id: str, event_type: str, *, state: str, due_at: float, rank: float = 0.0) -> None:
    tx.stirs = tx.stirs or state == "pending"
    tx.db.execute(
        "INSERT INTO deliveries (event_id, event_type, state, due_at, rank) VALUES (?, ?, ?, ?, ?)",
        (event_id, event_type, state, due_at, rank),
    )


def redeliver(tx: Tx, event_id: str, *, times: int, now: float) -> bool:
    """Deliver a stored event again, whatever the settings; False when there is no such event."""
    event = tx.find("event", event_id)
    if event is None:
        return False
    for _ in range(times):
        _enqueue(tx, event_id, event.body["type"], state="pending", due_at=now)
    return True


def release(tx: Tx, *, now: float) -> int:
    """Let every held delivery go; shuffled ones go in the order of their ranks. Returns how many."""
    tx.stirs = True
    return tx.db.execute("UPDATE deliveries SET state = 'pending', due_at = ? WHERE state = 'held'", (now,)).rowcount


def retry_now(tx: Tx, *, now: float) -> int:
    """Make waiting retries due; returns how many."""
    tx.stirs = True
    return tx.db.execute("UPDATE deliveries SET due_at = ? WHERE state = 'pending' AND due_at > ?", (now, now)).rowcount


def due(tx: Tx, *, now: float, most: int) -> list[Delivery]:
    """Pending deliveries whose moment has come, in the order in which they should go."""
    rows = tx.db.execute(
        f"SELECT {_COLUMNS} FROM deliveries WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, rank, id LIMIT ?",  # noqa: S608
        (now, most),
    )
    return [Delivery(*row) for row in rows]


def next_due_at(tx: Tx, *, now: float) -> float | None:
    """When the next pending delivery becomes due after now."""
    row = tx.db.execute("SELECT min(due_at) FROM deliveries WHERE state = 'pending' AND due_at > ?", (now,)).fetchone()
    return None if row[0] is None else float(row[0])


def record_attempt(tx: Tx, delivery: Delivery, *, status: int | None, error: str | None, now: float) -> None:
    """Write down how an attempt went: delivered on 2xx, otherwise due again after a pause that doubles."""
    attempts = delivery.attempts + 1
    if status is not None and 200 <= status < 300:
        state, due_at, done_at = "delivered", delivery.due_at, now
    else:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(delivery.attempts, 10))
        state, due_at, done_at = "pending", now + pause, None
    tx.db.execute(
        "UPDATE deliveries SET state = ?, due_at = ?, attempts = ?, last_status = ?, last_error = ?, done_at = ? "
        "WHERE id = ?",
        (state, due_at, attempts, status, error, done_at, delivery.id),
    )


def with_pending(tx: Tx, event: Json) -> Json:
    """The event with `pending_webhooks` as it stands now: 1 while no delivery was acknowledged."""
    delivered = tx.db.execute(
        "SELECT 1 FROM deliveries WHERE event_id = ? AND state = 'delivered' LIMIT 1", (event["id"],)
    ).fetchone()
    return {**event, "pending_webhooks": 0 if delivered else 1}


def deliveries(tx: Tx, *, event_id: str | None, state: str | None, most: int) -> list[Delivery]:
    """The latest deliveries, newest first; of one event or in one state when asked."""
    rows = tx.db.execute(
        f"SELECT {_COLUMNS} FROM deliveries WHERE (:event IS NULL OR event_id = :event) "  # noqa: S608
        "AND (:state IS NULL OR state = :state) ORDER BY id DESC LIMIT :most",
        {"event": event_id, "state": state, "most": most},
    )
    return [Delivery(*row) for row in rows]


def states(tx: Tx) -> dict[str, int]:
    """How many deliveries are in each state."""
    counted = {"pending": 0, "held": 0, "lost": 0, "delivered": 0}
    counted.update(tx.db.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall())
    return counted
