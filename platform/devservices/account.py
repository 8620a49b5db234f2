"""Which user the database servers run as: ourselves, or `nobody` when we are root, since PostgreSQL refuses root.

It must never create users or loosen the rights of a folder it does not own.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devservices.errors import StackError

_NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group; `switch` says that we are root and become this account only for the servers."""

    uid: int
    gid: int
    switch: bool

    def options(self) -> dict[str, Any]:
        """Arguments for subprocess.Popen that make the child run as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give the folder or file to this account (only root needs to)."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, folder: Path) -> bool:
        """Whether this account can reach what lies in the folder: asked of the kernel, not computed from mode bits."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        try:
            asked = subprocess.run(
                ["/bin/sh", "-c", 'test -x "$0"', str(folder)], cwd="/", check=False, **self.options()
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise StackError(
                "Running as root, but this machine does not let root become the user `nobody`, and PostgreSQL refuses "
                "to run as root. Run the command as an ordinary user."
            ) from error
        return asked.returncode == 0


def ourselves() -> Account:
    """The account of this process."""
    return Account(uid=os.geteuid(), gid=os.getegid(), switch=False)


def server_account() -> Account:
    """The account for PostgreSQL and Valkey: ourselves, or nobody when we are root."""
    if os.geteuid() != 0:
        return ourselves()
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=_NOBODY, gid=_NOBODY, switch=True)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
