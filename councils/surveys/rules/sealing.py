"""The lock on answers while a wave is open: authenticated encryption, keyed names, padding.

All keys come from one secret of 32 random bytes a wave (HKDF-SHA256, RFC 5869), which lies outside the database and is
destroyed when the wave is closed. AES-256-GCM with random 96-bit nonces, far below 2^32 messages a key. Lengths are
padded, so that a short and a long answer look the same. Never log or return a secret, never reuse it for another wave.
"""

import hashlib
import hmac
import secrets
import zlib
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
SMALLEST = 3_968  # bytes of padded content: a usual questionnaire with its open answers stays below; two fill a page
_NONCE = 12
_LENGTH = 4
_DOUBLING_FROM = 65_536
_PLAIN, _COMPRESSED = b"\0", b"\1"


class LockedError(Exception):
    """The content cannot be opened: another key, another place, or changed bytes."""


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an envelope holds: canonical answers, their codes for counting, and the channel."""

    channel: str
    answers: dict[str, Any]
    codes: list[int]


class WaveKey:
    """The keys of one wave. Kept in memory only as long as it is needed."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError("a wave's secret has 32 bytes")
        self._secret = secret
        both = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"asar wave names, box v1").derive(secret)
        self._names, self._box = both[:32], AESGCM(both[32:])

    @property
    def fingerprint(self) -> str:
        """Tells this key from others and says nothing about it."""
        return hashlib.sha256(b"asar wave key v1\0" + self._secret).hexdigest()

    def answer_id(self, person: str) -> UUID:
        """The id of a person's envelope: the same person always gets the same one, and nobody else can compute it."""
        return UUID(bytes=self._digest("answer", person)[:16], version=4)

    def file_id(self, envelope: UUID, name: str) -> UUID:
        """The id of a file in an envelope."""
        return UUID(bytes=self._digest("file", f"{envelope}:{name}")[:16], version=4)

    def submission_id(self, instance: str) -> UUID:
        """What a submission is known by, so that the same one sent again changes nothing."""
        return UUID(bytes=self._digest("instance", instance)[:16], version=4)

    def mark(self, kind: str, text: str) -> str:
        """A keyed name for a code, 64 hex digits."""
        return self._digest(kind, text).hex()

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Lock some bytes for one place (an id); they open at no other."""
        return _sealed(self._box, plain, place)

    def open(self, sealed: bytes | memoryview, *, place: str) -> bytes:
        """The bytes again. Raises `LockedError`."""
        return _opened(self._box, sealed, place)

    def seal_for(self, code: str, plain: bytes, *, place: str) -> bytes:
        """Lock some bytes so that only the holder of `code` can open them, with this key beside it."""
        return _sealed(self._box_of(code), plain, place)

    def open_for(self, code: str, sealed: bytes | memoryview, *, place: str) -> bytes:
        """The bytes of `seal_for` again. Raises `LockedError`."""
        return _opened(self._box_of(code), sealed, place)

    def _box_of(self, code: str) -> AESGCM:
        return AESGCM(_derived(self._secret + code.encode(), b"asar draft box v1"))

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._names, f"{kind}\0{text}".encode(), "sha256")


def new_secret() -> bytes:
    """The secret of a new wave."""
    return secrets.token_bytes(SECRET_BYTES)


def packed(content: Content) -> bytes:
    """An envelope's content as bytes: compressed only where the smallest envelope would not hold it, since all are
    padded to that."""
    plain = msgspec.msgpack.encode(content)
    if len(plain) + len(_PLAIN) + _LENGTH <= SMALLEST:
        return _PLAIN + plain
    return _COMPRESSED + zlib.compress(plain)


def unpacked(data: bytes) -> Content:
    """The content again."""
    kind, rest = data[: len(_PLAIN)], data[len(_PLAIN) :]
    return msgspec.msgpack.decode(rest if kind == _PLAIN else zlib.decompress(rest), type=Content)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


def _sealed(box: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + box.encrypt(nonce, _padded(plain), place.encode())


def _opened(box: AESGCM, sealed: bytes | memoryview, place: str) -> bytes:
    try:
        padded = box.decrypt(bytes(sealed[:_NONCE]), bytes(sealed[_NONCE:]), place.encode())
    except (InvalidTag, ValueError) as error:
        raise LockedError(place) from error
    length = int.from_bytes(padded[:_LENGTH])
    return padded[_LENGTH : _LENGTH + length]


def _padded(plain: bytes) -> bytes:
    size = SMALLEST
    while size < len(plain) + _LENGTH:
        size *= 4 if size < _DOUBLING_FROM else 2
    return len(plain).to_bytes(_LENGTH) + plain + bytes(size - _LENGTH - len(plain))
