"""Ed25519 verification in plain Python (RFC 8032 section 5.1.7), for machines without `cryptography`.

Only public values pass through here, so it need not run in constant time. It must never sign: secrets do not belong
in code whose timing depends on them.
"""

from hashlib import sha512

KEY_BYTES = 32
SIGNATURE_BYTES = 64
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_SIGN = 1 << 255

# Extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)


def _add(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    found = _NEUTRAL
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point = _add(point, point)
        scalar >>= 1
    return found


def _point(data: bytes) -> _Point | None:
    """RFC 8032 section 5.1.3; None when the bytes are no point of the curve in their one spelling."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (_SIGN - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _spelled(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(KEY_BYTES, "little")


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(KEY_BYTES, "little")) or _NEUTRAL


def verifies(*, public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the 64-byte signature over the message was made with the private half of the 32-byte public key."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key = _point(public)
    scalar = int.from_bytes(signature[KEY_BYTES:], "little")
    if key is None or scalar >= _ORDER:
        return False
    hashed = int.from_bytes(sha512(signature[:KEY_BYTES] + public + message).digest(), "little") % _ORDER
    minus_key = (_P - key[0], key[1], key[2], _P - key[3])
    return _spelled(_add(_times(scalar, _BASE), _times(hashed, minus_key))) == signature[:KEY_BYTES]
