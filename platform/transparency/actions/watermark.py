"""What a log signed last, on disk beside the seed and not in the database: how an older database is recognised.
Each generation of a log has its own file, and from the second on one with the statement with which it began.

Written and flushed to the disk before the checkpoint is committed, so it is never behind what was published. Nothing
here may be restored from a backup of the database.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from transparency.rules.encoding import from_base64, to_base64

_STATEMENT = "succession"
_ROOT = "the root in the record of what was signed last"


@dataclass(frozen=True, slots=True)
class Watermark:
    """Origin, size and root of the last signature."""

    origin: str
    size: int
    root: bytes


def _path(slug: str, generation: int, ending: str = "json") -> Path:
    name = slug if generation == 1 else f"{slug}.{generation}"
    return Path(settings.LOG_STATE_DIR) / f"{name}.{ending}"


def read(slug: str, generation: int = 1) -> Watermark | None:
    """What was signed last; None when nothing is recorded. A damaged file raises: it is never taken for none."""
    try:
        told = json.loads(_path(slug, generation).read_text())
    except FileNotFoundError:
        return None
    return Watermark(origin=str(told["origin"]), size=int(told["size"]), root=from_base64(told["root"], what=_ROOT))


def write(slug: str, mark: Watermark, generation: int = 1) -> None:
    """Record it, whole or not at all; on the disk when this returns."""
    told = {"origin": mark.origin, "size": mark.size, "root": to_base64(mark.root)}
    _write(_path(slug, generation), json.dumps(told))


def read_statement(slug: str, generation: int) -> str | None:
    """The statement with which this generation began; None when it never did."""
    try:
        return _path(slug, generation, _STATEMENT).read_text()
    except FileNotFoundError:
        return None


def write_statement(slug: str, generation: int, note: str) -> None:
    """Record that this generation begins, before the database knows: no database may begin it in another way."""
    _write(_path(slug, generation, _STATEMENT), note)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
