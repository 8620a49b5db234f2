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
from functools import partial
from pathlib import Path

import psycopg

from devservices.errors import StackError
from devservices.process import Member, Processes, tail, turn_page
from devservices.state import State

_ROOMS = ("platform", "councils", "funds")
_POLL_SECONDS = 0.05
PROCESS_NAMES = ("step", "static")  # noted like any process, so that a killed supervisor leaves none unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One management command. It must run again when its `inputs` or what it made (`outcome`) are not as they were."""

    title: str
    arguments: tuple[str, ...]
    inputs: Callable[[], str]
    outcome: Callable[[], str]
    process: str = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A step whose command runs."""

    step: Step
    inputs: str
    log: Path
    moment: float


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

    def run_all(self, *, demo: bool) -> None:
        """Run each step that has something to do; refuses with the end of its log when one fails.

        Static files need no database, so they are collected beside the other steps.
        """
        try:
            static = self._begin(self._static_files())
            for step in self._in_database(demo=demo):
                self._end(self._begin(step))
            self._end(static)
        finally:
            for name in PROCESS_NAMES:
                self.processes.stop(name)

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

    def _static_files(self) -> Step:
        return Step(
            title="Static files",
            arguments=("collectstatic", "--noinput", "-v0"),
            inputs=partial(self._text_of, self._static),
            outcome=self._collected,
            process="static",
        )

    def _in_database(self, *, demo: bool) -> list[Step]:
        """In this order."""
        steps = [
            ("Tables", ("migrate", "--noinput"), self._migrations),
            ("Towns", ("load_towns",), self._code),
            ("Demo world", ("demo",), self._code),
        ]
        return [
            Step(title=title, arguments=words, inputs=partial(self._text_of, files), outcome=self._database)
            for title, words, files in steps[: 3 if demo else 2]
        ]

    def _begin(self, step: Step) -> Begun | None:
        """Start the step's command, or None when nothing is to be done."""
        inputs = step.inputs()
        if self.state.get(f"step {step.arguments[0]}") == _digest(inputs + step.outcome()):
            self.say(f"{step.title:<14}as before")
            return None
        log = self.logs / f"{step.arguments[0]}.log"
        turn_page(log)
        self.processes.launch(
            Member(
                name=step.process,
                argv=[sys.executable, "manage.py", *step.arguments],
                env=self.env,
                cwd=self.root,
                log=log,
                ready=lambda _pid: True,
            )
        )
        return Begun(step=step, inputs=inputs, log=log, moment=time.monotonic())

    def _end(self, begun: Begun | None) -> None:
        """Wait for the command; note its success for what the inputs were when it began."""
        if begun is None:
            return
        step = begun.step
        while self.processes.alive(step.process):
            self.processes.checkpoint()
            time.sleep(_POLL_SECONDS)
        if self.processes.exit_code(step.process) != 0:
            raise StackError(f"`manage.py {step.arguments[0]}` failed. The end of {begun.log}:\n{tail(begun.log)}")
        self.state.put(f"step {step.arguments[0]}", _digest(begun.inputs + step.outcome()))
        self.say(f"{step.title:<14}done after {time.monotonic() - begun.moment:.1f} s")

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
        return self._text_of(self._code) + self._database()

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

    def _text_of(self, files: Callable[[], Iterable[Path]]) -> str:
        """Names, sizes and times of the files and of the list of packages."""
        lines: list[str] = []
        for path in sorted({*files(), self.root / "requirements" / "run.txt"}):
            if path.is_file():
                found = path.stat()
                lines.append(f"{path.relative_to(self.root)} {found.st_size} {found.st_mtime_ns}\n")
        return "".join(lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
