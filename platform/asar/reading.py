"""Reads files and addresses with bounds: http and https only, so many bytes, so many seconds, never more.

What comes back is whatever somebody else chose to send; whoever called checks it. Must never follow an address to
anything but http or https, and never from https to http.
"""

import contextlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import urlsplit

from asar.findings import UnreadableError
from asar.patience import handlers

SECONDS = 30.0
WHOLE_SECONDS = 120.0
TRIES = 3
FIRST_PAUSE = 0.2  # seconds, four times as long each time
CHUNK = 64 * 1024
_AGENT = "asar-audit/1"
_NO_LOG = re.compile(r"^https?://[^/]+/((kk|ru|de|en)/.*|(?!log/).*/?checkpoint)$")
_ENDLESS = 2**40
_SERVER_TROUBLE = 500
_TOO_MANY = 429


class MissingError(Exception):
    """The other side answered that it has no such thing, though it promised to."""


class _OnlyTheWeb(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in ("http", "https") or (before == "https" and after == "http"):
            raise UnreadableError(f"{req.full_url} leads to {newurl}, where this command does not go")
        fp.close()  # urllib would read the whole of it, however long, before it goes on
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Nothing but http and https: no files, no ftp, no data addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        *handlers(seconds=WHOLE_SECONDS),
        urllib.request.HTTPDefaultErrorHandler(),
        _OnlyTheWeb(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def is_address(text: str) -> bool:
    """Whether this is an http or https address rather than the name of a file."""
    return urlsplit(text).scheme in ("http", "https")


def _pieces(url: str, most: int) -> Iterator[bytes]:
    # Only http and https reach this line, and the opener knows nothing else.
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"})  # noqa: S310
    deadline = time.monotonic() + WHOLE_SECONDS
    with _opener().open(request, timeout=SECONDS) as answer:
        length = 0
        while piece := answer.read1(CHUNK):
            length += len(piece)
            if length > most:
                raise UnreadableError(f"{url} is larger than {most} bytes")
            if time.monotonic() > deadline and most != _ENDLESS:
                raise UnreadableError(f"{url} took longer than {WHOLE_SECONDS:.0f} seconds")
            yield piece
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)


def fetch(url: str, *, most: int) -> bytes:
    """The whole answer, at most `most` bytes. MissingError for 4xx; tries thrice when the network or server fails."""
    if not is_address(url):
        raise UnreadableError(f"{url} is not an http or https address")
    trouble = ""
    for turn in range(TRIES):
        if turn:
            time.sleep(FIRST_PAUSE * 4**turn)
        try:
            return b"".join(_pieces(url, most))
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):  # it may be closed already: a redirection in circles
                if error.code < _SERVER_TROUBLE and error.code != _TOO_MANY:
                    hint = "; a log's address ends in /log/<town>, without a language" if _NO_LOG.search(url) else ""
                    raise MissingError(f"{url} answers {error.code}{hint}") from error
                trouble = f"it answers {error.code}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            trouble = str(getattr(error, "reason", "")) or str(error) or type(error).__name__
    raise UnreadableError(f"{url} cannot be read: {trouble}")


def stream(target: str) -> Iterator[bytes]:
    """A file or an address piece by piece, however long it is. No second try: the reader has seen the beginning."""
    try:
        if is_address(target):
            yield from _pieces(target, _ENDLESS)
        else:
            with Path(target).open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreadableError(f"{target} cannot be read: {error}") from error


def read(target: str, *, most: int) -> bytes:
    """A file or an address, at most `most` bytes."""
    if "://" in target:
        try:
            return fetch(target, most=most)
        except MissingError as error:
            raise UnreadableError(str(error)) from error
    try:
        with Path(target).open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{target} cannot be read: {error}") from error
    if len(data) > most:
        raise UnreadableError(f"{target} is larger than {most} bytes")
    return data


class Source(Protocol):
    """Where a log is read from, by the paths of C2SP tlog-tiles."""

    name: str

    def get(self, path: str, *, most: int) -> bytes:
        """The content at a path below the log. MissingError when it is not there."""
        ...


class Site:
    """A log on the web."""

    def __init__(self, url: str) -> None:
        self.name = url.rstrip("/").removesuffix("/checkpoint")

    def get(self, path: str, *, most: int) -> bytes:
        """See Source."""
        return fetch(f"{self.name}/{path}", most=most)


class Folder:
    """A log as files: a mirror that an earlier audit kept."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def get(self, path: str, *, most: int) -> bytes:
        """See Source."""
        file = self._path / path
        if not file.is_file():
            raise MissingError(f"{file} is not there")
        return read(str(file), most=most)
