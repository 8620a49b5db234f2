"""Starts and stops the stand-in as its own process: for tests, and for anybody who wants one for a while.

Only the standard library. It must NEVER end a process that it did not start, and it waits by polling with a deadline,
not by sleeping a fixed time.
"""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

_FOLDER = Path(__file__).parent
_Found = TypeVar("_Found")
_KEPT_SECONDS = 10.0
"""Less than the stand-in keeps an idle connection."""


@dataclass(frozen=True)
class Fetched:
    """An answer whose redirect was not followed."""

    status: int
    headers: Message
    text: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        return None


def fetch(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """GET, or POST when there is a form or a body; every status is an answer, not an exception."""
    data = urllib.parse.urlencode(form).encode() if form is not None else body
    request = urllib.request.Request(url, data, dict(headers or {}))  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    response: HTTPResponse | urllib.error.HTTPError
    try:
        response = opener.open(request, timeout=30)
    except urllib.error.HTTPError as refused:
        response = refused
    with response:
        return Fetched(response.status or 0, response.headers, response.read().decode())


def wait_for(what: str, look: Callable[[], _Found | None], *, seconds: float = 20.0) -> _Found:
    """Look until there is something truthy; AssertionError with `what` when the seconds are over."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        pause.wait(0.02)


@dataclass
class StandIn:
    """One stand-in with its folder. `with StandIn(...) as stripe:` starts and stops it.

    `port` 0 takes a free one; a restart keeps it, so that addresses stay valid.
    """

    data: Path
    webhook_url: str
    webhook_secret: str = "whsec_test_secret"
    secret_key: str = "sk_test_asar"
    port: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _lines: dict[int, tuple[HTTPConnection, float]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The address for the SDK's base_addresses["api"]."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process, to measure it; 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> Self:
        """Start it and wait until it answers; RuntimeError with its own words when it does not."""
        arguments = ["--port", str(self.port), "--data", str(self.data), "--webhook-url", self.webhook_url]
        arguments += ["--webhook-secret", self.webhook_secret, "--secret-key", self.secret_key]
        self.data.mkdir(parents=True, exist_ok=True)
        log = self.data / "stderr.log"
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(_FOLDER), *arguments], stdout=subprocess.PIPE, stderr=errors, text=True
            )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("Stripe stand-in at "):
            self._end()
            raise RuntimeError(f"the stand-in did not start: {line}{log.read_text()}")
        self.port = int(line.rstrip().rpartition(":")[2])
        if self.settings:
            self.control("settings", dict(self.settings))
        return self

    def kill(self) -> None:
        """SIGKILL, as when the machine dies."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._end()

    def hang_up(self) -> None:
        """Close the kept connections: whoever speaks to a stand-in that somebody else runs does so at the end."""
        for line, _ in self._lines.values():
            line.close()
        self._lines.clear()

    def _end(self) -> int:
        process, self._process = self._process, None
        self.hang_up()
        if process is None:
            return 0
        with process:
            return process.wait(timeout=30)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def control(self, name: str, payload: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The control API: GET without a payload, POST with one. One connection for each thread is kept for a while."""
        method, body = ("GET", None) if payload is None else ("POST", json.dumps(payload))
        line = self._line()
        try:
            line.request(method, f"/_control/{name}", body)
            answer = line.getresponse()
            text = answer.read().decode()
        except (OSError, HTTPException):
            line.close()
            raise
        if answer.status != 200:
            raise AssertionError(f"control {name} answered {answer.status}: {text}")
        found: dict[str, Any] = json.loads(text)
        return found

    def _line(self) -> HTTPConnection:
        """This thread's connection; a new one when the kept one may have been hung up by the other side."""
        me, now = threading.get_ident(), time.monotonic()
        kept, used = self._lines.get(me, (None, 0.0))
        if kept is None or now - used > _KEPT_SECONDS:
            if kept is not None:
                kept.close()
            kept = HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._lines[me] = (kept, now)
        return kept

    def pay(self, page: str, *, card: str = "4242424242424242", email: str = "donor@example.com") -> Fetched:
        """Fill in the hosted page at this address: 303 when paid, 402 when declined, 422 when the form is wrong."""
        return fetch(page, form={"email": email, "card": card})

    def wait_until_idle(self, *, seconds: float = 20.0) -> None:
        """Until no fee is awaited and every delivery that can be made is acknowledged."""
        wait_for("the stand-in is idle", lambda: self.control("state")["idle"], seconds=seconds)
