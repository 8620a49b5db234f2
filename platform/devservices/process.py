"""Starting, watching and stopping the processes of one run folder, also those that an earlier start left behind.

A process is known by its id and its start time, noted on disk, so that a stale note never hits a stranger's process.
Never signal a process whose identity was not checked first.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devservices.account import Account, ourselves
from devservices.errors import StackError

_PROC = Path("/proc")
_POLL_SECONDS = 0.02
_STATE, _SESSION, _STARTED = 0, 3, 19  # fields of /proc/<pid>/stat, counted after the name
_TAIL_LINES = 15


def never() -> None:
    """The default checkpoint: nobody asks to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One long-running program: how it is started, when it is ready, how it is asked to stop (`grace` in seconds)."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    ready: Callable[[int], bool]  # asked with the process id
    account: Account = field(default_factory=ourselves)
    stop_signal: signal.Signals = signal.SIGTERM
    hard_signal: signal.Signals = signal.SIGKILL
    grace: float = 10.0


@dataclass(frozen=True, slots=True)
class _Note:
    pid: int
    started: int
    boot: str
    stop_signal: int
    hard_signal: int
    grace: float


class Processes:
    """The processes of one run folder by name. `checkpoint` is called while waiting and may raise to give up."""

    def __init__(self, *, pids: Path, run: Path, checkpoint: Callable[[], None] = never) -> None:
        self._pids = pids
        self._mark = f"ASAR_RUN_DIR={run}".encode()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.checkpoint = checkpoint

    def launch(self, member: Member) -> None:
        """Start a member in a session of its own (Ctrl-C reaches only the supervisor); its output goes to its log."""
        with member.log.open("ab") as log:
            try:
                child = subprocess.Popen(
                    list(member.argv),
                    env=dict(member.env),
                    cwd=member.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    umask=0o077,
                    **member.account.options(),
                )
            except OSError as error:
                raise StackError(f"{member.name} cannot be started: {error}. Run `make run` again.") from error
        self._children[member.name] = child
        stat = _stat(child.pid)
        note = _Note(
            pid=child.pid,
            started=int(stat[_STARTED]) if stat else -1,
            boot=_boot(),
            stop_signal=member.stop_signal,
            hard_signal=member.hard_signal,
            grace=member.grace,
        )
        fields = {name: getattr(note, name) for name in _Note.__slots__}
        self._note_path(member.name).write_text(json.dumps(fields))

    def wait_ready(self, member: Member, *, seconds: float) -> float:
        """Wait until the member answers; returns the seconds it took. Refuses, with the end of its log, if it dies."""
        began = time.monotonic()
        while not member.ready(self.pid(member.name) or 0):
            self.checkpoint()
            if not self.alive(member.name):
                raise StackError(f"{member.name} did not start. The end of its log:\n{tail(member.log)}")
            if time.monotonic() - began > seconds:
                raise StackError(
                    f"{member.name} did not answer within {seconds:.0f} s. The end of its log:\n{tail(member.log)}"
                )
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - began

    def alive(self, name: str) -> bool:
        """Whether the process of this name runs, be it our child or left by an earlier start."""
        child = self._children.get(name)
        if child is not None:
            return child.poll() is None
        note = self._note(name)
        return note is not None and _is_running(note)

    def exit_code(self, name: str) -> int | None:
        """How our own child ended; None while it runs, or when it was not our child."""
        child = self._children.get(name)
        return child.poll() if child is not None else None

    def pid(self, name: str) -> int | None:
        """The process id, or None when it does not run."""
        note = self._note(name)
        return note.pid if note is not None and self.alive(name) else None

    def names(self) -> list[str]:
        """Names of processes that run now."""
        return [name for name in sorted(path.name for path in self._pids.glob("*")) if self.alive(name)]

    def stop(self, name: str, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask the process to stop, wait its grace, then insist. Does nothing when it does not run."""
        note = self._note(name)
        if note is None:
            return
        if self.alive(name):
            _send(note.pid, note.stop_signal)
            if not self._gone_within(name, note.grace, hurry):
                _send(note.pid, note.hard_signal)
                if not self._gone_within(name, note.grace, lambda: False):
                    _send(note.pid, signal.SIGKILL)
                    self._gone_within(name, note.grace, lambda: False)
        self._sweep(name, note)

    def kill(self, name: str) -> None:
        """kill -9 the process and what it started, at once; its note stays as it would after a crash."""
        note = self._note(name)
        if note is None or not self.alive(name):
            raise StackError(f"{name} does not run, so it cannot be killed. Start it first.")
        _send(note.pid, signal.SIGKILL)
        self._gone_within(name, note.grace, lambda: False)
        self._kill_survivors(note)

    def bury(self, name: str) -> None:
        """After a death: end what the dead process left behind, so that a new one starts alone."""
        note = self._note(name)
        if note is not None and not self.alive(name):
            self._sweep(name, note)

    def _sweep(self, name: str, note: _Note) -> None:
        self._kill_survivors(note)
        self._children.pop(name, None)
        self._note_path(name).unlink(missing_ok=True)

    def _kill_survivors(self, note: _Note) -> None:
        """Children of a dead process stay in its session; only those that carry our mark are touched."""
        if note.boot != _boot():
            return
        for pid in _session(note.pid):
            with contextlib.suppress(OSError):
                if self._mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                    _send(pid, signal.SIGKILL)

    def _gone_within(self, name: str, seconds: float, hurry: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive(name):
            if hurry() or time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _note_path(self, name: str) -> Path:
        return self._pids / name

    def _note(self, name: str) -> _Note | None:
        try:
            return _Note(**json.loads(self._note_path(name).read_text()))
        except (OSError, ValueError, TypeError):  # none, or cut off by a crash
            return None


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """The last lines of a log, indented for the terminal."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return "  (no log)"
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  (the log is empty)"


def turn_page(log: Path) -> None:
    """Begin a new log and keep the one before."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def _is_running(note: _Note) -> bool:
    stat = _stat(note.pid)
    return (
        note.boot == _boot()
        and stat is not None
        and stat[_STATE] not in {"Z", "X"}
        and int(stat[_STARTED]) == note.started
    )


def _session(leader: int) -> Iterator[int]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and int(entry.name) != leader:
            stat = _stat(int(entry.name))
            if stat is not None and int(stat[_SESSION]) == leader:
                yield int(entry.name)


def _stat(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()  # the name may hold spaces and brackets


def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
