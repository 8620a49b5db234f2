"""Identifiers in Stripe's form: a prefix that tells the kind, then letters and digits.

They carry no order and no meaning; nothing must EVER be derived from them.
"""

import secrets
import string

_ALPHABET = (string.ascii_letters + string.digits).encode()
_FAIR = len(_ALPHABET) * (256 // len(_ALPHABET))
_LETTER = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_UNFAIR = bytes(range(_FAIR, 256))


def _random(length: int) -> str:
    """Letters and digits, each as likely as every other."""
    found = b""
    while len(found) < length:
        found += secrets.token_bytes(length + 8).translate(_LETTER, _UNFAIR)
    return found[:length].decode()


def new_id(prefix: str) -> str:
    """`pi` -> pi_3..., `cs` -> cs_test_a1... (the length that Stripe uses), others `prefix_1...`."""
    if prefix == "cs":
        return f"cs_test_a1{_random(56)}"
    first = "3" if prefix in {"pi", "ch", "py", "txn", "re", "pyr"} else "1"
    return f"{prefix}_{first}{_random(23)}"


def new_request_id() -> str:
    """The id of one API request."""
    return f"req_{_random(14)}"


def new_client_secret(object_id: str) -> str:
    """The secret that a browser would hold for this object."""
    return f"{object_id}_secret_{_random(25)}"
