"""A process that the kill tests fork: each fork does one step of an operator's or a worker's day and dies where it is
told to. `main` reads one JSON object a line and answers with one. Only where `django.setup()` was called before.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.test import Client

from common.clock import now
from tests.transparency.restoring import mirrored
from transparency import actions, queries
from transparency.states import Kind

SLUG = "temirtau"
WATCHED = {
    "execute": "psycopg/cursor.py",
    "commit": "psycopg/connection.py",
    "rollback": "psycopg/connection.py",
    "_asked": "common/postgresql/asking.py",
}
WATCHED_CALLS = {"fsync", "replace"}  # of the module posix: what puts a file on the disk


class Doom:
    """Counts the moments at which a process may die, before and after each statement, commit and file; kills at one."""

    def __init__(self, *, event: int, number: int) -> None:
        self.event, self.number, self.seen = event, number, 0

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event in ("call", "return"):
            place = WATCHED.get(frame.f_code.co_name)
            if place is None or not frame.f_code.co_filename.endswith(place):
                return
        elif getattr(arg, "__module__", "") != "posix" or getattr(arg, "__name__", "") not in WATCHED_CALLS:
            return
        self.seen += 1
        if self.seen == self.event:
            os.kill(os.getpid(), self.number)


def book(*, count: int, run: str) -> dict[str, Any]:
    """Book some entries and let the worker sign; gives what stands then."""
    for number in range(count):
        with transaction.atomic():
            actions.append(slug=SLUG, kind=Kind.MINUTES, body={"number": number, "run": run}, now=now())
    actions.integrate(slug=SLUG, now=now())
    state = queries.log_state(SLUG, now=now())
    return {
        "booked": state.booked,
        "signed": state.signed,
        "refusal": state.refusal.value,
        "generation": state.generation,
    }


def end(*, event: int = 0, number: int = signal.SIGKILL) -> dict[str, Any]:
    """The operator's command, which may die at a moment of it. Gives how many such moments it has."""
    doom = Doom(event=event, number=number)
    sys.setprofile(doom)
    call_command("log_successor", SLUG, "--lost-for-good", stdout=sys.stderr)
    sys.setprofile(None)
    return {"events": doom.seen}


def export(*, folder: str) -> dict[str, Any]:
    """What the site serves of the log and of the one that follows it, as files."""
    state = queries.log_state(SLUG, now=now())
    client = Client(SERVER_NAME="127.0.0.1")
    mirrored(client, Path(folder), f"/log/{SLUG}", state.ended[0].kept if state.ended else state.signed)
    if state.ended:
        mirrored(client, Path(folder, "2"), f"/log/{SLUG}/2", state.signed)
    return {"ended": len(state.ended)}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {"book": book, "end": end, "export": export}


def fork(do: str, told: dict[str, Any]) -> int:
    """A child at this step, which answers by itself; gives its process id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    try:
        print(json.dumps(STEPS[do](**told)), flush=True)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the child must never come back into the parent's loop
        print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), flush=True)
        os._exit(1)


def main() -> None:
    """Answer line by line. A child that stopped itself goes on when the next line comes."""
    for line in sys.stdin:
        told = json.loads(line)
        stops = told.get("number") == signal.SIGSTOP  # anything else that stands still for a while is waited for
        child = fork(told.pop("do"), told)
        _pid, status = os.waitpid(child, os.WUNTRACED if stops else 0)
        if os.WIFSTOPPED(status):
            print(json.dumps({"stopped": True}), flush=True)
            sys.stdin.readline()
            os.kill(child, signal.SIGCONT)
            _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(json.dumps({"killed": os.WTERMSIG(status)}), flush=True)
