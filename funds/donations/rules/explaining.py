"""What a line of a bank statement may be: the likeliest first, each with its reasons in words. Pure.

Only a reference code together with the announced amount makes a suggestion sure; everything else a person decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from common.money import Money
from funds.donations.rules.references import codes_in
from funds.donations.states import MatchReason

_DAYS_NEAR: Final = 7
_SHORTEST_NAME: Final = 3
_ENOUGH_NAMES: Final = 2
_FEE_WORDS: Final = (
    "комисс",
    "entgelt",
    "kontoführung",
    "kontofuehrung",
    "bank fee",
    "service fee",
    "ведение сч",
    "шот жүргізу",
)
_CASH_WORDS: Final = ("наличн", "взнос", "қолма-қол", "einzahlung", "cash")
_PROCESSOR_WORDS: Final = ("stripe", "payout")
_WEIGHT: Final = {
    MatchReason.CODE: 90,
    MatchReason.AMOUNT: 40,
    MatchReason.NAME: 30,
    MatchReason.PROCESSOR: 30,
    MatchReason.NEAR: 10,
    MatchReason.WORDS: 35,
    MatchReason.BY_HAND: 45,
    MatchReason.BOX: 15,
}
# Letters of Kazakh, Russian and the usual ways to write them in Latin, brought to one.
_LATIN: Final = {
    "а": "a", "ә": "a", "б": "b", "в": "v", "г": "g", "ғ": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "i", "к": "k", "қ": "k", "л": "l", "м": "m", "н": "n", "ң": "n", "о": "o", "ө": "o", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ұ": "u", "ү": "u", "ф": "f", "х": "h", "һ": "h", "ц": "ts", "ч": "ch",
    "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "і": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip
_SAME: Final = (
    ("kh", "h"), ("gh", "g"), ("ya", "ia"), ("yu", "iu"), ("ja", "ia"), ("ju", "iu"), ("y", "i"), ("j", "i"),
    ("q", "k"), ("w", "v"), ("ä", "a"), ("ö", "o"), ("ü", "u"), ("ı", "i"), ("ş", "sh"), ("ğ", "g"), ("shch", "sh"),
    ("ii", "i"), ("ß", "ss"),
)  # fmt: skip


class What(StrEnum):
    """What a line can be explained as."""

    EXPECTED = "expected"
    PLEDGE = "pledge"
    PAYOUT = "payout"
    BOOKED = "booked"
    REFUND = "refund"
    GIVEN_BACK = "given_back"
    DEPOSIT = "deposit"
    FEE = "fee"


_HAND: Final = (What.BOOKED, What.REFUND, What.GIVEN_BACK)  # somebody did it, and its bank line comes later


@dataclass(frozen=True, slots=True)
class Seen:
    """A line as it is judged."""

    day: date
    amount: Money
    name: str
    text: str

    @property
    def codes(self) -> tuple[str, ...]:
        return codes_in(f"{self.text} {self.name}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a line may be. `amount` None where it has none of its own; `label` is for people."""

    what: What
    id: UUID | None
    amount: Money | None
    label: str = ""
    name: str = ""
    code: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate with why; `sure` may be accepted without looking."""

    candidate: Candidate
    rank: int
    sure: bool
    reasons: tuple[MatchReason, ...]


def suggestions(seen: Seen, candidates: Iterable[Candidate]) -> list[Suggestion]:
    """The candidates that anything speaks for, the likeliest first."""
    judged = [_judged(seen, one) for one in candidates]
    found = [one for one in judged if one is not None]
    sure = [one for one in found if one.sure]
    if len(sure) > 1:  # a text with two codes that both fit: a person decides
        found = [Suggestion(one.candidate, one.rank, sure=False, reasons=one.reasons) for one in found]
    return sorted(found, key=lambda one: (-one.rank, str(one.candidate.id)))


def _judged(seen: Seen, one: Candidate) -> Suggestion | None:
    reasons = list(_reasons(seen, one))
    if not reasons or reasons == [MatchReason.NEAR]:
        return None
    sure = one.what == What.EXPECTED and {MatchReason.CODE, MatchReason.AMOUNT} <= set(reasons)
    return Suggestion(one, sum(_WEIGHT[reason] for reason in reasons), sure=sure, reasons=tuple(reasons))


def _reasons(seen: Seen, one: Candidate) -> Iterable[MatchReason]:
    text = f"{seen.text} {seen.name}".casefold()
    came_in = seen.amount.minor > 0
    if one.what == What.FEE:
        return [MatchReason.WORDS] if not came_in and _says(text, _FEE_WORDS) else []
    if one.what == What.DEPOSIT:
        enough = one.amount is not None and one.amount.currency == seen.amount.currency and seen.amount <= one.amount
        said = came_in and enough and _says(text, _CASH_WORDS)
        return [MatchReason.WORDS, MatchReason.BOX] if said else []
    return _common_reasons(seen, one, processor=came_in and _says(text, _PROCESSOR_WORDS))


def _says(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)


def _common_reasons(seen: Seen, one: Candidate, *, processor: bool) -> Iterable[MatchReason]:
    if one.code and one.code in seen.codes:
        yield MatchReason.CODE
    if one.amount == seen.amount:
        yield MatchReason.BY_HAND if one.what in _HAND else MatchReason.AMOUNT
    if one.name and same_name(one.name, seen.name or seen.text):
        yield MatchReason.NAME
    if one.what == What.PAYOUT and processor:
        yield MatchReason.PROCESSOR
    if one.day is not None and abs((one.day - seen.day).days) <= _DAYS_NEAR and one.what in (What.PAYOUT, *_HAND):
        yield MatchReason.NEAR


def same_name(one: str, other: str) -> bool:
    """Whether two writings name the same person: two name parts in common, or all of a single one; in any alphabet."""
    mine, theirs = _parts(one), _parts(other)
    if not mine or not theirs:
        return False
    return len(mine & theirs) >= min(_ENOUGH_NAMES, len(mine))


def _parts(name: str) -> frozenset[str]:
    plain = "".join(_LATIN.get(sign, sign) for sign in name.casefold())
    for before, after in _SAME:
        plain = plain.replace(before, after)
    words = "".join(sign if sign.isalpha() else " " for sign in plain).split()
    return frozenset(word for word in words if len(word) >= _SHORTEST_NAME)
