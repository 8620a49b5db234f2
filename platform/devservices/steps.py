"""What happens before the site's processes start: migrate, static files, towns, demo world.

A step is left out only when everything it depends on is as it was when it last succeeded: its input files,
the packages, and the database itself, which is asked. Never trust a note alone.
"""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from devservices.errors import StackError
from devservices.process import Member, Processes, tail, turn_page
from devservices.state import State

_ROOMS = ("platform", "councils", "funds")
_POLL_SECONDS = 0.05
PROCESS_NAME = "step"  # one at a time; noted like any process, so that a killed supervisor leaves none unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One management command; `depends_on` returns a text that changes when the step must run again."""

    title: str
    arguments: tuple[str, ...]
    depends_on: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps of one stack. `env` is the environment of the site's processes."""

    root: Path
    run: Path
    logs: Path
    env: Mapping[str, str]
    state: State
    processes: Processes
    say: Callable[[str], None]

    def all(self, *, demo: bool) -> list[Step]:
        """The steps in their order."""
        steps = [
            Step(
                title="Tables",
                arguments=("migrate", "--noinput"),
                depends_on=lambda: self._text(self._migrations(), "requirements/run.txt") + self._database(),
            ),
            Step(
                title="Static files",
                arguments=("collectstatic", "--noinput", "-v0"),
                depends_on=lambda: self._text(self._static(), "requirements/run.txt") + self._collected(),
            ),
            Step(title="Towns", arguments=("load_towns",), depends_on=self._code_and_database),
        ]
        if demo:
            steps.append(Step(title="Demo world", arguments=("demo",), depends_on=self._code_and_database))
        return steps

    def run_all(self, *, demo: bool) -> None:
        """Run each step that has something to do; refuses with the end of its log when one fails."""
        for step in self.all(demo=demo):
            self._run(step)

    def sign_ins(self, *, site_url: str) -> str:
        """The demo world's sign-ins as `manage.py demo --list` prints them; asked again only when the code changed."""
        wanted = _digest(site_url + self._code_and_database())
        if self.state.get("sign-ins for") != wanted:
            done = self._manage(("demo", "--list"), self.env)
            if done.returncode != 0:
                raise StackError(f"`manage.py demo --list` failed:\n{done.stderr.strip()}")
            self.state.put("sign-ins", done.stdout)
            self.state.put("sign-ins for", wanted)
        return self.state.get("sign-ins")

    def _run(self, step: Step) -> None:
        name = step.arguments[0]
        began = time.monotonic()
        if self.state.get(f"step {name}") == _digest(step.depends_on()):
            self.say(f"{step.title:<14}as before")
            return
        log = self.logs / f"{name}.log"
        turn_page(log)
        self.processes.launch(
            Member(
                name=PROCESS_NAME,
                argv=[sys.executable, "manage.py", *step.arguments],
                env=self.env,
                cwd=self.root,
                log=log,
                ready=lambda _pid: True,
            )
        )
        try:
            while self.processes.alive(PROCESS_NAME):
                self.processes.checkpoint()
                time.sleep(_POLL_SECONDS)
            code = self.processes.exit_code(PROCESS_NAME)
        finally:
            self.processes.stop(PROCESS_NAME)
        if code != 0:
            raise StackError(f"`manage.py {name}` failed. The end of {log}:\n{tail(log)}")
        self.state.put(f"step {name}", _digest(step.depends_on()))
        self.say(f"{step.title:<14}done in {time.monotonic() - began:.1f} s")

    def _manage(self, arguments: tuple[str, ...], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=dict(env),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )

    def _code_and_database(self) -> str:
        return self._text(self._code(), "requirements/run.txt") + self._database()

    def _database(self) -> str:
        """Which database it is and which migrations it has seen."""
        url = self.env.get("DATABASE_OWNER_URL") or self.env["DATABASE_URL"]
        try:
            with psycopg.connect(url) as link:
                row = link.execute("SELECT count(*), max(id), max(applied) FROM django_migrations").fetchone()
        except psycopg.errors.UndefinedTable:
            row = None
        except psycopg.Error as error:
            raise StackError(
                f"The database of DATABASE_URL does not answer: {error}. Start it, or unset DATABASE_URL."
            ) from error
        return f"{url} {row}"

    def _collected(self) -> str:
        manifest = self.run / "static" / "staticfiles.json"
        return _digest(manifest.read_text()) if manifest.exists() else "never collected"

    def _migrations(self) -> Iterable[Path]:
        return (path for room in _ROOMS for path in (self.root / room).rglob("migrations/*.py"))

    def _static(self) -> Iterable[Path]:
        own = (path for room in _ROOMS for path in (self.root / room).rglob("static/**/*"))
        settings = (self.root / "platform/config/settings").glob("*.py")
        return (*(self.root / "static").rglob("*"), *own, *settings)

    def _code(self) -> Iterable[Path]:
        """Code and data, without this package and without compiled files."""
        for room in _ROOMS:
            for path in (self.root / room).rglob("*"):
                if path.suffix not in {"", ".pyc"} and "devservices" not in path.parts:
                    yield path

    def _text(self, files: Iterable[Path], *more: str) -> str:
        lines: list[str] = []
        for path in sorted({*files, *(self.root / name for name in more)}):
            if path.is_file():
                found = path.stat()
                lines.append(f"{path.relative_to(self.root)} {found.st_size} {found.st_mtime_ns}\n")
        return "".join(lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
