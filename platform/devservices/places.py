"""Where things lie: the run folder, its logs and process notes, and the servers' data.

The data normally lies in the run folder. When we are root and the clone lies where `nobody` cannot go (a root's home),
it lies in /var/lib/asar-dev, and the run folder points to it. Never loosen the rights of somebody's home for that.
"""

import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devservices.account import Account
from devservices.errors import StackError, explain_os_error

_OUTSIDE = (Path("/var/lib/asar-dev"), Path("/var/tmp/asar-dev"))  # noqa: S108 - checked to be ours before use
_POINTER = "data-lies-in"
_OWNER_NOTE = "belongs-to"
_MEGA = 1024 * 1024
_FIRST_START = 400 * _MEGA  # database, static files, logs
_NEXT_START = 64 * _MEGA


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one run folder. `data` is the only one that may lie elsewhere."""

    run: Path
    data: Path

    @property
    def logs(self) -> Path:
        """One file per process; the start before is kept as `<name>.log.1`."""
        return self.run / "log"

    @property
    def pids(self) -> Path:
        """Notes on running processes."""
        return self.run / "pids"

    @property
    def servers_lock(self) -> Path:
        """Held while servers are started or stopped."""
        return self.run / "servers.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by everyone who uses the servers."""
        return self.run / "users.lock"

    @property
    def env_file(self) -> Path:
        """The environment of the running stack, for other terminals."""
        return self.run / "env"


def open_places(*, run: Path, account: Account, needed_bytes: int | None = None) -> Places:
    """Make the folders of a run folder, or say in one sentence why that cannot be.

    Refuses when less than `needed_bytes` are free (None: what a first or a next start takes), when the folder is not
    ours to write, or when it is a copy of another clone's run folder that still points to that clone's data.
    """
    run = run.absolute()
    if needed_bytes is None:
        needed_bytes = _NEXT_START if (run / "state.json").exists() else _FIRST_START
    try:
        run.mkdir(parents=True, exist_ok=True)
        _check_owner(run)
        # Servers under another account must pass through; they cannot list it.
        run.chmod(0o711 if account.switch else 0o700)
        for name in ("log", "pids"):
            (run / name).mkdir(mode=0o700, exist_ok=True)
        _check_space(run, needed_bytes)
        data = _data_folder(run, account)
        _check_space(data, needed_bytes)
    except OSError as error:
        raise explain_os_error(error, where=str(run)) from error
    return Places(run=run, data=data)


def trusted_outside(account: Account) -> Path:
    """A folder outside every home that only root can write and `account` can enter."""
    for base in _OUTSIDE:
        try:
            base.mkdir(mode=0o711, exist_ok=True)
            found = base.lstat()
        except OSError:
            continue
        # /var/tmp is open to everybody: never use a folder that somebody else prepared.
        ours = found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o022
        if ours and account.may_enter(base):
            return base
    raise StackError(
        f"The user `nobody`, which runs the database, cannot enter this clone, and neither {_OUTSIDE[0]} nor "
        f"{_OUTSIDE[1]} can be used. Move the clone to a folder that others may enter, or run as an ordinary user."
    )


def remove_places(*, run: Path) -> None:
    """Delete a run folder and the data it points to. Data that belongs to another clone is left alone."""
    for folder in with_inner(run.absolute()):
        pointer = folder / _POINTER
        if pointer.exists():
            outside = Path(pointer.read_text().strip())
            if _belongs_to(outside) == folder:
                shutil.rmtree(outside)
    if run.exists():
        shutil.rmtree(run)


def with_inner(run: Path) -> list[Path]:
    """The run folder and the run folders inside it (`make test` uses .run/test)."""
    return [run, *sorted(note.parent for note in run.glob("*/state.json"))]


def leftovers() -> list[tuple[Path, Path]]:
    """Data folders outside whose clone is gone: (data folder, the run folder it belonged to)."""
    found: list[tuple[Path, Path]] = []
    for base in _OUTSIDE:
        for folder in sorted(base.glob("data-*")) if os.access(base, os.R_OK) else []:
            owner = _belongs_to(folder)
            if owner is not None and not (owner / _POINTER).exists():
                found.append((folder, owner))
    return found


def _data_folder(run: Path, account: Account) -> Path:
    pointer = run / _POINTER
    if pointer.exists():
        return _outside_data(run, pointer)
    inside = run / "data"
    fresh = not inside.exists()
    inside.mkdir(mode=0o711, exist_ok=True)
    inside.chmod(0o711 if account.switch else 0o700)
    if account.may_enter(inside):
        return inside
    if not fresh and any(inside.iterdir()):
        raise StackError(
            f"The database in {inside} can no longer be entered by the user `nobody`, which runs it. Open the folders "
            "above it again (chmod o+x), or start anew with `make reset`."
        )
    inside.rmdir()
    outside = Path(tempfile.mkdtemp(prefix="data-", dir=trusted_outside(account)))
    outside.chmod(0o711)
    (outside / _OWNER_NOTE).write_text(f"{run}\n")
    pointer.write_text(f"{outside}\n")
    return outside


def _outside_data(run: Path, pointer: Path) -> Path:
    outside = Path(pointer.read_text().strip())
    if not outside.is_dir():
        raise StackError(
            f"The database of this clone lay in {outside} and is gone. Put it back from a backup, or start anew "
            "with `make reset`."
        )
    owner = _belongs_to(outside)
    if owner != run:
        if owner is not None and (owner / _POINTER).exists():
            raise StackError(
                f"{run} is a copy of {owner} and points to the database of that clone. Start anew here "
                "with `make reset`; the other clone keeps its data."
            )
        (outside / _OWNER_NOTE).write_text(f"{run}\n")  # the clone was moved
    return outside


def _belongs_to(outside: Path) -> Path | None:
    note = outside / _OWNER_NOTE
    return Path(note.read_text().strip()) if note.exists() else None


def _check_owner(run: Path) -> None:
    owner = run.stat().st_uid
    if owner == os.geteuid():
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = str(owner)
    raise StackError(
        f"{run} belongs to the user {name}. Run the command as {name}, or choose another place with "
        "ASAR_RUN_DIR=/a/folder."
    )


def _check_space(folder: Path, needed_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise StackError(
            f"The disk of {folder} has {free // _MEGA} MB left; Asar needs {needed_bytes // _MEGA} MB. "
            "Make room on it, or choose another place with ASAR_RUN_DIR=/a/folder."
        )
