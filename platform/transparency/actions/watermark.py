"""What a log signed last, on disk beside the seed and not in the database: how an older database is recognised.

Written and flushed to the disk before the checkpoint is committed, so it is never behind what was published. Nothing
here may be restored from a backup of the database.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from transparency.rules.encoding import from_base64, to_base64

_ROOT = "the root in the record of what was signed last"


@dataclass(frozen=True, slots=True)
class Watermark:
    """Origin, size and root of the last signature."""

    origin: str
    size: int
    root: bytes


def _path(slug: str) -> Path:
    return Path(settings.LOG_STATE_DIR) / f"{slug}.json"


def read(slug: str) -> Watermark | None:
    """What was signed last; None when nothing is recorded. A damaged file raises: it is never taken for none."""
    try:
        told = json.loads(_path(slug).read_text())
    except FileNotFoundError:
        return None
    return Watermark(origin=str(told["origin"]), size=int(told["size"]), root=from_base64(told["root"], what=_ROOT))


def write(slug: str, mark: Watermark) -> None:
    """Record it, whole or not at all; on the disk when this returns."""
    path = _path(slug)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w") as out:
        json.dump({"origin": mark.origin, "size": mark.size, "root": to_base64(mark.root)}, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
