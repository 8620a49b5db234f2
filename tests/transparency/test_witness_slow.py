"""A witness that answers a byte at a time, or goes on saying that it will answer: the log does not wait for it."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.request import build_opener

import pytest
from pytest_django.fixtures import Settings

from asar.patience import handlers
from tests.transparency.conftest import SLUG
from tests.transparency.test_witness_asking import Fill
from transparency import actions, queries
from transparency.actions import asking
from transparency.queries.keys import witness_key
from transparency.rules.policies import Group, Known, Policy, format_policy
from transparency.states import Answer

BODY = b"HTTP/1.1 200 OK\r\n\r\n"


class Slow(BaseRequestHandler):
    """Begins an answer and never ends it."""

    start = b""
    piece = b""
    over = threading.Event()

    def handle(self) -> None:
        with suppress(OSError):
            self.request.recv(100_000)
            self.request.sendall(self.start)
            while not self.over.wait(0.05):
                self.request.sendall(self.piece)


@pytest.fixture
def address() -> Iterator[str]:
    Slow.over.clear()
    server = ThreadingTCPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Slow.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "piece"), [(BODY, b"x"), (BODY[:-2], b"x"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")])
def test_nobody_waits_for_a_witness_that_speaks_slowly(
    address: str,
    start: bytes,
    piece: bytes,
    fill: Fill,
    now: datetime,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Slow, "start", start)
    monkeypatch.setattr(Slow, "piece", piece)
    monkeypatch.setattr(asking, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(asking, "_OPENER", build_opener(*handlers(seconds=0.3)))
    fill(1)
    actions.integrate(slug=SLUG, now=now)
    known = Known(witness_key("rudny").verifier, address, "r")
    (tmp_path / "policy").write_bytes(format_policy(Policy((), {"r": known}, {"g": Group(1, ("r",))}, "g")))
    settings.LOG_POLICY_FILE = str(tmp_path / "policy")
    assert actions.ask_witnesses(slug=SLUG, now=now) == 0
    assert [one.answer for one in queries.log_state(SLUG, now=now).witnesses] == [Answer.AWAY]
