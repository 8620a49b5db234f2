"""How far the count of a wave is, said in one word from moments alone. Nothing here looks at answers.

A failure, or a wish to count anew, holds only until a later count: whatever came last is what the officer reads.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from councils.indicators.states import CountStep

UNDER_WAY: Final = frozenset(
    {CountStep.OPENING, CountStep.WAITING, CountStep.COUNTING, CountStep.CHECKING, CountStep.ANEW}
)
"""Steps that go on by themselves: a page that shows one looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What is known of one ended wave. `batch` of `batches` are counted; None: it has not come to that."""

    closed_at: datetime | None
    batch: int = 0
    batches: int = 0
    counted_at: datetime | None = None
    recounted_at: datetime | None = None
    published_at: datetime | None = None
    asked_at: datetime | None = None
    failed_at: datetime | None = None


def step_of(*, known: Moments) -> CountStep:
    """The step that a wave is at. Failed: nothing was asked, compared or published since it failed."""
    done = _last(known.recounted_at, known.published_at) if known.published_at else None
    asked = known.asked_at is not None and (known.recounted_at is None or known.asked_at > known.recounted_at)
    failed = known.failed_at
    if failed is not None and all(one is None or failed >= one for one in (done, known.asked_at)):
        return CountStep.FAILED
    if known.closed_at is None:
        return CountStep.OPENING
    if known.published_at is not None:
        return CountStep.ANEW if asked else CountStep.DONE
    if known.counted_at is not None:
        return CountStep.CHECKING
    return CountStep.COUNTING if known.batch else CountStep.WAITING


def _last(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)
