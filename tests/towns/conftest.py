"""The project's own data files as texts, for tests that change a cell and load them."""

from pathlib import Path

import pytest

from towns.rules.dataset import COLUMNS

DATA = Path(__file__).resolve().parents[2] / "platform" / "towns" / "data"


@pytest.fixture
def files() -> dict[str, str]:
    """Name -> text of every data file, a fresh copy for each test."""
    return {name: (DATA / name).read_text(encoding="utf-8") for name in COLUMNS}
