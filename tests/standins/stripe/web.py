"""The HTTP server: reads bounded requests, hands them to the part that the path names, writes answers.

Keep-alive with a time limit. It must NEVER read a body whose length it does not know or that is too long.
"""

import sys
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .wire import Answer, Request, json_answer

LONGEST_BODY = 1_000_000
IDLE_SECONDS = 30.0

Part = Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """One thread for each connection; `parts` by the prefix of the path."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], parts: Mapping[str, Part]) -> None:
        super().__init__(address, Handler)
        self.parts = parts

    def handle_error(self, request: object, client_address: object) -> None:  # as inherited
        """A client that went away is no error; everything else is printed with its trace."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            traceback.print_exc()

    def part_for(self, path: str) -> Part:
        """The part that answers this path."""
        return next((part for prefix, part in self.parts.items() if path.startswith(prefix)), _nothing_here)


def _nothing_here(request: Request) -> Answer:
    return json_answer(404, {"error": {"type": "invalid_request_error", "message": f"Nothing at {request.path}"}})


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "StripeStandIn/1.0"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        """Answer a GET."""
        self._respond(b"")

    def do_HEAD(self) -> None:
        """Answer a HEAD as a GET without its body."""
        self._respond(b"")

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._respond(b"")

    def do_POST(self) -> None:
        """Read the body, answer a POST."""
        length = self.headers.get("Content-Length")
        if length is None or not length.isascii() or not length.isdigit():
            self._refuse(411, "A request with a body needs its Content-Length.")
        elif int(length) > LONGEST_BODY:
            self._refuse(413, f"A body may have {LONGEST_BODY} bytes at most.")
        else:
            self._respond(self.rfile.read(int(length)))

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        self._write(json_answer(status, {"error": {"type": "invalid_request_error", "message": message}}))

    def _respond(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        method = "GET" if self.command == "HEAD" else self.command
        request = Request(method, parts.path, parts.query, self.headers, body)
        self._write(self.server.part_for(parts.path)(request))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Be quiet: the control API shows what happened."""
