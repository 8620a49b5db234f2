"""Machines apart, on one machine: Linux network namespaces with a wire each to a hub that leads to our servers.

Run as a program it is the hub: `namespaces.py NETNS ADDRESSES PORT...` listens in the namespace that it was started
in, calls 127.0.0.1 of the namespace NETNS, and prints each caller's address and port. Nothing outside the three
namespaces is changed, and they end with their processes. It must never listen where a real network could reach it.
"""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNET = 0x40000000
NEEDED = ("ip", "unshare", "nsenter", "setpriv")
# Addresses of documentation (RFC 5737): no machine has them.
HUB = ("192.0.2.1", "192.0.2.5")
MACHINES = ("192.0.2.2", "192.0.2.6")
LONGEST = "900"  # seconds after which a namespace ends by itself


def missing() -> str:
    """Why no namespaces can be made here, in words; "" where they can."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking:
        return f"no {', '.join(lacking)} on this machine"
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return "" if made.returncode == 0 else f"this kernel or account makes no network namespaces: {made.stderr.strip()}"


@dataclass(frozen=True, slots=True)
class Machine:
    """A network namespace: `pid` holds it open, `address` is its own, `hub` where it finds the servers."""

    pid: int
    address: str
    hub: str

    def argv(self, command: Sequence[str]) -> list[str]:
        """The command as it is started on this machine."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *command]

    def run(self, *command: str) -> None:
        """A command on this machine that must succeed."""
        subprocess.run(self.argv(command), check=True, capture_output=True)


@contextmanager
def _held() -> Iterator[int]:
    """The process that holds a new namespace; it dies with this one."""
    argv = ["unshare", "--net", "setpriv", "--pdeathsig", "KILL", "sleep", LONGEST]
    process = subprocess.Popen(argv)
    try:
        here = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{process.pid}/ns/net").readlink() == here and process.poll() is None:
            pass
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def two_machines(*ports: int) -> Iterator[tuple[list[Machine], "Hub"]]:
    """Two machines that reach `ports` of this machine's 127.0.0.1 under their hub's address, and nothing else."""
    with ExitStack() as stack:
        hub = Machine(stack.enter_context(_held()), "", "")
        machines = []
        for number, (there, here) in enumerate(zip(MACHINES, HUB, strict=True)):
            machine = Machine(stack.enter_context(_held()), there, here)
            names = (f"hub{number}", "wire")
            hub.run("ip", "link", "add", names[0], "type", "veth", "peer", "name", names[1], "netns", str(machine.pid))
            for end, name, address in ((hub, names[0], here), (machine, names[1], there)):
                end.run("ip", "address", "add", f"{address}/30", "dev", name)
                end.run("ip", "link", "set", name, "up")
                end.run("ip", "link", "set", "lo", "up")
            machines.append(machine)
        own = f"/proc/{os.getpid()}/ns/net"
        argv = [sys.executable, str(Path(__file__).resolve()), own, ",".join(HUB), *map(str, ports)]
        with subprocess.Popen(hub.argv(argv), stdout=subprocess.PIPE, text=True) as process:
            told = Hub(process)
            try:
                yield machines, told
            finally:
                process.kill()
                told.reader.join()


class Hub:
    """The running hub. `callers` is who called which port so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.callers: set[tuple[str, int]] = set()
        if process.stdout is None or process.stdout.readline() != "listening\n":
            raise RuntimeError("the hub does not listen")
        self.reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self.reader.start()

    def _read(self, lines: Iterator[str]) -> None:
        for line in lines:
            address, port = line.split()
            self.callers.add((address, int(port)))


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _serve(listener: socket.socket, port: int) -> None:
    while True:
        caller, (address, _number) = listener.accept()
        print(address, port, flush=True)
        try:
            server = socket.create_connection(("127.0.0.1", port))
        except OSError:
            caller.close()
            continue
        for pair in ((caller, server), (server, caller)):
            threading.Thread(target=_copy, args=pair, daemon=True).start()


def _hub(namespace: str, addresses: Sequence[str], ports: Sequence[int]) -> None:
    """Listen here, then step into the other namespace: a socket stays where it was made."""
    there = os.open(namespace, os.O_RDONLY)
    listeners = [(socket.create_server((address, port)), port) for address in addresses for port in ports]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(there, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    threads = [threading.Thread(target=_serve, args=one) for one in listeners]
    for thread in threads:
        thread.start()
    print("listening", flush=True)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    _hub(sys.argv[1], sys.argv[2].split(","), [int(port) for port in sys.argv[3:]])
