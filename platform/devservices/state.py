"""What a run folder remembers between starts: passwords, keys and ports, in one file that only its owner reads.

Two commands may write at once, so every change is read, changed and written under a lock.
"""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from devservices.errors import StackError

# Below the range that the kernel gives to outgoing connections, so that nobody takes the port while a server restarts.
_FIRST_PORT, _LAST_PORT = 20000, 32000
_TRIES = 200


class State:
    """Secrets and ports of one run folder; made at the first question, the same ever after."""

    def __init__(self, run: Path) -> None:
        self._path = run / "state.json"
        self._lock = run / "state.lock"

    def secret(self, name: str, *, prefix: str = "") -> str:
        """A random value (256 bits, letters and digits that need no quoting)."""
        with self._changing() as held:
            return held.setdefault(f"secret.{name}", prefix + secrets.token_hex(32))

    def port(self, name: str, *, in_use_by_us: bool = False) -> int:
        """A free port on 127.0.0.1: the one of the last start, or a new one if somebody else took it since."""
        with self._changing() as held:
            known = int(held.get(f"port.{name}", "0"))
            if known and (in_use_by_us or port_is_free("127.0.0.1", known)):
                return known
            port = free_port()
            held[f"port.{name}"] = str(port)
            return port

    def get(self, name: str) -> str:
        """A note kept with `put`, or an empty text."""
        with self._changing() as held:
            return held.get(f"note.{name}", "")

    def put(self, name: str, value: str) -> None:
        """Keep a note."""
        with self._changing() as held:
            held[f"note.{name}"] = value

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
            held = dict(before)
            yield held
            if held != before:
                write_private(self._path, json.dumps(held, indent=1) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:  # noqa: PTH123 - mode at birth
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could bind this port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Some free port on 127.0.0.1."""
    for _ in range(_TRIES):
        port = _FIRST_PORT + secrets.randbelow(_LAST_PORT - _FIRST_PORT)
        if port_is_free("127.0.0.1", port):
            return port
    raise StackError(f"No port between {_FIRST_PORT} and {_LAST_PORT} is free on 127.0.0.1. Stop what listens there.")
