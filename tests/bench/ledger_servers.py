"""The one PostgreSQL server of a measurement: the embedded one as `make run` starts it, safe against a power cut.

Everything that is compared runs on it, each in a database of its own. Never point this at a server with real data: its
databases are dropped and made anew.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from devservices.account import server_account
from devservices.binaries import find_postgres
from devservices.places import Places, open_places
from devservices.postgres import cluster_major
from devservices.process import Processes
from devservices.servers import Servers
from devservices.state import State

_NOT_INHERITED = ("DATABASE_", "REDIS_URL", "STRIPE_", "DJANGO_", "ASAR_", "COVERAGE_", "PYTEST_", "PG")


@dataclass(frozen=True, slots=True)
class Server:
    """The running server: its port, its tools and the three roles' passwords (in the environment alone)."""

    root: Path
    places: Places
    bin: Path
    port: int
    urls: dict[str, str]
    superuser: str

    def superuser_url(self, database: str) -> str:
        """For pgbench and for looking after the databases."""
        return f"postgres://postgres:{self.superuser}@127.0.0.1:{self.port}/{database}"

    def owner_url(self, database: str) -> str:
        """The role that owns the tables."""
        return self.urls["DATABASE_OWNER_URL"].rpartition("/")[0] + f"/{database}"

    def environment(self, database: str) -> dict[str, str]:
        """What a process of the site, or of a peer, needs to work on `database`."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_INHERITED)}
        return kept | {
            "DATABASE_URL": self.urls["DATABASE_URL"].rpartition("/")[0] + f"/{database}",
            "DATABASE_OWNER_URL": self.owner_url(database),
            "REDIS_URL": self.urls["REDIS_URL"],
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "DJANGO_SECRET_KEY": "only for measuring",
            "ASAR_RUN_DIR": str(self.places.run),
            "PYTHONPATH": f"{self.root}:{self.root / 'platform'}",
            "PYTHONUNBUFFERED": "1",
        }

    def execute(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """One statement as the superuser, outside a transaction."""
        with psycopg.connect(self.superuser_url(database), autocommit=True) as connection:
            ran = connection.execute(statement)
            return list(ran.fetchall()) if ran.description else []

    def has(self, database: str) -> bool:
        """Whether the database exists."""
        return bool(self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))  # noqa: S608

    def fresh(self, database: str, *, template: str = "template1", owner: str = "asar_owner") -> None:
        """Drop the database and make it anew, as a copy of `template`."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template} OWNER {owner}")

    def manage(self, database: str, *arguments: str) -> None:
        """A management command of the site on `database`."""
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment(database),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            sys.exit(f"bench: manage.py {arguments[0]} failed\n{ran.stderr[-3000:]}")

    def site(self, database: str) -> None:
        """The site's tables with the towns, and a fund for each of 27 towns."""
        self.fresh(database)
        self.manage(database, "migrate", "--verbosity", "0")
        self.manage(database, "load_towns", "--verbosity", "0")
        self.manage(database, "shell", "-c", _FUNDS)


_FUNDS = """
from datetime import date
from common.clock import now
from funds.ledger.actions import found_fund
from towns.models import Town
for town in Town.objects.order_by("slug")[:27]:
    found_fund(actor=None, town=town, legal_entity="Bench", founded_date=date(2026, 1, 1), now=now())
"""


@contextmanager
def running(root: Path) -> Iterator[Server]:
    """Start the server of `.run/bench/server` (kept between runs) and stop it at the end."""
    account = server_account()
    places = open_places(run=root / ".run" / "bench" / "server", account=account)
    environ = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_INHERITED)}
    servers = Servers(
        places=places,
        processes=Processes(pids=places.pids, run=places.run),
        environ=environ,
        say=lambda _line: None,
    )
    urls = servers.acquire()
    try:
        yield Server(
            root=root,
            places=places,
            bin=find_postgres(account, major=cluster_major(places.data)).bin,
            port=urlsplit(urls["DATABASE_URL"]).port or 0,
            urls=urls,
            superuser=State(places.run).secret("postgres"),
        )
    finally:
        servers.release()
