"""Which codes an open answer may deserve, judging by answers that people have coded before.

A suggestion, never a decision: a reader ticks it or not. Words are compared by their beginnings, because Kazakh and
Russian carry grammar at the end. It must not learn from answers of waves that are open.
"""

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w+")
_BEGINNING = 5  # letters of a word that are compared
_SHORTEST = 3
ENOUGH = 0.12  # cosine of shared beginnings; below it nothing is suggested


def beginnings(text: str) -> frozenset[str]:
    """The beginnings of a text's words, small letters, ё as е; short words are left out."""
    words = _WORD.findall(text.lower().replace("ё", "е"))
    return frozenset(word[:_BEGINNING] for word in words if len(word) >= _SHORTEST)


def suggested(text: str, coded: Iterable[tuple[str, Sequence[str]]], *, most: int = 3) -> tuple[str, ...]:
    """Codes for a text, the likeliest first; () when nothing coded before is like it.

    `coded` are (text, its codes). The likeness of two texts is the cosine of their sets of beginnings; a code is as
    likely as its most similar text.
    """
    own = beginnings(text)
    best: dict[str, float] = {}
    for other, codes in coded:
        theirs = beginnings(other)
        if not own or not theirs:
            continue
        likeness = len(own & theirs) / (len(own) * len(theirs)) ** 0.5
        for code in codes:
            best[code] = max(best.get(code, 0.0), likeness)
    ranked = sorted((code for code in best if best[code] >= ENOUGH), key=lambda code: (-best[code], code))
    return tuple(ranked[:most])
