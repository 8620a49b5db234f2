"""What the stand-in remembers: objects, timers and settings in one SQLite file (WAL, synchronous FULL).

Everything a request does happens in one transaction and is on the disk before it is answered, so that a kill -9 loses
nothing acknowledged. Nothing must EVER be kept in memory alone except what a crash may forget (locks, wake-ups).
"""

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .wire import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL, extra TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, object_id TEXT NOT NULL, due_at REAL NOT NULL,
    UNIQUE (kind, object_id));
CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (due_at);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, parameters TEXT NOT NULL, status INTEGER NOT NULL,
    body BLOB NOT NULL, request_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, event_type TEXT NOT NULL, state TEXT NOT NULL,
    due_at REAL NOT NULL, rank REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last_status INTEGER,
    last_error TEXT, done_at REAL);
CREATE INDEX IF NOT EXISTS deliveries_in_order ON deliveries (state, due_at, rank, id);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
"""

_DELIVERED = "NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = objects.id AND d.state <> 'delivered')"


@dataclass(frozen=True)
class Stored:
    """An object: `body` as clients see it, `extra` what only the stand-in knows about it."""

    body: Json
    extra: Json


@dataclass(frozen=True)
class Job:
    """Work that waits for its moment (Unix seconds)."""

    id: int
    kind: str
    object_id: str
    due_at: float


class Tx:
    """One transaction. `db` is open to the modules that own a table of their own."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.stirs = False
        """Whether a background thread has something to do after this."""

    def add(self, body: Json, extra: Json | None = None) -> int:
        """Store a new object under body["id"], of the kind body["object"]; returns its running number."""
        added = self.db.execute(
            "INSERT INTO objects (id, kind, created, body, extra) VALUES (?, ?, ?, ?, ?)",
            (body["id"], body["object"], body.get("created", 0), json.dumps(body), json.dumps(extra or {})),
        )
        return added.lastrowid or 0

    def save(self, body: Json, extra: Json | None = None) -> None:
        """Replace the body of a stored object, and what is private about it when given."""
        if extra is None:
            self.db.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))
        else:
            self.db.execute(
                "UPDATE objects SET body = ?, extra = ? WHERE id = ?", (json.dumps(body), json.dumps(extra), body["id"])
            )

    def find(self, kind: str, object_id: str) -> Stored | None:
        """The object, or None."""
        row = self.db.execute("SELECT body, extra FROM objects WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
        return None if row is None else Stored(json.loads(row[0]), json.loads(row[1]))

    def named(self, object_id: str) -> Json | None:
        """The object of whatever kind, or None."""
        row = self.db.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def number(self) -> int:
        """A running number for the next object: what is decided by chance depends on it."""
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'objects'").fetchone()
        return 1 if row is None else int(row[0]) + 1

    def need(self, kind: str, object_id: str) -> Stored:
        """The object that must exist because another one names it."""
        found = self.find(kind, object_id)
        if found is None:
            raise LookupError(f"{kind} {object_id} is named but not stored")
        return found

    def place(self, kind: str, object_id: str) -> int | None:
        """Where the object stands in its kind's order, or None."""
        row = self.db.execute("SELECT seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
        return None if row is None else int(row[0])

    def page(
        self,
        kind: str,
        *,
        filters: Mapping[str, Sequence[object]],
        created: tuple[int, int] = (0, 2**62),
        older_than: int | None = None,
        newer_than: int | None = None,
        most: int = -1,
        delivered: bool | None = None,
    ) -> list[Json]:
        """Bodies next to the given place, newest first for `older_than`, oldest first for `newer_than`.

        `filters`: JSON path -> accepted values; kind and paths are written in this program, never sent by a client.
        """
        conditions = [f"kind = '{kind}'", "created BETWEEN ? AND ?"]
        values: list[object] = [*created]
        for path, accepted in filters.items():
            conditions.append(f"{expression(path)} IN ({', '.join('?' * len(accepted))})")
            values += accepted
        if older_than is not None or newer_than is not None:
            conditions.append("seq > ?" if newer_than is not None else "seq < ?")
            values.append(newer_than if newer_than is not None else older_than)
        if delivered is not None:
            conditions.append(_DELIVERED if delivered else f"NOT {_DELIVERED}")
        order = "DESC" if newer_than is None else "ASC"
        rows = self.db.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(conditions)} ORDER BY seq {order} LIMIT ?",  # noqa: S608
            (*values, most),
        ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def every(self, kind: str, **members: object) -> list[Json]:
        """All objects of the kind with these members, the oldest first."""
        filters = {f"$.{name}": [value] for name, value in members.items()}
        return self.page(kind, filters=filters)[::-1]

    def counts(self) -> dict[str, int]:
        """How many objects there are of each kind."""
        return dict(self.db.execute("SELECT kind, count(*) FROM objects GROUP BY kind ORDER BY kind").fetchall())

    def schedule(self, kind: str, object_id: str, due_at: float) -> None:
        """Set or move the timer of this kind on this object."""
        self.stirs = True
        self.db.execute(
            "INSERT INTO jobs (kind, object_id, due_at) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, object_id) DO UPDATE SET due_at = excluded.due_at",
            (kind, object_id, due_at),
        )

    def unschedule(self, kind: str, object_id: str) -> None:
        """Remove that timer if it is set."""
        self.db.execute("DELETE FROM jobs WHERE kind = ? AND object_id = ?", (kind, object_id))

    def jobs(self) -> list[Job]:
        """All timers, the next one first."""
        rows = self.db.execute("SELECT id, kind, object_id, due_at FROM jobs ORDER BY due_at, id")
        return [Job(*row) for row in rows]

    def next_job(self) -> Job | None:
        """The timer that is due first."""
        row = self.db.execute("SELECT id, kind, object_id, due_at FROM jobs ORDER BY due_at, id LIMIT 1").fetchone()
        return None if row is None else Job(*row)

    def bring_forward(self, object_id: str | None, now: float) -> int:
        """Make the timers of one object, or all of them, due now; returns how many."""
        self.stirs = True
        return self.db.execute(
            "UPDATE jobs SET due_at = min(due_at, ?) WHERE ? IS NULL OR object_id = ?", (now, object_id, object_id)
        ).rowcount

    def settings(self) -> Json:
        """The settings that were changed, by name."""
        return {name: json.loads(value) for name, value in self.db.execute("SELECT name, value FROM settings")}

    def change_settings(self, changes: Json) -> None:
        """Keep these settings."""
        self.db.executemany(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [(name, json.dumps(value)) for name, value in changes.items()],
        )


def expression(path: str) -> str:
    """SQL for a JSON path of the body, or of the private part when it begins with `extra:`."""
    column, _, inner = path.rpartition(":")
    return f"json_extract({column or 'body'}, '{inner}')"


class Store:
    """The file. One connection, one transaction at a time; `indexed`: (kind, JSON path) often looked for."""

    def __init__(self, path: Path, *, indexed: Sequence[tuple[str, str]] = ()) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)
        for kind, looked_for in indexed:
            name = re.sub(r"[^a-z]+", "_", f"{kind} by {looked_for}")
            self._db.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON objects ({expression(looked_for)}) WHERE kind = '{kind}'"
            )

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call this after each transaction that left something to do."""
        self._listeners.append(listener)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Tx]:
        """All or nothing, not to be nested; on the disk when it returns, unless it promised nothing (`durable=False`).

        What is not durable survives the death of this process; the death of the machine may undo it, and only in the
        order in which it was written.
        """
        with self._lock:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            tx = Tx(self._db)
            try:
                yield tx
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        if tx.stirs:
            for listener in self._listeners:
                listener()

    def close(self) -> None:
        """Wait for the running transaction and close the file."""
        with self._lock:
            self._db.close()
