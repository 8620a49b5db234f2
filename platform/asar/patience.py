"""HTTP whose answers begin within a time, or not at all, for everybody here who asks servers of others.

A timeout of the standard library holds for one read. A server that sends a byte of a header every few seconds, or
"Continue" for ever, keeps a reader without end. Must never decide what an answer is worth.
"""

import contextlib
import http.client
import socket
import threading
import urllib.request
from typing import Any


def handlers(*, seconds: float) -> tuple[urllib.request.HTTPHandler, urllib.request.HTTPSHandler]:
    """What an opener speaks HTTP and HTTPS with. TimeoutError when the headers of an answer have not come in time."""

    class Answer(_Answer):
        patience = seconds

    class Plain(http.client.HTTPConnection):
        response_class = Answer

    class Secured(http.client.HTTPSConnection):
        response_class = Answer

    class Http(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secured, req)

    return Http(), Https()


class _Answer(http.client.HTTPResponse):
    """An answer that is cut off when it has not begun after `patience` seconds."""

    patience = 0.0

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._sock, self._late = sock, False

    def begin(self) -> None:
        """Read the status and the headers."""
        cut = threading.Timer(self.patience, self._cut)
        cut.daemon = True
        cut.start()
        try:
            super().begin()
        finally:
            cut.cancel()
        if self._late:  # what was cut off may look like an answer without a body
            raise TimeoutError(f"no answer began within {self.patience:.0f} seconds")

    def _cut(self) -> None:
        self._late = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
