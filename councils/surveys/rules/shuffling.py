"""The order of options that a form wants shuffled (XLSForm's `randomize`): always the same for the same seed.

Order only: codes, canonical values and files keep the order of the sheet. No chance is asked, so that a page that is
shown twice looks the same twice.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

from councils.surveys.rules.atoms import to_number
from councils.surveys.rules.form import fill

T = TypeVar("T")
_MODULUS, _FACTOR = 2**31 - 1, 16_807  # Park and Miller's minimal standard generator, as in ODK


def shuffled(options: Sequence[T], parameters: Mapping[str, str], *, shown: Mapping[str, str], seed: str) -> list[T]:
    """The options as they are, or shuffled when the parameters say `randomize=true`.

    The form's own `seed` (a number, or `${name}` of a question) comes first, else the respondent's.
    """
    if parameters.get("randomize", "").lower() not in {"true", "yes", "1", "true()"}:
        return list(options)
    own = to_number(fill(parameters.get("seed", ""), shown, gap=""))
    is_own = abs(own) < 2**53
    state = int(own) if is_own else int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big")
    state = state % _MODULUS or _MODULUS - 1
    ordered = list(options)
    for last in range(len(ordered) - 1, 0, -1):
        state = state * _FACTOR % _MODULUS
        other = int((state - 1) / (_MODULUS - 1) * (last + 1))
        ordered[last], ordered[other] = ordered[other], ordered[last]
    return ordered
