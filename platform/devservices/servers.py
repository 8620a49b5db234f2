"""PostgreSQL and Valkey of one run folder, shared by every command that uses the folder.

The first that comes starts them, the last that goes stops them. Where DATABASE_URL or REDIS_URL is set, that server is
somebody else's: never start, stop or change anything there.
"""

import time
from collections.abc import Callable, Mapping

from devservices.account import Account, server_account
from devservices.binaries import find_postgres, find_valkey
from devservices.errors import StackError
from devservices.locks import Lock
from devservices.places import Places
from devservices.postgres import Passwords, Postgres, cluster_major
from devservices.process import Processes, tail, turn_page
from devservices.state import State, write_private
from devservices.valkey import Valkey

_START_SECONDS = 120.0  # crash recovery of a large database takes its time
_RETRY_SECONDS = 20.0
_RETRY_PAUSE = 0.2


class Servers:
    """The two servers. `environ` is the caller's environment (what it already sets is respected)."""

    def __init__(
        self,
        *,
        places: Places,
        processes: Processes,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        fast: bool = False,
    ) -> None:
        self._places = places
        self._processes = processes
        self._environ = environ
        self._say = say
        self._fast = fast
        self._account: Account = server_account()
        self._state = State(places.run)
        self._changing = Lock(places.servers_lock)
        self._users = Lock(places.users_lock)
        self._kept: dict[str, Postgres | Valkey] = {}

    def acquire(self) -> dict[str, str]:
        """Start what does not run yet and return DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL."""
        with self._changing.alone():
            self._users.share()
            try:
                urls = self._start_all()
            except BaseException:
                self._leave()
                raise
            write_private(self._places.env_file, env_text(urls))
        return urls

    def release(self, *, hurry: Callable[[], bool] = lambda: False) -> bool:
        """Stop the servers unless another command still uses them; says whether they were stopped."""
        with self._changing.alone():
            return self._leave(hurry=hurry)

    def restart(self, name: str) -> float:
        """Start a server again after it died; returns the seconds until it answered."""
        began = time.monotonic()
        with self._changing.alone():
            self._launch(self._kept[name])
        return time.monotonic() - began

    def kept(self) -> list[str]:
        """The names of the servers that are ours (not those stepped aside for)."""
        return list(self._kept)

    def _leave(self, *, hurry: Callable[[], bool] = lambda: False) -> bool:
        last = self._users.try_alone()
        if last:
            _stop_all(self._places, self._processes, hurry)
        self._users.release()
        return last

    def _start_all(self) -> dict[str, str]:
        urls: dict[str, str] = {}
        if self._environ.get("DATABASE_URL"):
            self._say("PostgreSQL    yours, as DATABASE_URL says")
            urls |= {key: self._environ[key] for key in ("DATABASE_URL", "DATABASE_OWNER_URL") if key in self._environ}
        else:
            urls |= self._start_postgres().urls()
        if self._environ.get("REDIS_URL"):
            self._say("Valkey        yours, as REDIS_URL says")
            urls["REDIS_URL"] = self._environ["REDIS_URL"]
        else:
            urls |= self._start_valkey().urls()
        return urls

    def _start_postgres(self) -> Postgres:
        began = time.monotonic()
        running = self._processes.alive("postgres")
        postgres = Postgres(
            binaries=find_postgres(self._account, major=cluster_major(self._places.data)),
            data=self._places.data,
            log=self._places.logs / "postgres.log",
            account=self._account,
            port=self._state.port("postgres", in_use_by_us=running),
            passwords=Passwords(
                superuser=self._state.secret("postgres"),
                owner=self._state.secret("asar_owner"),
                app=self._state.secret("asar_app"),
            ),
            fast=self._fast,
        )
        postgres.create()
        if not running:
            turn_page(postgres.log)
        self._launch(postgres)
        postgres.make_roles()
        how = "runs already" if running else f"ready in {time.monotonic() - began:.1f} s"
        self._say(f"PostgreSQL    {postgres.binaries.version} {how}")
        return postgres

    def _start_valkey(self) -> Valkey:
        began = time.monotonic()
        running = self._processes.alive("valkey")
        valkey = Valkey(
            binary=find_valkey(self._account),
            data=self._places.data,
            log=self._places.logs / "valkey.log",
            account=self._account,
            port=self._state.port("valkey", in_use_by_us=running),
            password=self._state.secret("valkey"),
        )
        if not running:
            valkey.create()
            turn_page(valkey.log)
        self._launch(valkey)
        how = "runs already" if running else f"ready in {time.monotonic() - began:.1f} s"
        self._say(f"Valkey        {valkey.binary.version} {how}")
        return valkey

    def _launch(self, server: Postgres | Valkey) -> None:
        """Start a server and wait for it. After a crash PostgreSQL refuses until its last old process is gone."""
        member = server.member()
        self._kept[member.name] = server
        deadline = time.monotonic() + _RETRY_SECONDS
        while not self._processes.alive(member.name):
            if isinstance(server, Postgres):
                server.settle_pid_file()
            self._processes.launch(member)
            try:
                self._processes.wait_ready(member, seconds=_START_SECONDS)
            except StackError:
                busy = any(words in tail(member.log) for words in ("still in use", "lock file", "in use by"))
                if not busy or time.monotonic() > deadline or self._processes.alive(member.name):
                    raise
                time.sleep(_RETRY_PAUSE)
        self._processes.wait_ready(member, seconds=_START_SECONDS)


def stop_unused(*, places: Places, processes: Processes) -> None:
    """Stop servers that nobody uses (left by a killed command); asks nothing of the disk and of rights to start."""
    with Lock(places.servers_lock).alone():
        users = Lock(places.users_lock)
        if users.try_alone():
            _stop_all(places, processes, lambda: False)
        users.release()


def _stop_all(places: Places, processes: Processes, hurry: Callable[[], bool]) -> None:
    for name in ("valkey", "postgres"):
        processes.stop(name, hurry=hurry)
    places.env_file.unlink(missing_ok=True)


def env_text(values: Mapping[str, str]) -> str:
    """KEY=value lines that a shell and django-environ read alike."""
    return "".join(f"{key}={value}\n" for key, value in sorted(values.items()))
