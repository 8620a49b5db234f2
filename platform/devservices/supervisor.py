"""`make run`: start the stack, say where it is, bring back what dies, stop everything in order.

One process for one run folder, held by a lock that the kernel drops if we are killed. Never start a second one over it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from devservices.errors import StackError
from devservices.locks import Lock
from devservices.process import tail
from devservices.stack import Stack
from devservices.state import State

_WATCH_SECONDS = 0.2
_BACK_OFF = (0.0, 0.5, 1.0, 2.0)
_QUICK_SECONDS = 15.0  # a process that died younger than this died quickly
ADDRESS_NOTE = "address"
PID_NOTE = "supervisor"


class StoppedError(Exception):
    """The person asked to stop (Ctrl-C, SIGTERM, closed terminal) while something was still starting."""


class StopRequest:
    """Remembers the wish to stop; a second wish means "at once"."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.hurry = False

    def listen(self) -> None:
        """Take over the signals of this process."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # `nohup make run` goes on
                signal.signal(number, self._on_signal)

    def checkpoint(self) -> None:
        """Give up what is being started, at a safe moment."""
        if self._asked.is_set():
            raise StoppedError

    def wait(self, seconds: float) -> bool:
        """Sleep, or wake up at the wish to stop."""
        return self._asked.wait(seconds)

    def in_a_hurry(self) -> bool:
        """Whether the wish came twice."""
        return self.hurry

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.hurry = self._asked.is_set()
        self._asked.set()


class Supervisor:
    """Watches one started stack."""

    def __init__(
        self,
        *,
        stack: Stack,
        request: StopRequest,
        say: Callable[[str], None],
        back_off: Sequence[float] = _BACK_OFF,
    ) -> None:
        """`back_off`: seconds before the restart after the 1st, 2nd, ... quick death; one more death ends it all."""
        self._stack = stack
        self._request = request
        self._say = say
        self._back_off = back_off
        self._born: dict[str, float] = {}
        self._quick_deaths: dict[str, int] = {}

    def watch(self) -> None:
        """Until asked to stop: restart what dies. Refuses after five quick deaths of the same process."""
        now = time.monotonic()
        self._born = dict.fromkeys(self._stack.names(), now)
        while not self._request.wait(_WATCH_SECONDS):
            for name in self._stack.names():
                if not self._stack.alive(name):
                    self._bring_back(name)

    def _bring_back(self, name: str) -> None:
        lived = time.monotonic() - self._born[name]
        deaths = self._quick_deaths.get(name, 0) + 1 if lived < _QUICK_SECONDS else 1
        self._quick_deaths[name] = deaths
        log = self._stack.log_path(name)
        if deaths > len(self._back_off):
            raise StackError(
                f"{name} died {deaths} times in a row. Mend what its log says, then start again. "
                f"The end of {log}:\n{tail(log)}"
            )
        pause = self._back_off[deaths - 1]
        self._say(f"{name} died after {lived:.0f} s and is started again" + (f" in {pause:g} s" if pause else ""))
        if self._request.wait(pause):
            return
        self._born[name] = time.monotonic()
        try:
            took = self._stack.restart(name)
        except StackError as error:
            self._say(f"{name} did not come back: {str(error).splitlines()[0]}")
            return
        self._say(f"{name} is back after {took:.1f} s")


def run(*, make: Callable[[StopRequest], Stack], run_dir: Path, say: Callable[[str], None]) -> None:
    """Start, watch, stop. Refuses when the run folder is already being run."""
    began = time.monotonic()
    request = StopRequest()
    stack = make(request)
    lock = Lock(stack.places.run / "run.lock")
    if not lock.try_alone():
        raise StackError(already_runs(stack.state, run_dir))
    try:
        stack.state.put(PID_NOTE, str(os.getpid()))
        stack.state.put(ADDRESS_NOTE, "")
        request.listen()
        try:
            stack.start()
            greet(stack=stack, say=say, seconds=time.monotonic() - began)
            Supervisor(stack=stack, request=request, say=say).watch()
        except StoppedError:
            pass
        finally:
            something_runs = bool(stack.processes.names())
            if something_runs:
                say("Stopping ...")
            stack.state.put(ADDRESS_NOTE, "")
            stack.stop(hurry=request.in_a_hurry)
            if something_runs:
                say("Stopped. Everything is kept; `make run` goes on from here.")
    finally:
        lock.release()


def greet(*, stack: Stack, say: Callable[[str], None], seconds: float) -> None:
    """The address and the demo sign-ins."""
    sign_ins = stack.sign_ins()
    stack.state.put(ADDRESS_NOTE, stack.url)
    say("")
    say(f"Asar is at {stack.url}/  (started in {seconds:.1f} s)")
    if sign_ins:
        say("")
        for line in sign_ins.rstrip().splitlines():
            say(line)
    say("")
    say(f"Ctrl-C stops everything. Logs: {stack.places.logs}")


def already_runs(state: State, run_dir: Path) -> str:
    """The sentence for a second `make run`."""
    where = state.get(ADDRESS_NOTE)
    place = f"at {where}/" if where else "and is still starting"
    return f"Asar already runs {place} (folder {run_dir}). Stop it with Ctrl-C in its terminal or with `make stop`."
