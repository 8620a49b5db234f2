"""Surveys: what a response costs. Bar (issue 5): judging one response to a form of thirty questions <= 50 us of CPU."""

import sys
from pathlib import Path

from bench_run import Figure

sys.path.insert(0, str(Path(__file__).parent))

from surveys_judging import measure_judging  # noqa: E402 - a part's files lie beside it, in no package


def measure(root: Path) -> list[Figure]:
    """All figures of this part."""
    return measure_judging(root)
