"""One word for how far a count is: whatever came last wins."""

from datetime import timedelta
from typing import Any

import pytest

from councils.indicators.rules.progress import UNDER_WAY, Moments, step_of
from councils.indicators.states import CountStep
from tests.conftest import NOW

HOUR = timedelta(hours=1)
DONE: dict[str, Any] = {
    "closed_at": NOW,
    "batch": 2,
    "batches": 2,
    "counted_at": NOW,
    "recounted_at": NOW,
    "published_at": NOW,
}


@pytest.mark.parametrize(
    ("known", "step"),
    [
        ({"closed_at": None}, CountStep.OPENING),
        ({"closed_at": NOW}, CountStep.WAITING),
        ({"closed_at": NOW, "batch": 1, "batches": 2}, CountStep.COUNTING),
        (DONE | {"recounted_at": None, "published_at": None}, CountStep.CHECKING),
        (DONE, CountStep.DONE),
        (DONE | {"asked_at": NOW + HOUR}, CountStep.ANEW),
        (DONE | {"asked_at": NOW - HOUR}, CountStep.DONE),
        (DONE | {"asked_at": NOW + HOUR, "failed_at": NOW + 2 * HOUR}, CountStep.FAILED),
        (DONE | {"asked_at": NOW + 2 * HOUR, "failed_at": NOW + HOUR}, CountStep.ANEW),
        (DONE | {"failed_at": NOW - HOUR}, CountStep.DONE),
        ({"closed_at": NOW, "failed_at": NOW}, CountStep.FAILED),
    ],
)
def test_whatever_came_last_is_what_is_said(known: dict[str, Any], step: CountStep) -> None:
    assert step_of(known=Moments(**known)) is step


def test_what_is_done_or_failed_does_not_go_on_by_itself() -> None:
    assert set(CountStep) - UNDER_WAY == {CountStep.DONE, CountStep.FAILED}
