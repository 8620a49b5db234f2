"""A wave of all 27 towns: 1.4 million invented answers to 30 questions of five options, two thirds of them answered.

The same numbers every time. Kept as one NumPy file, so that the peers read the very same answers.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from councils.indicators.rules.arrays import FloatArray, IntArray
from councils.indicators.rules.cube import Kind, Layout, Question
from councils.indicators.rules.margins import CellSpace, Margin, sex_age_margin

TOWNS, QUESTIONS, OPTIONS = 27, 30, 5
A_TOWN = 52_000
RESPONSES = TOWNS * A_TOWN
SPACE = CellSpace(("female", "male"), ("a1", "a2", "a3", "a4", "a5", "a6"))
LAYOUT = Layout(
    (
        *(Question(f"q{number + 1}", Kind.ONE, tuple("12345")) for number in range(QUESTIONS)),
        Question("sex", Kind.ONE, SPACE.sexes),
        Question("age", Kind.ONE, SPACE.ages),
    ),
    SPACE,
)


def codes_of_town(town: int) -> NDArray[np.int16]:
    """Codes (A_TOWN, 32): younger people answer otherwise, every town has its own taste."""
    rng = np.random.default_rng(1000 + town)
    sex = rng.integers(1, 3, A_TOWN)
    age = rng.choice(6, A_TOWN, p=[0.05, 0.3, 0.27, 0.2, 0.12, 0.06]) + 1
    lean = rng.uniform(0.7, 1.3, QUESTIONS) + 0.08 * age[:, None]
    grades = np.clip(np.floor(rng.uniform(0, 1, (A_TOWN, QUESTIONS)) ** lean * OPTIONS), 0, OPTIONS - 1) + 1
    answered = rng.uniform(0, 1, (A_TOWN, QUESTIONS)) < 2 / 3
    return np.column_stack([np.where(answered, grades, 0), sex, age]).astype(np.int16)


def cells(codes: NDArray[np.integer]) -> IntArray:
    """Raking cell of each response, from its last two codes."""
    return SPACE.cells_of(sex=codes[:, -2].astype(np.int64) - 1, age=codes[:, -1].astype(np.int64) - 1)


def margins(town: int) -> list[Margin]:
    """The town's invented census."""
    people: FloatArray = np.random.default_rng(town).uniform(3000, 12000, (2, 6)).round()
    return [sex_age_margin(space=SPACE, population=people)]


def written(folder: Path) -> Path:
    """All codes as one file of int8, (RESPONSES, 32), written once."""
    target = folder / f"answers-{RESPONSES}.npy"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        whole = np.lib.format.open_memmap(target, mode="w+", dtype=np.int8, shape=(RESPONSES, LAYOUT.slots))
        for town in range(TOWNS):
            whole[town * A_TOWN : (town + 1) * A_TOWN] = codes_of_town(town)
        whole.flush()
    return target
