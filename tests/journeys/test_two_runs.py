"""`make test` in two processes: which run an argument goes to, and that a run which fails fails everything."""

import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

RUNS = Path(__file__).parents[2] / ".ci" / "tests.py"
JOURNEYS = "tests/journeys"


@pytest.mark.parametrize(
    ("arguments", "journeys", "others", "options"),
    [
        ([], [JOURNEYS], ["tests"], []),
        (["tests"], [JOURNEYS], ["tests"], []),
        (["-k", "gift or need", "-x"], [JOURNEYS], ["tests"], ["-k", "gift or need", "-x"]),
        (["tests/needs", "-x"], [], ["tests/needs"], ["-x"]),
        (["./tests/journeys/"], [JOURNEYS], [], []),
        (["tests/journeys/test_a.py::test_b", "tests/access"], [f"{JOURNEYS}/test_a.py::test_b"], ["tests/access"], []),
        ([str(RUNS.parents[1] / "tests" / "needs")], [], ["tests/needs"], []),
    ],
)  # fmt: skip
def test_paths_choose_the_run(arguments: list[str], journeys: list[str], others: list[str], options: list[str]) -> None:
    assert run_path(str(RUNS))["split"](arguments) == (journeys, others, options)


@pytest.mark.soak
def test_a_run_that_fails_fails_everything() -> None:
    ran = subprocess.run(
        [sys.executable, str(RUNS), "quick", "tests/journeys/nowhere.py", "-q"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == pytest.ExitCode.NO_TESTS_COLLECTED  # as pytest says it with several at work
    assert "no tests ran" in ran.stdout
