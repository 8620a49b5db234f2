"""Surveys: what a response costs. Bar (issue 5): judging one response to a form of thirty questions <= 50 us of CPU."""

from pathlib import Path

from tests.bench.run import Figure
from tests.bench.surveys_judging import measure_judging, shipped_form
from tests.bench.surveys_load import measure_load


def measure(root: Path) -> list[Figure]:
    """All figures of this part."""
    form = shipped_form(root)
    return measure_judging(form) + measure_load(root, form)
