"""The whole site as one object: servers, preparation, processes. `make run` and the tests drive the same one.

For tests (browser journeys, kill tests):

    with temporary_stack(root=ROOT) as stack:          # own folder, own database, free ports, demo world loaded
        stack.url                                      # "http://127.0.0.1:23456", nothing after the port
        stack.env["DATABASE_URL"]                      # the environment of the site's processes (asar_app)
        stack.env["DATABASE_OWNER_URL"]                # the role that owns the tables
        stack.env["STRIPE_API_BASE"]                   # address of the Stripe stand-in
        stack.manage("demo", "--list").stdout          # a management command, as `make run` would run it
        stack.kill("worker")                           # kill -9, with everything it started; nobody restarts it
        stack.alive("worker"), stack.pid("web")
        stack.restart("worker")                        # starts it again and waits until it is ready; returns seconds
        stack.log("web")                               # its output since the stack started
        stack.stop_member("beat")                      # politely (SIGTERM)

Member names: "postgres", "valkey", "web", "worker", "beat", "stripe". Nothing here restarts by itself: that is what the
supervisor of `make run` adds. It must never be imported by the site.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devservices.account import server_account
from devservices.errors import StackError
from devservices.places import open_places, remove_places
from devservices.process import Member, Processes, never, turn_page
from devservices.servers import Servers, env_text
from devservices.site import STAND_IN, STOP_ORDER, Site, at, reachable
from devservices.state import State, free_port, port_is_free, write_private
from devservices.steps import PROCESS_NAMES, Steps

FIRST_PORT = 8000
_PORTS_TRIED = 50
_SEED_BYTES = 32
_FIRST_OPEN_PORT = 1024  # below, only root may listen
_READY_SECONDS = 90.0
# What the surroundings of a test may hold and a stack of its own must not see.
_NOT_INHERITED = (
    *("DATABASE_", "REDIS_URL", "STRIPE_", "DJANGO_", "ASAR_", "LOG_"),
    *("PORT", "SITE_URL", "COVERAGE_", "PYTEST_"),
)


class Stack:
    """One running site in one run folder. Not for two threads."""

    def __init__(
        self,
        *,
        root: Path,
        run_dir: Path,
        environ: Mapping[str, str],
        host: str = "127.0.0.1",
        port: int | None = None,
        demo: bool = True,
        fast: bool = False,
        say: Callable[[str], None] = lambda _line: None,
        checkpoint: Callable[[], None] = never,
    ) -> None:
        """`port` None: 8000 or the next free one. `fast`: no safety against a power cut (tests).

        `environ` is respected where it sets DATABASE_URL, REDIS_URL, STRIPE_SECRET_KEY, DJANGO_SECRET_KEY.
        """
        self.places = open_places(run=run_dir, account=server_account())
        self.state = State(self.places.run)
        self._root = root
        self._environ = dict(environ)
        self._host = host
        self._wanted_port = port
        self._demo = demo
        self._say = say
        self.processes = Processes(pids=self.places.pids, run=self.places.run, checkpoint=checkpoint)
        self.servers = Servers(places=self.places, processes=self.processes, environ=self._environ, say=say, fast=fast)
        self.env: dict[str, str] = {}
        self.url = ""
        self._site: Site | None = None

    def start(self) -> None:
        """Start everything and wait until the site answers. After a refusal some of it may run: call `stop`."""
        for name in (*PROCESS_NAMES, *STOP_ORDER):  # left by a supervisor that was killed
            if self.processes.alive(name):
                self._say(f"{name} of an earlier start still ran and is stopped")
            self.processes.stop(name)
        port = choose_port(self._host, self._wanted_port)
        urls = self.servers.acquire()
        self.url = f"http://{at(reachable(self._host), port)}"
        self.env = self._environment(urls)
        self._site = Site(
            root=self._root, run=self.places.run, logs=self.places.logs, host=self._host, port=port, env=self.env
        )
        write_private(self.places.env_file, env_text({key: self.env[key] for key in sorted(self._shared(urls))}))
        self._steps().run_all(demo=self._demo)
        self._start_members()

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop everything in order: web, worker, beat, stand-in, Valkey, PostgreSQL. Nothing is lost."""
        for name in (*PROCESS_NAMES, *STOP_ORDER):
            self.processes.stop(name, hurry=hurry)
        if not self.servers.release(hurry=hurry):
            self._say("PostgreSQL and Valkey stay: another command uses them and will stop them when it ends")

    def kill(self, name: str) -> None:
        """kill -9 a member and everything it started."""
        self.processes.kill(name)

    def stop_member(self, name: str) -> None:
        """Ask one member to stop, as a deployment would."""
        self.processes.stop(name)

    def restart(self, name: str) -> float:
        """Start a member that does not run and wait until it is ready; returns the seconds."""
        if self.processes.alive(name):
            raise StackError(f"{name} runs. Stop or kill it before starting it again.")
        self.processes.bury(name)
        if name in self.servers.kept():
            return self.servers.restart(name)
        member = self._members()[name]()
        self.processes.launch(member)
        return self.processes.wait_ready(member, seconds=_READY_SECONDS)

    def alive(self, name: str) -> bool:
        """Whether the member runs."""
        return self.processes.alive(name)

    def pid(self, name: str) -> int | None:
        """The member's process id, None when it does not run."""
        return self.processes.pid(name)

    def names(self) -> list[str]:
        """The members this stack keeps, in the order of stopping."""
        return [*self._members(), *reversed(self.servers.kept())]

    def log(self, name: str) -> str:
        """What the member (or a step: "migrate", "demo") printed since the stack started; empty if nothing."""
        path = self.log_path(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def log_path(self, name: str) -> Path:
        """The file of `log`."""
        return self.places.logs / f"{name}.log"

    def manage(self, *arguments: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run `manage.py ...` with the environment of the site. The caller looks at returncode, stdout and stderr."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.env,
            cwd=self._root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def sign_ins(self) -> str:
        """The demo world's sign-ins, ready to print; empty without a demo world."""
        return self._steps().sign_ins(site_url=self.url) if self._demo else ""

    def _start_members(self) -> None:
        began = time.monotonic()
        members: list[Member] = []
        for name, make in self._members().items():
            turn_page(self.log_path(name))
            members.append(make())
            self.processes.launch(members[-1])
        for member in members:
            self.processes.wait_ready(member, seconds=_READY_SECONDS)
            self._say(f"{member.name:<14}ready after {time.monotonic() - began:.1f} s")

    def _members(self) -> dict[str, Callable[[], Member]]:
        site = self._site
        if site is None:
            return {}
        members: dict[str, Callable[[], Member]] = {"web": site.web, "worker": site.worker, "beat": site.beat}
        if self._own_stripe():
            members["stripe"] = lambda: site.stripe(
                port=int(self.env["STRIPE_API_BASE"].rpartition(":")[2]),
                secret=self.env["STRIPE_WEBHOOK_SECRET"],
                key=self.env["STRIPE_SECRET_KEY"],
            )
        return members

    def _own_stripe(self) -> bool:
        return not self._environ.get("STRIPE_SECRET_KEY") and (self._root / STAND_IN).is_dir()

    def _environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        env = {**self._environ, **urls}
        env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
        env.setdefault("SITE_URL", self.url)
        env["DJANGO_SECRET_KEY"] = env.get("DJANGO_SECRET_KEY") or self.state.secret("django")
        env.setdefault("LOG_SEED_FILE", str(self._log_seed()))
        env["ASAR_RUN_DIR"] = str(self.places.run)
        env["ASAR_DEMO"] = "1" if self._demo else "0"
        env["PYTHONUNBUFFERED"] = "1"
        if self._own_stripe():
            running = self.processes.alive("stripe")
            env["STRIPE_API_BASE"] = f"http://127.0.0.1:{self.state.port('stripe', in_use_by_us=running)}"
            env["STRIPE_SECRET_KEY"] = self.state.secret("stripe key", prefix="sk_test_")
            env["STRIPE_WEBHOOK_SECRET"] = self.state.secret("stripe webhook", prefix="whsec_")
        return env

    def _log_seed(self) -> Path:
        """The seed of the public logs' keys, made with the first database and kept as long as it."""
        seed = self.places.run / "transparency" / "seed"
        seed.parent.mkdir(mode=0o700, exist_ok=True)
        if not seed.exists():
            with open(os.open(seed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123
                out.write(secrets.token_bytes(_SEED_BYTES))
        return seed

    def _shared(self, urls: Mapping[str, str]) -> set[str]:
        """What another terminal needs to join in."""
        ours = {"DJANGO_SETTINGS_MODULE", "SITE_URL", "DJANGO_SECRET_KEY", "ASAR_RUN_DIR", "ASAR_DEMO", "LOG_SEED_FILE"}
        stripe = {key for key in self.env if key.startswith("STRIPE_")}
        return ours | stripe | set(urls)

    def _steps(self) -> Steps:
        return Steps(
            root=self._root,
            run=self.places.run,
            logs=self.places.logs,
            env=self.env,
            state=self.state,
            processes=self.processes,
            say=self._say,
        )


@contextmanager
def temporary_stack(
    *, root: Path, demo: bool = True, extra_env: Mapping[str, str] | None = None, run_dir: Path | None = None
) -> Iterator[Stack]:
    """A whole stack of its own with free ports, started; stopped and deleted at the end.

    `extra_env` is added to the environment of the site. With `run_dir` the folder is the caller's and stays.
    DATABASE_URL and the like of the caller are not inherited. Takes about as long as a first `make run` does
    after installing; share one per test session.
    """
    folder = run_dir or Path(tempfile.mkdtemp(prefix="asar-stack-"))
    environ = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_INHERITED)}
    stack = Stack(
        root=root,
        run_dir=folder,
        environ={**environ, **(extra_env or {})},
        port=free_port(),
        demo=demo,
        fast=True,
    )
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        if run_dir is None:
            remove_places(run=folder)
            shutil.rmtree(folder, ignore_errors=True)


def choose_port(host: str, wanted: int | None) -> int:
    """The port asked for, or the first free one from 8000 on. Refuses when the one asked for is taken."""
    if wanted is not None:
        if not port_is_free(host, wanted):
            raise StackError(
                f"Port {wanted} on {host} is taken by another program (or not ours to take). Stop that program, or "
                f"choose another port: make run PORT={wanted + 1 if wanted >= _FIRST_OPEN_PORT else FIRST_PORT}"
            )
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        if port_is_free(host, port):
            return port
    raise StackError(f"No port from {FIRST_PORT} on is free on {host}. Choose one: make run PORT=9000")
