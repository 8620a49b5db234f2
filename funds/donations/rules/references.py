"""Reference codes such as `ASAR-7K3M9Q`, which somebody writes on a transfer so that it is known whose it is. Pure.

A code is dictated, typed on a bank's screen, cut up and changed in case by banks: it is found all the same. A code
whose letters do not check is never guessed into another one.
"""

import re
from typing import Final

PREFIX: Final = "ASAR-"
# No letters or digits that are confused when read aloud or handwritten, in Latin or Cyrillic (common.ids has the same).
ALPHABET: Final = "2345679ACDEFGHJKMNPRTWXYZ"
_PLACES: Final = 5
# None of them, and no difference of two neighbours, shares a factor with 25: every single wrong letter and every
# swap of two neighbours changes the sum.
_WEIGHTS: Final = (1, 2, 3, 4, 6)
_LATIN: Final = str.maketrans("АСЕНКМРТХУЗ", "ACEHKMPTXY3")
# ASAR as it is written in Latin, and АСАР as its Cyrillic letters look; banks break lines and add blanks anywhere.
_GAP: Final = r"[^0-9A-Z]{0,3}"
_SIGN: Final = f"[{ALPHABET}]"
_BODY: Final = _GAP.join([f"({_SIGN})"] * (_PLACES + 1))
_NAMED: Final = re.compile(rf"A{_GAP}[SC]{_GAP}A{_GAP}[RP]{_GAP}{_BODY}(?![0-9A-Z])")
_BARE: Final = re.compile(rf"(?<![0-9A-Z])({_SIGN}{{{_PLACES + 1}}})(?![0-9A-Z])")


def _check(body: str) -> str:
    """The last letter: the weighted sum of the others, modulo 25."""
    total = sum(weight * ALPHABET.index(sign) for weight, sign in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[total % len(ALPHABET)]


def new_code(random_bytes: bytes) -> str:
    """A code from at least five random bytes: one of 25^5 = 9.8 million, and its check letter."""
    body = "".join(ALPHABET[byte % len(ALPHABET)] for byte in random_bytes[:_PLACES])
    if len(body) < _PLACES:
        raise ValueError("five random bytes are needed")
    return f"{PREFIX}{body}{_check(body)}"


def is_code(code: str) -> bool:
    """Whether this is a code as we write it, with the right check letter."""
    body = code.removeprefix(PREFIX)
    whole = code.startswith(PREFIX) and len(body) == _PLACES + 1 and all(sign in ALPHABET for sign in body)
    return whole and _check(body[:-1]) == body[-1]


def codes_in(text: str) -> tuple[str, ...]:
    """The codes that a text names, in their order, each once: any case, blanks and breaks, Cyrillic look-alikes.

    Six signs that stand alone and check are taken for a code whose name was left out; those with the name come first.
    """
    plain = text.upper().translate(_LATIN)
    bodies = ["".join(found) for found in _NAMED.findall(plain)] + _BARE.findall(plain)
    codes = (f"{PREFIX}{body}" for body in bodies if _check(body[:-1]) == body[-1])
    return tuple(dict.fromkeys(codes))
