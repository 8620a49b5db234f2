"""Real processes for tests that end some of them: the site listening, a worker, a broker of the test's own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from celery import current_app
from django.conf import settings as site_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections

from devservices.account import server_account
from devservices.binaries import find_valkey
from tests.payments.stage import KEY, SECRET, use_broker
from tests.standins.stripe.running import StandIn, wait_for


@dataclass
class Killable:
    """A process that can be killed and started again."""

    argv: list[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.argv, stdout=out, stderr=out, env={**os.environ, **self.env}, cwd=site_settings.ROOT
            )

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait(timeout=20)
            self.running = None


@dataclass
class Broker(Killable):
    """A Valkey of this test alone."""

    port: int = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        super().start()
        wait_for("Valkey answers", self._answers)

    def _answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = str(find_valkey(server_account()).server)
    argv = [server, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path), "--appendonly", "yes"]
    made = Broker(argv, tmp_path / "valkey.log", port=port)
    made.start()
    yield made
    made.kill()


def worker_at(broker: Broker, stand_in: StandIn, log: Path) -> Killable:
    """A Celery worker at the tests' database, not started yet. Whoever enqueues has to use the same broker."""
    own = connection.settings_dict
    env = {
        "DATABASE_URL": f"postgres://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{own['NAME']}",
        "REDIS_URL": broker.url,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "STRIPE_API_BASE": stand_in.base,
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }
    argv = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "INFO"]
    return Killable([*argv, "--without-gossip", "--without-mingle"], log, env)


@pytest.fixture
def worker(broker: Broker, stand_in: StandIn, stage: None, tmp_path: Path) -> Iterator[Killable]:
    """A running worker. What this process enqueues goes to the same broker."""
    made = worker_at(broker, stand_in, tmp_path / "worker.log")
    before = current_app.conf.broker_url
    use_broker(broker.url, eager=False)
    made.start()
    yield made
    made.kill()
    use_broker(before, eager=False)


class _Site(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(committed_db: None) -> Iterator[str]:
    """The site itself, listening."""

    def application(environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        try:
            return list(handler(environ, start_response))
        finally:
            connections.close_all()

    handler = WSGIHandler()
    server = make_server("127.0.0.1", 0, application, server_class=_Site, handler_class=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)
