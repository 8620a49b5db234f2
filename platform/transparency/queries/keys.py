"""Names and keys of logs and witnesses, all derived from one seed in a file that stands outside the repository.

The seed must never be in the database, a log line or an error: whoever has it can sign in the name of every town.
"""

import hashlib
import stat
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from transparency.rules.notes import COSIGNATURE, ED25519, SignerKey

SEED_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _path(slug: str, generation: int) -> str:
    return f"log/{slug}" if generation == 1 else f"log/{slug}/{generation}"


def origin_of(slug: str, generation: int = 1) -> str:
    """The log's name, first line of its checkpoints: an address without scheme. One log for ever: a generation that
    was begun anew has a name of its own."""
    return f"{settings.LOG_ORIGIN}/{_path(slug, generation)}"


def url_of(slug: str, generation: int = 1) -> str:
    """Where the log is read: checkpoint, tiles and proofs lie below."""
    return f"{settings.LOG_URL}/{_path(slug, generation)}"


def witness_name(slug: str) -> str:
    """The name under which a town confirms other logs."""
    return f"{settings.LOG_ORIGIN}/witness/{slug}"


def witness_url(slug: str) -> str:
    """Where that witness is asked: below it lies add-checkpoint."""
    return f"{settings.LOG_URL}/witness/{slug}"


def origin_hash(origin: str) -> str:
    """How a witness's monitoring address names a log: SHA-256 in hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def seed() -> bytes:
    """The 32 bytes of LOG_SEED_FILE. Refuses a missing file, another length, and a file that others may read."""
    path = Path(settings.LOG_SEED_FILE)
    try:
        data, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise ImproperlyConfigured(
            "LOG_SEED_FILE cannot be read. Make it once with `manage.py log_key generate`, or mount its volume."
        ) from error
    if len(data) != SEED_BYTES:
        raise ImproperlyConfigured(f"LOG_SEED_FILE must hold exactly {SEED_BYTES} bytes.")
    if mode & _OTHERS:
        raise ImproperlyConfigured("LOG_SEED_FILE may be readable for its owner alone: chmod 600.")
    return data


@lru_cache(maxsize=256)
def _derived(secret: bytes, purpose: str, name: str) -> bytes:
    info = f"asar {purpose} v1\n{name}".encode()
    return HKDF(algorithm=SHA256(), length=SEED_BYTES, salt=None, info=info).derive(secret)


def log_key(slug: str, generation: int = 1, *, secret: bytes | None = None) -> SignerKey:
    """What the town's log signs with (HKDF-SHA256 of the seed). `secret` is another seed than the file's: rotation."""
    name = origin_of(slug, generation)
    return SignerKey(name=name, seed=_derived(secret or seed(), "log", name), algorithm=ED25519)


def witness_key(slug: str) -> SignerKey:
    """What the town confirms other logs with."""
    name = witness_name(slug)
    return SignerKey(name=name, seed=_derived(seed(), "witness", name), algorithm=COSIGNATURE)
