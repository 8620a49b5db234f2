"""HTTP digest authentication as OpenRosa devices do it: RFC 7616 and RFC 2617 with MD5 and qop=auth, nothing else.

The server keeps no nonce: each carries its moment and a signature. MD5 is the protocol's choice, not ours; the secrets
it works with are made by chance, never chosen by people. Nothing here knows a database, a clock or a request.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

REALM: Final = "asar"
NONCE_SECONDS: Final = 600
"""How long a nonce serves; afterwards the device is told `stale` and goes on with a new one by itself."""

_PART: Final = re.compile(r'\s*([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)', re.IGNORECASE)
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_COUNT: Final = re.compile(r"[0-9a-f]{8}", re.IGNORECASE)
_CLOCK, _CHANCE, _MAC, _NONCE_OF_BOX = 8, 12, 16, 12


class Proof(Enum):
    """What an answer to the challenge is worth."""

    GOOD = "good"
    STALE = "stale"  # the secret is right, the nonce too old: ask again, do not bother the person
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The parts of an `Authorization: Digest` header that matter."""

    username: str
    nonce: str
    uri: str
    count: str  # nc: eight hex digits, one more with each request under the same nonce
    client_nonce: str
    response: str


class DeviceKeys:
    """The keys of a site for nonces and for the secrets of devices, derived from its own secret (HKDF-SHA256)."""

    def __init__(self, secret: str) -> None:
        self._nonces = _derived(secret, b"asar odk nonce v1")
        self._box = AESGCM(_derived(secret, b"asar odk ha1 v1"))

    def nonce(self, *, at: int) -> str:
        """A nonce made at a moment (seconds since 1970)."""
        body = at.to_bytes(_CLOCK) + secrets.token_bytes(_CHANCE)
        return base64.urlsafe_b64encode(body + self._mac(body)).decode()

    def made_at(self, nonce: str) -> int | None:
        """The moment of a nonce of ours; None for any other text."""
        try:
            raw = base64.b64decode(nonce, altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, mac = raw[: _CLOCK + _CHANCE], raw[_CLOCK + _CHANCE :]
        return int.from_bytes(body[:_CLOCK]) if hmac.compare_digest(self._mac(body), mac) else None

    def seal(self, ha1: str, *, place: str) -> bytes:
        """Lock MD5(username:realm:secret) for one device."""
        chance = secrets.token_bytes(_NONCE_OF_BOX)
        return chance + self._box.encrypt(chance, ha1.encode(), place.encode())

    def open(self, sealed: bytes, *, place: str) -> str:
        """The same again; "" when the site's secret has changed since, so that nothing matches."""
        try:
            return self._box.decrypt(sealed[:_NONCE_OF_BOX], sealed[_NONCE_OF_BOX:], place.encode()).decode()
        except (InvalidTag, ValueError):
            return ""

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._nonces, body, "sha256")[:_MAC]


def ha1_of(*, username: str, secret: str) -> str:
    """MD5(username:realm:secret), in hex."""
    return _md5(f"{username}:{REALM}:{secret}")


def challenge(nonce: str, *, domain: str, stale: bool) -> str:
    """The value of `WWW-Authenticate`."""
    ending = ", stale=true" if stale else ""
    return f'Digest realm="{REALM}", domain="{domain}", nonce="{nonce}", algorithm=MD5, qop="auth"{ending}'


def credentials(header: str) -> Credentials | None:
    """The header of a request taken apart; None for what is not digest of this kind (MD5, qop=auth, our realm)."""
    scheme, _space, rest = header.partition(" ")
    if scheme.lower() != "digest":
        return None
    parts: dict[str, str] = {}
    place = 0
    while place < len(rest):
        found = _PART.match(rest, place)
        if found is None or found[1].lower() in parts:
            return None
        parts[found[1].lower()] = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
        place = found.end()
    told = {"realm": REALM, "qop": "auth", "algorithm": "MD5", **parts}
    if (told["realm"], told["qop"], told["algorithm"].upper()) != (REALM, "auth", "MD5") or "qop" not in parts:
        return None
    try:
        named = Credentials(
            username=parts["username"],
            nonce=parts["nonce"],
            uri=parts["uri"],
            count=parts["nc"],
            client_nonce=parts["cnonce"],
            response=parts["response"].lower(),
        )
    except KeyError:
        return None
    return named if _COUNT.fullmatch(named.count) and _HEX.fullmatch(named.response) and named.client_nonce else None


def judged(told: Credentials, *, ha1: str, method: str, keys: DeviceKeys, at: int) -> Proof:
    """Whether the device knows its secret, for this method and address (`told.uri`, which the caller compares)."""
    made_at = keys.made_at(told.nonce)
    if made_at is None or not ha1:
        return Proof.WRONG
    ha2 = _md5(f"{method}:{told.uri}")
    expected = _md5(f"{ha1}:{told.nonce}:{told.count}:{told.client_nonce}:auth:{ha2}")
    if not hmac.compare_digest(expected, told.response):
        return Proof.WRONG
    return Proof.GOOD if 0 <= at - made_at <= NONCE_SECONDS else Proof.STALE


def basic(header: str) -> tuple[str, str] | None:
    """(username, secret) of an `Authorization: Basic` header, or None."""
    scheme, _space, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (username, secret) if colon else None


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
