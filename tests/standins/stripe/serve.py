"""Puts the stand-in together and runs it until it is told to stop.

Prints one line when it answers, with its address. It must NEVER share its folder with a second process: a lock file
refuses that.
"""

import argparse
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from .api import Api
from .bell import Bell
from .control import Control
from .delivery import Deliverer, Endpoint
from .hosted import Hosted
from .kinds import INDEXED
from .store import Store
from .timers import Timers
from .web import Part, Server


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not an http or https address")
    return text.rstrip("/") if not parts.path.strip("/") else text


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python tests/standins/stripe", description="A stand-in for Stripe. No money moves."
    )
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where it keeps its state")
    parser.add_argument("--webhook-url", type=_web_address, required=True)
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--secret-key", required=True)
    parser.add_argument("--public-base", type=_web_address, help="address of the hosted page as browsers see it")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; returns the exit status."""
    options = parse(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    threading.excepthook = _end_loudly
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (options.data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"The Stripe stand-in runs already in {options.data}.", file=sys.stderr)
            return 1
        return _serve(options, stop)


def _serve(options: argparse.Namespace, stop: threading.Event) -> int:
    bell = Bell()
    parts: dict[str, Part] = {}
    with ExitStack() as closing:
        try:
            server = Server((options.host, options.port), parts)
        except OSError as taken:
            print(f"Cannot listen on {options.host}:{options.port}: {taken}. Choose another --port.", file=sys.stderr)
            return 1
        closing.callback(server.server_close)
        store = Store(options.data / "stripe.sqlite3", indexed=INDEXED)
        closing.callback(store.close)
        store.on_commit(bell.ring)
        base = f"http://{options.host}:{server.server_address[1]}"
        endpoint = Endpoint(options.webhook_url, options.webhook_secret)
        deliverer = Deliverer(store, bell, endpoint, time.time)
        api = Api(store, options.secret_key, options.public_base or base, time.time, stop.wait)
        parts["/v1/"] = api.answer
        parts["/c/"] = Hosted(store, time.time).answer
        parts["/_control/"] = Control(
            store, time.time, lambda: deliverer.in_flight, lambda: api.keys_in_use, endpoint
        ).answer
        timers = Timers(store, bell, time.time)
        timers.start()
        closing.callback(timers.stop)
        deliverer.start()
        closing.callback(deliverer.stop)
        threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
        closing.callback(server.shutdown)
        print(f"Stripe stand-in at {base}", flush=True)
        stop.wait()
    return 0


def _end_loudly(problem: threading.ExceptHookArgs) -> None:
    """A background thread that fails ends the process: a stand-in that silently stopped would mislead."""
    sys.__excepthook__(problem.exc_type, problem.exc_value or problem.exc_type(), problem.exc_traceback)
    os._exit(70)
