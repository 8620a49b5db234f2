"""The command line: `python -m devservices run | exec | stop | status | reset`. See docs/operations.md.

Prints one sentence and exits with 1 where a person has to do something; never a traceback for that.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from devservices import supervisor
from devservices.account import server_account
from devservices.errors import StackError, explain_os_error
from devservices.locks import Lock
from devservices.places import Places, leftovers, open_places, remove_places, with_inner
from devservices.process import Processes
from devservices.servers import Servers, stop_unused
from devservices.site import STOP_ORDER
from devservices.stack import Stack
from devservices.state import State
from devservices.steps import PROCESS_NAMES

ROOT = Path(__file__).resolve().parents[2]
_HIGHEST_PORT = 65535
_STOP_SECONDS = 90.0
_SIGNALLED = 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    run_dir = Path(options.dir or os.environ.get("ASAR_RUN_DIR") or ROOT / ".run").absolute()
    try:
        if options.command == "exec":
            return _exec(run_dir, options.program, fast=options.fast)
        if options.command == "run":
            return _run(run_dir, options.root)
        if options.command == "reset":
            return _reset(run_dir, sure=options.yes)
        if options.command == "stop":
            _stop(run_dir)
            _say("Stopped.")
            return 0
        return _status(run_dir)
    except StackError as error:
        print(f"asar: {error}", file=sys.stderr)
    except OSError as error:
        print(f"asar: {explain_os_error(error, where=str(run_dir))}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devservices", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "run": "start the whole site and watch it until Ctrl-C",
        "exec": "run a command with PostgreSQL and Valkey, started for it unless they run",
        "stop": "stop what `run` started from another terminal",
        "status": "say what runs",
        "reset": "delete the run folder with its database, after asking",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--dir", help="run folder (default: $ASAR_RUN_DIR or .run)")
        if name == "reset":
            command.add_argument("--yes", action="store_true", help="do not ask")
        if name == "run":
            command.add_argument("--root", default=ROOT, type=Path, help="folder with manage.py (default: this clone)")
        if name == "exec":
            command.add_argument("--fast", action="store_true", help="no safety against a power cut (tests)")
            command.add_argument("program", nargs=argparse.REMAINDER, help="-- COMMAND ...")
    return parser


def _say(line: str) -> None:
    with suppress(OSError):  # a closed terminal must not stop the stopping
        print(f"  {line}" if line else "", flush=True)


def _run(run_dir: Path, root: Path) -> int:
    asked = os.environ.get("PORT", "")
    if asked and not (asked.isdecimal() and 0 < int(asked) <= _HIGHEST_PORT):
        raise StackError(f"PORT must be a number from 1 to {_HIGHEST_PORT}, not {asked!r}: make run PORT=8000")
    _say(f"Starting Asar (folder {run_dir})")

    def make(request: supervisor.StopRequest) -> Stack:
        return Stack(
            root=root.absolute(),
            run_dir=run_dir,
            environ=os.environ,
            host=os.environ.get("ASAR_HOST") or "127.0.0.1",
            port=int(asked) if asked else None,
            demo=os.environ.get("ASAR_DEMO", "1") not in {"0", "false", "no"},
            say=_say,
            checkpoint=request.checkpoint,
        )

    supervisor.run(make=make, run_dir=run_dir, say=_say)
    return 0


def _exec(run_dir: Path, program: Sequence[str], *, fast: bool) -> int:
    """The command's own exit code; 128 + n when signal n ended it."""
    words = list(program[1:] if program[:1] == ["--"] else program)
    if not words:
        raise StackError("Name the command to run: python -m devservices exec -- COMMAND ...")
    servers = _servers(run_dir, fast=fast)
    urls = servers.acquire()
    try:
        # Ctrl-C reaches the command itself; we wait for it and stop the servers afterwards. Not SIG_IGN: the command
        # would inherit that.
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        try:
            child = subprocess.Popen(words, env={**os.environ, **urls, "ASAR_RUN_DIR": str(run_dir)})
        except OSError as error:
            raise StackError(f"{words[0]} cannot be started: {error.strerror}.") from error
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda received, _frame: child.send_signal(received))
        code = child.wait()
    finally:
        servers.release()
    return code if code >= 0 else _SIGNALLED - code


def _servers(run_dir: Path, *, fast: bool) -> Servers:
    places = open_places(run=run_dir, account=server_account())
    processes = Processes(pids=places.pids, run=places.run)
    return Servers(places=places, processes=processes, environ=os.environ, say=lambda _line: None, fast=fast)


def _stop(run_dir: Path) -> None:
    if not run_dir.exists():
        return
    lock = Lock(run_dir / "run.lock")
    if not lock.try_alone():
        os.kill(int(State(run_dir).get(supervisor.PID_NOTE)), signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while not lock.try_alone():
            if time.monotonic() > deadline:
                raise StackError(f"It still stops after {_STOP_SECONDS:.0f} s. Look into {run_dir / 'log'}.")
            time.sleep(0.1)
    processes = Processes(pids=run_dir / "pids", run=run_dir)
    for name in (*PROCESS_NAMES, *STOP_ORDER):  # left by a supervisor that was killed
        processes.stop(name)
    stop_unused(places=Places(run=run_dir, data=run_dir / "data"), processes=processes)
    lock.release()
    left = processes.names()
    if left:
        _say(f"Another command still uses: {', '.join(left)}")


def _status(run_dir: Path) -> int:
    if run_dir.exists():
        lock = Lock(run_dir / "run.lock")
        if lock.try_alone():
            _say("The site does not run.")
            lock.release()
        else:
            _say(supervisor.already_runs(State(run_dir), run_dir))
        processes = Processes(pids=run_dir / "pids", run=run_dir)
        for name in processes.names():
            _say(f"{name:<12}process {processes.pid(name)}")
    else:
        _say("The site was never started here.")
    for folder, owner in leftovers():
        _say(f"{folder} is the database of {owner}, which is gone. Delete it if nobody needs it.")
    return 0


def _reset(run_dir: Path, *, sure: bool) -> int:
    if not run_dir.exists():
        _say("There is nothing to delete.")
        return 0
    if not sure:
        print(
            f"This deletes {run_dir}: the database, uploads, mails and logs of this clone. Type yes to go on: ", end=""
        )
        if sys.stdin.readline().strip().lower() != "yes":
            _say("Nothing was deleted.")
            return 1
    for folder in reversed(with_inner(run_dir)):
        _stop(folder)
        left = Processes(pids=folder / "pids", run=folder).names()
        if left:
            raise StackError(f"Another command still uses {', '.join(left)} of {folder}. Let it end, then reset again.")
    remove_places(run=run_dir)
    _say("Deleted. `make run` starts anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
