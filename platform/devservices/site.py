"""The site's own processes as members: web, worker, beat and the Stripe stand-in.

They run as whoever called us, from the clone, with the environment that the stack made. Nothing here knows Django.
"""

import http.client
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from devservices.process import Member

STAND_IN = Path("tests/standins/stripe")
STOP_ORDER = ("web", "worker", "beat", "stripe")
_PROBE_SECONDS = 5.0
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the members need to know: the clone, the run folder, the address, the environment."""

    root: Path
    run: Path
    logs: Path
    host: str
    port: int
    env: Mapping[str, str]

    def web(self) -> Member:
        """Granian with two processes; ready when it answers a request without a server error."""
        argv = [
            "config.serving",
            "--interface",
            "wsgi",
            "config.wsgi:application",
            "--host",
            self.host,
            "--port",
            str(self.port),
        ]
        argv += ["--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "--respawn-interval", "0.5"]
        return self._member("web", argv, lambda _pid: answers(reachable(self.host), self.port), grace=15.0)

    def worker(self) -> Member:
        """Celery with two processes; SIGTERM lets running tasks end."""
        argv = ["celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "INFO"]
        argv += ["--without-gossip", "--without-mingle"]
        return self._member("worker", argv, self._says("worker", " ready."), grace=30.0)

    def beat(self) -> Member:
        """The clock that starts the sweeps. Its file is only a hint: every sweep is safe to run twice."""
        folder = self.run / "beat"
        folder.mkdir(mode=0o700, exist_ok=True)
        argv = ["celery", "-A", "config", "beat", "--loglevel", "INFO"]
        argv += ["--schedule", str(folder / "schedule"), "--pidfile="]
        return self._member("beat", argv, self._says("beat", "beat: Starting"))

    def stripe(self, *, port: int, secret: str, key: str) -> Member:
        """The stand-in: the payment provider's answers on this machine, delivering webhooks to our web process."""
        folder = self.run / "stripe"
        folder.mkdir(mode=0o700, exist_ok=True)
        hook = f"http://{at(reachable(self.host), self.port)}/stripe/webhook/"
        argv = [str(self.root / STAND_IN), "--port", str(port), "--data", str(folder), "--webhook-url", hook]
        argv += ["--webhook-secret", secret, "--secret-key", key]
        return self._member("stripe", argv, lambda _pid: listens(port), module=False)

    def _says(self, name: str, words: str) -> Callable[[int], bool]:
        """Ready when these words come after what the log holds now (a restart writes on in the same log)."""
        log = self.logs / f"{name}.log"
        begin = log.stat().st_size if log.exists() else 0
        return lambda _pid: log.exists() and words.encode() in log.read_bytes()[begin:]

    def _member(
        self, name: str, argv: list[str], ready: Callable[[int], bool], *, grace: float = 10.0, module: bool = True
    ) -> Member:
        start = [sys.executable, "-m"] if module else [sys.executable]
        return Member(
            name=name,
            argv=[*start, *argv],
            env=self.env,
            cwd=self.root,
            log=self.logs / f"{name}.log",
            ready=ready,
            grace=grace,
        )


def answers(host: str, port: int) -> bool:
    """Whether a web server answers a request for / with anything but a server error."""
    link = http.client.HTTPConnection(host, port, timeout=_PROBE_SECONDS)
    with closing(link):
        try:
            link.request("GET", "/")
            return link.getresponse().status < _SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False


def listens(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=_PROBE_SECONDS)):
            return True
    except OSError:
        return False


def reachable(host: str) -> str:
    """The address to call a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, never bound


def at(host: str, port: int) -> str:
    """host:port, with brackets where IPv6 needs them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
