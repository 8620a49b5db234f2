"""Our own PostgreSQL: made once, started on 127.0.0.1 with passwords, recovered after a crash.

Never touches a PostgreSQL that it did not make, and never runs with `trust`.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devservices.account import Account
from devservices.binaries import PostgresBinaries
from devservices.errors import StackError
from devservices.process import Member, tail

ROLES_SQL = Path(__file__).parent / "sql" / "roles.sql"
_BUILTIN_UNICODE = 18  # PG_UNICODE_FAST: case folding right for all Kazakh letters
_BUILTIN = 17
_SERVER_ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """The passwords of the three roles."""

    superuser: str
    owner: str
    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One cluster in `data`/postgres. `fast` gives up safety against a power cut, never against a killed process."""

    binaries: PostgresBinaries
    data: Path
    log: Path
    account: Account
    port: int
    passwords: Passwords
    fast: bool

    @property
    def cluster(self) -> Path:
        """The cluster's folder."""
        return self.data / "postgres"

    def urls(self) -> dict[str, str]:
        """DATABASE_URL (the site) and DATABASE_OWNER_URL (migrations, test databases)."""
        place = f"127.0.0.1:{self.port}/asar"
        return {
            "DATABASE_URL": f"postgres://asar_app:{self.passwords.app}@{place}",
            "DATABASE_OWNER_URL": f"postgres://asar_owner:{self.passwords.owner}@{place}",
        }

    def create(self) -> None:
        """Make the cluster if there is none: beside its place, then renamed, so that a crash leaves no half cluster."""
        if self.cluster.exists():
            return
        fresh = self.data / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        secret = self.data / "postgres.secret"
        secret.unlink(missing_ok=True)
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:  # noqa: PTH123 - mode at birth
            out.write(self.passwords.superuser)
        self.account.own(secret)
        try:
            made = subprocess.run(
                [self.binaries.bin / "initdb", "-D", fresh, *self._initdb_options(), f"--pwfile={secret}"],
                env=_SERVER_ENV,
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
                **self.account.options(),
            )
        finally:
            secret.unlink(missing_ok=True)
        if made.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise StackError(
                f"PostgreSQL could not make its data folder in {self.data}: {made.stderr.strip().splitlines()[0]}\n"
                "Make room or rights there, or choose another place with ASAR_RUN_DIR=/a/folder."
            )
        fresh.rename(self.cluster)

    def member(self) -> Member:
        """How the server is started: TCP on the loopback alone, no socket file (long paths break those)."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "logging_collector": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
        }
        if self.fast:
            # synchronous_commit stays on: without it kill -9 would lose the last commits, and tests kill.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Member(
            name="postgres",
            argv=[str(self.binaries.bin / "postgres"), "-D", str(self.cluster), *options],
            env=_SERVER_ENV,
            cwd=self.cluster,
            log=self.log,
            ready=self.is_ready,
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes everything
            hard_signal=signal.SIGQUIT,
            grace=30.0,
        )

    def is_ready(self, pid: int) -> bool:
        """Whether this very server says in its pid file that it takes connections (a crash leaves the old file)."""
        lines = self._pid_file()
        return lines[:1] == [str(pid)] and lines[7:8] == ["ready"]

    def settle_pid_file(self) -> None:
        """Before a start: stop a server of this cluster that nobody noted, and remove a pid file whose number meanwhile
        belongs to another program (after a reboot). A pid file of a dead server stays: PostgreSQL needs it to notice
        that sessions of that server still run.
        """
        number = next(iter(self._pid_file()), "")
        command = Path(f"/proc/{number}/cmdline")
        if not number.isdecimal() or not command.exists():
            return
        with contextlib.suppress(OSError):
            if str(self.cluster).encode() in command.read_bytes().split(b"\0"):
                os.kill(int(number), signal.SIGINT)
                return
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def make_roles(self) -> None:
        """Make the roles and the database (sql/roles.sql), once per text of that file."""
        done = self.data / "postgres.roles"
        wanted = hashlib.sha256(ROLES_SQL.read_bytes()).hexdigest()
        if done.exists() and done.read_text() == wanted:
            return
        ran = self.psql(
            ["-f", str(ROLES_SQL)],
            {"ASAR_OWNER_PASSWORD": self.passwords.owner, "ASAR_APP_PASSWORD": self.passwords.app},
        )
        if ran.returncode != 0:
            raise StackError(
                f"The database roles could not be made: {ran.stderr.strip()}\nThe end of the log:\n{tail(self.log)}"
            )
        done.write_text(wanted)

    def psql(self, arguments: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run psql as the superuser on the maintenance database."""
        return subprocess.run(
            [
                self.binaries.bin / "psql",
                "-X",
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-U",
                "postgres",
                *arguments,
            ],
            env={**_SERVER_ENV, "PGPASSWORD": self.passwords.superuser, "PGDATABASE": "postgres", **env},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )

    def _initdb_options(self) -> list[str]:
        options = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.binaries.major >= _BUILTIN_UNICODE:
            options += ["--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"]
        elif self.binaries.major >= _BUILTIN:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [*options, "--no-sync"] if self.fast else options

    def _pid_file(self) -> list[str]:
        try:
            return [line.strip() for line in (self.cluster / "postmaster.pid").read_text().splitlines()]
        except OSError:
            return []


def cluster_major(data: Path) -> int | None:
    """The PostgreSQL that wrote the cluster below `data`, or None when there is no cluster."""
    version = data / "postgres" / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None
