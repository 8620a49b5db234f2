"""What the command fetches is bounded: size, schemes, redirections, broken answers."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from asar import reading
from asar.findings import UnreadableError
from asar.reading import MissingError, fetch, is_address, read, stream


class Odd(BaseHTTPRequestHandler):
    """Answers in every way in which a site can be wrong."""

    tries = 0
    over = threading.Event()

    def do_GET(self) -> None:
        moves = {"/file": "file:///etc/passwd", "/ftp": "ftp://127.0.0.1/x", "/loop": "/loop", "/moved": "/large"}
        if self.path in moves:
            self.send_response(302)
            self.send_header("Location", moves[self.path])
            self.end_headers()
        elif self.path == "/endless":
            self._endless(b"HTTP/1.1 302 Found\r\nLocation: /large\r\n\r\n", b"x" * 1_000_000)
        elif self.path == "/slow":
            self._endless(b"HTTP/1.1 200 OK\r\n", b"x", pause=0.05)
        elif self.path == "/continue":
            self._endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05)
        elif self.path == "/large":
            self._answer(b"x" * 1000)
        elif self.path == "/cut":
            self._answer(b"x" * 10, length=1000)
        elif self.path == "/shaky":
            type(self).tries += 1
            self._answer(b"well", status=503 if type(self).tries < 3 else 200)
        else:
            self._answer(b"", status=500 if self.path == "/broken" else 404)

    def _answer(self, body: bytes, *, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _endless(self, start: bytes, piece: bytes, *, pause: float = 0) -> None:
        """Until the other side goes away."""
        with suppress(OSError):
            self.wfile.write(start)
            while not type(self).over.wait(pause):
                self.wfile.write(piece)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Odd.tries = 0
    Odd.over.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Odd.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_as_much_as_is_allowed_and_not_a_byte_more(address: str) -> None:
    assert fetch(f"{address}/large", most=1000) == b"x" * 1000
    assert fetch(f"{address}/moved", most=1000) == b"x" * 1000
    with pytest.raises(UnreadableError, match="larger than 999 bytes"):
        fetch(f"{address}/large", most=999)


def test_of_a_redirection_nothing_but_its_address_is_read(address: str) -> None:
    assert fetch(f"{address}/endless", most=1000) == b"x" * 1000


@pytest.mark.parametrize("path", ["/slow", "/continue"])
def test_an_answer_that_never_begins_is_not_waited_for(
    address: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WHOLE_SECONDS", 0.2)
    monkeypatch.setattr(reading, "TRIES", 1)
    with pytest.raises(UnreadableError, match="cannot be read"):
        fetch(f"{address}{path}", most=1000)


@pytest.mark.parametrize("path", ["/file", "/ftp", "/loop", "/cut", "/broken"])
def test_what_is_not_an_answer(address: str, path: str) -> None:
    with pytest.raises((UnreadableError, MissingError)):
        fetch(f"{address}{path}", most=1000)


def test_a_redirection_never_leaves_the_web(address: str) -> None:
    with pytest.raises(UnreadableError, match="where this command does not go"):
        fetch(f"{address}/ftp", most=10_000)


def test_a_server_that_comes_back_is_asked_again(address: str) -> None:
    assert fetch(f"{address}/shaky", most=10) == b"well"
    assert Odd.tries == 3


def test_what_is_not_there(address: str) -> None:
    with pytest.raises(MissingError, match="answers 404"):
        fetch(f"{address}/nothing", most=10)
    for path in ("checkpoint", "kk/log/tekeli/checkpoint"):  # somebody gave the site's address, or the page's
        with pytest.raises(MissingError, match="answers 404; a log's address ends in /log/<town>"):
            fetch(f"{address}/{path}", most=10)
    with pytest.raises(UnreadableError, match=r"answers 404$"):
        read(f"{address}/nothing", most=10)
    with pytest.raises(UnreadableError, match="cannot be read"):
        list(stream(f"{address}/nothing"))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "/etc/passwd"])
def test_only_the_web(url: str) -> None:
    assert not is_address(url)
    with pytest.raises(UnreadableError, match="not an http or https address"):
        fetch(url, most=10)
