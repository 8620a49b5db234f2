"""Ed25519 (RFC 8032) by `cryptography`; where it is not installed, verification in plain Python and no signing.

The auditor's command must run with Python alone. A private seed must never be logged, printed or put in an error.
"""

from transparency.rules import curve
from transparency.rules.refusals import FormatError

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    FAST = True
except ImportError:
    FAST = False

KEY_BYTES = curve.KEY_BYTES
SIGNATURE_BYTES = curve.SIGNATURE_BYTES


def verifies(*, public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the 64-byte signature over the message belongs to the 32-byte public key. Never raises for false ones."""
    if not FAST:
        return curve.verifies(public=public, signature=signature, message=message)
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(seed: bytes) -> "Ed25519PrivateKey":
    if len(seed) != KEY_BYTES:
        raise FormatError("a private key is 32 bytes long")
    if not FAST:
        raise RuntimeError("signing needs the package `cryptography`; only verification works without it")
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(*, seed: bytes) -> bytes:
    """The 32-byte public half of a 32-byte seed."""
    return _private(seed).public_key().public_bytes_raw()


def sign(*, seed: bytes, message: bytes) -> bytes:
    """The 64-byte signature of the message."""
    return _private(seed).sign(message)
