"""Clients under load: forked processes (or threads of one) that repeat one operation for a while, all at the same time.

Standard library alone, so that the ledger and a peer in its own environment are measured by the same code. CPU is what
the client and its PostgreSQL backend took, from /proc; it must never hold a connection before it forks.
"""

import json
import os
import select
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

READY_SECONDS = 60.0


class Worker(Protocol):
    """One client. `backend` is the process id of its PostgreSQL session."""

    backend: int

    def step(self) -> int:
        """Do the operation once; returns how many postings that was."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked: `clients` processes with `threads` threads each, measured for `seconds` after `warm` seconds."""

    clients: int
    threads: int
    warm: float
    seconds: float


@dataclass(slots=True)
class Measured:
    """Postings in the window, CPU seconds for `postings_of_cpu` postings, and the time of each operation in seconds."""

    postings: int = 0
    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    postings_of_cpu: int = 0
    times: list[float] = field(default_factory=list)

    def add(self, other: "Measured") -> None:
        """Take another client's part in."""
        self.postings += other.postings
        self.client_cpu += other.client_cpu
        self.server_cpu += other.server_cpu
        self.postings_of_cpu += other.postings_of_cpu
        self.times += other.times


def cpu_of(pid: int) -> float:
    """CPU seconds that a process (its first thread; a PostgreSQL backend has no other) has taken."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _drive(worker: Worker, begin: float, end: float) -> Measured:
    """Repeat until `end` (CLOCK_MONOTONIC) and count what is finished after `begin`: a long step is begun before it.

    CPU and times are of the steps that are begun after it.
    """
    found = Measured()
    server, last = 0.0, time.monotonic()
    while last < end:
        if not server and last >= begin:
            server = cpu_of(worker.backend)
        postings = worker.step()
        now = time.monotonic()
        if begin < now <= end:
            found.postings += postings
        if server:
            found.times.append(now - last)
            found.postings_of_cpu += postings
        last = now
    found.server_cpu = cpu_of(worker.backend) - server if server else 0.0
    return found


def _client(load: Load, index: int, make: Callable[[int], Worker], ready: int, go: int) -> Measured:
    """One process: connect, say so, wait for the common moment, work."""
    workers: list[Worker] = []
    parts: list[Measured] = []
    failures: list[BaseException] = []
    met, moments = threading.Barrier(load.threads + 1), [0.0]

    def thread(number: int) -> None:
        try:
            worker = make(index * load.threads + number)
            workers.append(worker)
            met.wait()
            met.wait()
            parts.append(_drive(worker, moments[0], moments[0] + load.seconds))
        except BaseException as error:  # noqa: BLE001 - told to the parent, with its text
            failures.append(error)
            met.abort()

    threads = [threading.Thread(target=thread, args=(number,)) for number in range(load.threads)]
    for one in threads:
        one.start()
    try:
        met.wait()
        os.write(ready, b"r")
        moments[0] = float(os.read(go, 64))
        met.wait()
    except threading.BrokenBarrierError:
        raise failures[0] from None
    time.sleep(max(0.0, moments[0] - time.monotonic()))
    before = time.process_time()
    for one in threads:
        one.join()
    if failures:
        raise failures[0]
    total = Measured(seconds=load.seconds)
    for part in parts:
        total.add(part)
    total.client_cpu = time.process_time() - before
    return total


def _fork(load: Load, index: int, make: Callable[[int], Worker]) -> tuple[int, int, int, int]:
    ready, ready_in = os.pipe()
    go_out, go = os.pipe()
    answer, answer_in = os.pipe()
    pid = os.fork()
    if pid:
        for handle in (ready_in, go_out, answer_in):
            os.close(handle)
        return pid, ready, go, answer
    code = 0
    try:
        text = json.dumps(asdict(_client(load, index, make, ready_in, go_out)))
    except BaseException:  # noqa: BLE001 - told to the parent, with its text
        text, code = json.dumps({"failed": traceback.format_exc()}), 1
    with os.fdopen(answer_in, "w") as out:
        out.write(text)
    os._exit(code)


def run(load: Load, make: Callable[[int], Worker]) -> Measured:
    """Fork the clients, let them work at the same time, add up. Raises RuntimeError with a client's traceback."""
    children = [_fork(load, index, make) for index in range(load.clients)]
    for _pid, ready, _go, _answer in children:
        if not select.select([ready], [], [], READY_SECONDS)[0]:
            raise RuntimeError("a client did not connect in time")
    begin = time.monotonic() + load.warm
    for _pid, ready, go, _answer in children:
        if os.read(ready, 1):
            os.write(go, repr(begin).encode())
        os.close(ready)
        os.close(go)
    total = Measured(seconds=load.seconds)
    failed = ""
    for pid, _ready, _go, answer in children:
        with os.fdopen(answer) as told:
            part = json.loads(told.read() or '{"failed": "a client died"}')
        os.waitpid(pid, 0)
        failed = failed or part.get("failed", "")
        if "failed" not in part:
            total.add(Measured(**part))
    if failed:
        raise RuntimeError(failed)
    return total


def serve(maker: Callable[[str], Callable[[int], Worker]]) -> None:
    """Read one load per line {"case", "clients", "threads", "warm", "seconds"} and answer each with one line."""
    for line in sys.stdin:
        asked = json.loads(line)
        case = asked.pop("case")
        try:
            told = asdict(run(Load(**asked), maker(case)))
            told["times"] = _quantiles(told["times"])
        except RuntimeError as error:
            told = {"failed": str(error)}
        print(json.dumps(told), flush=True)


def _quantiles(times: list[float]) -> list[float]:
    """Median and 99th percentile, in seconds."""
    ordered = sorted(times) or [0.0]
    return [ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]]
