"""Whether a name is like one of a list: folded over Kazakh, Russian and Latin spelling, a few letters apart. Pure.

It finds candidates for a person to look at and decides nothing. A name of one word matches only a name of one word.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from hashlib import sha256
from typing import Final

from common.money import EXPONENTS, Money
from towns.rules.spelling import skeleton

LARGEST_LIST: Final = 20 * 1024 * 1024
MOST_WORDS: Final = 12
_LONG_WORD: Final = 5
_FEWEST: Final = 2
_MOST_APART: Final = 2
# How columns with names are called in lists that have a heading.
_HEADINGS: Final = frozenset(
    ("name", "full name", "fullname", "names", "aliases", "alias", "aka", "имя", "фио", "ф и о", "наименование", "аты")
)
_ALIASES: Final = "|"


class ListTrouble(StrEnum):
    """Why a list is no list of names."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NO_NAME = "no_name"


class ListError(ValueError):
    """The list is no list of names: not UTF-8, too large, or empty. `trouble` is a code; pages have the words."""

    def __init__(self, trouble: ListTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class ThresholdError(ValueError):
    """An amount of the settings is none; `written` is what stands there."""

    def __init__(self, written: str) -> None:
        super().__init__(f"SCREENING_THRESHOLDS: {written} is no amount")
        self.written = written


@dataclass(frozen=True, slots=True)
class Finding:
    """What pointed at a gift: the list's line that is like its name, the threshold that it reaches. None: nothing."""

    line: int | None = None
    threshold: Money | None = None

    def __bool__(self) -> bool:
        return self.line is not None or self.threshold is not None

    @property
    def code(self) -> str:
        """As it is stored: `line=12 from=500000000:KZT`; `finding_of` reads it."""
        parts = [f"line={self.line}"] if self.line is not None else []
        if self.threshold is not None:
            parts.append(f"from={self.threshold.minor}:{self.threshold.currency}")
        return " ".join(parts)


def finding_of(code: str) -> Finding:
    """What a stored code says."""
    told = dict(part.split("=", 1) for part in code.split())
    minor, _colon, currency = told.get("from", "").partition(":")
    return Finding(
        line=int(told["line"]) if "line" in told else None, threshold=Money(int(minor), currency) if minor else None
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as read: its names as (line, words), and the SHA-256 of its bytes."""

    names: tuple[tuple[int, tuple[str, ...]], ...]
    words: frozenset[str]
    sha256: str


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in one spelling for all scripts. "Қайрат Әлихан" and "Kairat Alikhan" give the same."""
    return tuple(word.replace("x", "ks") for word in skeleton(name).split()[:MOST_WORDS])


def read_list(data: bytes) -> Listed:
    """A list: one name a line, or CSV (comma, semicolon or tab), with or without a heading that names its columns.

    Several names in one cell are apart by `|`. Refuses (ListError) what is not UTF-8, above 20 MiB or without a name.
    """
    if len(data) > LARGEST_LIST:
        raise ListError(ListTrouble.TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ListError(ListTrouble.NOT_UTF8) from None
    separator = max(",;\t", key=text[:4096].count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    chosen: list[int] | None = None
    names: list[tuple[int, tuple[str, ...]]] = []
    for row in reader:
        if chosen is None:
            chosen = [place for place, cell in enumerate(row) if _plain(cell) in _HEADINGS] or [0]
            if any(_plain(cell) in _HEADINGS for cell in row):
                continue
        for place in chosen:
            for name in row[place].split(_ALIASES) if place < len(row) else ():
                words = words_of(name)
                if words:
                    names.append((reader.line_num, words))
    if not names:
        raise ListError(ListTrouble.NO_NAME)
    return Listed(tuple(names), frozenset(word for _line, words in names for word in words), sha256(data).hexdigest())


def found_in(name: str, listed: Listed, *, apart: int) -> int | None:
    """The first line of the list that is like the name, or None. `apart`: letters that a long word may differ by."""
    words = words_of(name)
    if not words:
        return None
    near = {word: {place for place, own in enumerate(words) if alike(own, word, apart=apart)} for word in listed.words}
    for line, others in listed.names:
        if _fit(words, others, near):
            return line
    return None


def alike(one: str, other: str, *, apart: int) -> bool:
    """Whether two words are the same, or both long and at most `apart` (0 to 2) insertions, losses or changes apart."""
    if one == other:
        return True
    most = min(apart, _MOST_APART) if min(len(one), len(other)) >= _LONG_WORD else 0
    return most > 0 and abs(len(one) - len(other)) <= most and _distance(one, other) <= most


def above(amount: Money, thresholds: Mapping[str, int]) -> bool:
    """Whether an amount reaches its currency's threshold (minor units). A currency without one has none."""
    return amount.currency in thresholds and amount.minor >= thresholds[amount.currency]


def thresholds_of(written: Mapping[str, str]) -> dict[str, int]:
    """Thresholds as the settings write them, whole amounts, in minor units. Refuses (`ThresholdError`) others."""
    found = {}
    for currency, amount in written.items():
        try:
            minor = Decimal(amount).scaleb(EXPONENTS[currency])
        except (InvalidOperation, KeyError):
            raise ThresholdError(f"{currency}={amount}") from None
        if minor <= 0 or minor != minor.to_integral_value():
            raise ThresholdError(f"{currency}={amount}")
        found[currency] = int(minor)
    return found


def _plain(cell: str) -> str:
    return " ".join(cell.casefold().replace("_", " ").replace(".", " ").split())


def _fit(words: Sequence[str], others: Sequence[str], near: Mapping[str, set[int]]) -> bool:
    """Whether every word of the shorter name has a word of its own in the longer one."""
    fewer = min(len(words), len(others))
    if fewer < _FEWEST and len(words) != len(others):
        return False
    options = [near[word] for word in others]
    hits = [places for places in options if places]
    return len(hits) >= fewer and _matching(hits) >= fewer


def _matching(options: Iterable[set[int]]) -> int:
    """The most pairs that can be made, each place used once (augmenting paths)."""
    rows = list(options)
    taken: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column in rows[row] - seen:
            seen.add(column)
            if column not in taken or place(taken[column], seen):
                taken[column] = row
                return True
        return False

    return sum(place(row, set()) for row in range(len(rows)))


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance; the words are short."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, against in enumerate(other, 1):
            change = before[column - 1] + (letter != against)
            current.append(min(before[column] + 1, current[-1] + 1, change))
        before = current
    return before[-1]
