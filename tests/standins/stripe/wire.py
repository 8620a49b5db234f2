"""What travels between a client and the stand-in: a request as received, an answer as sent.

Plain values only, so that every part can be read without knowing the HTTP server. They must NEVER hold a socket.
"""

import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

Json = dict[str, Any]

API_VERSION = "2026-10-28.endive"

_PRINTER = json.JSONEncoder(ensure_ascii=False, separators=(",\n  ", ": "))


@dataclass(frozen=True)
class Request:
    """One HTTP request with its whole body; `path` has no query string."""

    method: str
    path: str
    query: str = ""
    headers: Message = field(default_factory=Message)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header's value, whatever its capitals; None when absent."""
        value = self.headers.get(name)
        return None if value is None else str(value)


@dataclass(frozen=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_bytes(payload: object) -> bytes:
    """JSON over many lines, UTF-8: whoever parses and prints it again gets other bytes, as with Stripe's own."""
    return _PRINTER.encode(payload).encode()


def json_answer(status: int, payload: object, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, json_bytes(payload), headers=headers)
