"""Surveys: what a response costs. Bar (issue 5): judging one response to a form of thirty questions <= 50 us of CPU."""

from pathlib import Path

from tests.bench.run import Figure
from tests.bench.surveys_judging import measure_judging


def measure(root: Path) -> list[Figure]:
    """All figures of this part."""
    return measure_judging(root)
