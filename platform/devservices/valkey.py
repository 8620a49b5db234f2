"""Our own Valkey: the queue and the cache. Every acknowledged write is in its append-only file before the answer.

Never listens beyond 127.0.0.1, and its password stands in a private file, not on a command line that all can list.
"""

import os
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from devservices.account import Account
from devservices.binaries import ValkeyBinary
from devservices.process import Member

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""
_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """One server with its files in `data`/valkey."""

    binary: ValkeyBinary
    data: Path
    log: Path
    account: Account
    port: int
    password: str

    @property
    def folder(self) -> Path:
        """The append-only file and the configuration."""
        return self.data / "valkey"

    def urls(self) -> dict[str, str]:
        """REDIS_URL."""
        return {"REDIS_URL": f"redis://:{self.password}@127.0.0.1:{self.port}/0"}

    def create(self) -> None:
        """Make the folder and write the configuration anew (the port may have changed)."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.account.own(self.folder)
        config = self.folder / "valkey.conf"
        config.unlink(missing_ok=True)
        text = _CONFIG.format(port=self.port, password=self.password, folder=self.folder)
        with open(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:  # noqa: PTH123 - mode at birth
            out.write(text)
        self.account.own(config)

    def member(self) -> Member:
        """How the server is started."""
        return Member(
            name="valkey",
            argv=[str(self.binary.server), str(self.folder / "valkey.conf")],
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
            cwd=self.folder,
            log=self.log,
            ready=self.is_ready,
            account=self.account,
            grace=10.0,
        )

    def is_ready(self, _pid: int) -> bool:
        """Whether the server answers PING with our password (not while it still loads)."""
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS)) as link:
                link.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                answer = b""
                while part := link.recv(4096):
                    answer += part
        except OSError:
            return False
        return answer.startswith(b"+OK\r\n+PONG")
