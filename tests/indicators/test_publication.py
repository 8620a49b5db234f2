"""From a cube to what may be shown: values by hand, flags, reasons for silence, and one protection per question."""

from pathlib import Path

import numpy as np
import pytest

from councils.indicators.rules.catalogue import Catalogue, Indicator, parse
from councils.indicators.rules.cube import Cube, Kind, Layout, Question, build
from councils.indicators.rules.margins import CellSpace, sex_age_margin
from councils.indicators.rules.publication import Figure, figures
from councils.indicators.rules.weights import Weights, unweighted, weigh
from councils.indicators.states import ConfStatus, Interval, ObsStatus, Weighting, WeightingRefusal, Withheld

SPACE = CellSpace(("f", "m"), ("x", "y"))
LAYOUT = Layout(
    questions=(
        Question("trust", Kind.ONE, ("a", "b", "c", "d", "e")),
        Question("needs", Kind.MANY, ("roads", "jobs")),
    ),
    space=SPACE,
)
PEOPLE = np.array([[3000.0, 3000.0], [3000.0, 3000.0]])
HEAD, ENTRY = (Path(__file__).parent / "data" / "smallest_catalogue.toml").read_text().split("[[indicator]]\n")
ENTRY = f"[[indicator]]\n{ENTRY}"
PLAIN = unweighted(cells=4, refusal=WeightingRefusal.NO_MARGINS)


def entry(code: str, formula: str, scale: str, left_out: str, extra: str = "") -> str:
    text = ENTRY.replace('code = "one"', f'code = "{code}"').replace("top2(trust)", formula)
    return text.replace('["a", "b", "c", "d"]', scale).replace('left_out = ["e"]', f"left_out = {left_out}\n{extra}")


TOP2 = parse(text=HEAD + ENTRY).indicators
SEVERAL = parse(
    text=HEAD
    + entry("all_of_it", "share(trust, a)", '["a", "b", "c", "d"]', '["e"]')
    + entry("some_of_it", "share(trust, a)", '["a", "b"]', '["c", "d", "e"]')
    + entry("steps", "mean(trust)", '["a", "b", "c", "d"]', '["e"]')
).indicators
YOUNG = parse(text=HEAD + entry("young", "top2(trust)", '["a", "b", "c", "d"]', '["e"]', 'ages = ["x"]')).indicators
ROADS = parse(text=HEAD + entry("roads", "share(needs, roads)", '["roads", "jobs"]', "[]", 'kind = "many"')).indicators


def cube(table: list[list[int]], roads: int = 0, jobs: int = 0) -> Cube:
    """`table` (options a..e of trust, columns fx, fy, mx, my and unknown) answers; needs are named by women x."""
    rows, cells = [], []
    for option, counts in enumerate(table):
        for column, n in enumerate(counts):
            rows += [[option + 1, 0, 0]] * n
            cells += [column if column < 4 else -1] * n
    rows += [[0, 1, 0]] * roads + [[0, 0, 1]] * jobs
    cells += [0] * (roads + jobs)
    return build(
        layout=LAYOUT, codes=np.array(rows, dtype=np.int16).reshape(-1, 3), cells=np.array(cells, dtype=np.int64)
    )


def published(
    found: Cube, indicators: tuple[Indicator, ...], weights: Weights = PLAIN
) -> dict[tuple[str, str], Figure]:
    return {
        (f.indicator, f.option): f for f in figures(layout=LAYOUT, cube=found, weights=weights, indicators=indicators)
    }


EVEN = [[20, 20, 20, 20, 5], [10, 10, 10, 10, 0], [10, 10, 10, 10, 0], [10, 10, 10, 10, 5], [3, 0, 0, 0, 0]]


def test_raw_and_weighted_stand_side_by_side() -> None:
    found = cube([[40, 10, 10, 20, 0], [10, 5, 5, 5, 0], [10, 5, 5, 5, 0], [20, 10, 20, 20, 0], [2, 0, 0, 0, 0]])
    weights = weigh(
        counts=found.respondents[:-1], margins=[sex_age_margin(space=SPACE, population=PEOPLE)], coarse=None
    )
    figure = published(found, TOP2, weights)["one", ""]
    assert weights.method is Weighting.RAKED
    assert figure.raw is not None
    assert figure.weighted is not None
    assert figure.raw.value == pytest.approx(105 / 200)
    per_cell = 3000 / np.array([82, 30, 40, 50])
    top, base = np.array([50, 15, 15, 25]), np.array([80, 30, 40, 50])
    assert figure.weighted.value == pytest.approx((per_cell * top).sum() / (per_cell * base).sum())
    assert (figure.raw.interval, figure.base, figure.withheld) == (Interval.WILSON, 200, None)
    assert (figure.obs_status, figure.conf_status) == (ObsStatus.NORMAL, ConfStatus.FREE)
    assert figure.raw.low < figure.raw.value < figure.raw.high


def test_the_answers_follow_their_indicator_and_share_its_base() -> None:
    found = published(cube(EVEN), TOP2)
    assert list(found) == [("one", ""), ("one", "a"), ("one", "b"), ("one", "c"), ("one", "d")]
    values = [found["one", option].raw for option in "abcd"]
    assert [value and value.value for value in values] == pytest.approx([85 / 210, 40 / 210, 40 / 210, 45 / 210])


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (WeightingRefusal.TOO_FEW, ObsStatus.UNRELIABLE),
        (WeightingRefusal.EMPTY_CATEGORY, ObsStatus.UNRELIABLE),
        (WeightingRefusal.NO_MARGINS, ObsStatus.PROVISIONAL),
        (WeightingRefusal.INCONSISTENT_MARGINS, ObsStatus.PROVISIONAL),
    ],
)
def test_without_weights_the_raw_figure_is_flagged(refusal: WeightingRefusal, status: ObsStatus) -> None:
    figure = published(cube(EVEN), TOP2, unweighted(cells=4, refusal=refusal))["one", ""]
    assert figure.weighted is None
    assert figure.raw is not None
    assert figure.obs_status is status


def test_a_wide_interval_is_flagged() -> None:
    """36 answers, half of them positive: Wilson spans .345 to .655."""
    table = [[18, 0, 0, 0, 0], [0] * 5, [0] * 5, [18, 0, 0, 0, 0], [0] * 5]
    weights = Weights(np.ones(4), 1.0, Weighting.RAKED, None, (), float("inf"), 0, 0.0)
    wide = published(cube(table), TOP2, weights)["one", ""]
    narrow = published(cube(EVEN), TOP2, weights)["one", ""]
    assert (wide.obs_status, narrow.obs_status) == (ObsStatus.UNRELIABLE, ObsStatus.NORMAL)


@pytest.mark.parametrize(
    ("table", "withheld", "confidentiality", "base"),
    [
        ([[0] * 5] * 4 + [[9, 0, 0, 0, 0]], Withheld.NO_ANSWERS, ConfStatus.NOT_PUBLISHED, 0),
        ([[4, 0, 0, 0, 0]] + [[0] * 5] * 4, Withheld.FEW_ANSWERS, ConfStatus.PRIMARY, 5),
        ([[3, 0, 0, 0, 0], [0] * 5, [60, 0, 0, 0, 0], [0] * 5, [0] * 5], Withheld.SMALL_CELL, ConfStatus.PRIMARY, 65),
        (
            [[15, 0, 0, 0, 0], [0] * 5, [14, 0, 0, 0, 0], [0] * 5, [0] * 5],
            Withheld.SMALL_EFFECTIVE_SAMPLE,
            ConfStatus.NOT_PUBLISHED,
            30,
        ),
    ],
)
def test_reasons_for_silence(
    table: list[list[int]], withheld: Withheld, confidentiality: ConfStatus, base: int
) -> None:
    figure = published(cube(table), TOP2)["one", ""]
    assert (figure.raw, figure.weighted) == (None, None)
    assert (figure.withheld, figure.conf_status, figure.base) == (withheld, confidentiality, base)
    assert figure.obs_status is ObsStatus.SUPPRESSED


def test_weights_can_make_a_sample_too_small() -> None:
    """40 answers with an effective size under 30: neither figure is shown, not even the raw one."""
    table = [[19, 1, 0, 0, 0], [0] * 5, [19, 1, 0, 0, 0], [0] * 5, [0] * 5]
    uneven = Weights(np.array([1.0, 10.0, 1.0, 1.0]), 1.0, Weighting.RAKED, None, (), float("inf"), 0, 0.0)
    assert published(cube(table), TOP2, uneven)["one", ""].withheld is Withheld.SMALL_EFFECTIVE_SAMPLE
    assert published(cube(table), TOP2)["one", ""].withheld is None


def test_indicators_of_one_question_protect_each_other() -> None:
    """Shares of a in a..d and in a..b, and the mean: four published sums leave nothing of the hidden d and c open."""
    table = [[60, 0, 0, 0, 0], [40, 0, 0, 0, 0], [30, 0, 0, 0, 0], [3, 0, 0, 0, 0], [0] * 5]
    found = published(cube(table), SEVERAL)
    hidden = {key: figure.withheld for key, figure in found.items() if figure.withheld}
    assert hidden["all_of_it", "d"] is Withheld.SMALL_CELL
    # Something besides d is hidden, else d = 133 - 60 - 40 - 30.
    assert set(hidden.values()) == {Withheld.SMALL_CELL, Withheld.PROTECTS_OTHERS}
    assert [key for key in found if key[1]] == [("all_of_it", option) for option in "abcd"]


def test_a_cross_break_counts_its_ages_and_guards_the_rest() -> None:
    found = published(cube(EVEN), YOUNG)["young", ""]
    assert found.raw is not None
    assert (found.raw.n, found.base) == (100, 100)
    assert found.raw.value == pytest.approx(60 / 100)
    # 9 of the others: the town's figure minus that of the young would tell them.
    few_others = [[20, 2, 20, 2, 0], [10, 0, 10, 0, 0], [10, 0, 10, 0, 0], [10, 5, 10, 0, 0], [0] * 5]
    assert published(cube(few_others), YOUNG)["young", ""].withheld is Withheld.SMALL_CELL


def test_a_multiple_choice_counts_people_not_answers() -> None:
    found = published(cube(EVEN, roads=40, jobs=20), ROADS)
    assert list(found) == [("roads", ""), ("roads", "roads"), ("roads", "jobs")]
    roads, jobs = found["roads", ""].raw, found["roads", "jobs"].raw
    assert roads is not None
    assert jobs is not None
    assert [roads.value, jobs.value] == pytest.approx([40 / 60, 20 / 60])
    assert published(cube(EVEN, roads=40, jobs=2), ROADS)["roads", ""].withheld is Withheld.SMALL_CELL


def test_the_shipped_catalogue_runs_on_any_answers(catalogue: Catalogue) -> None:
    """400 people answering at random: every indicator has a figure or a reason, and no figure lacks its interval."""
    names = {indicator.question: indicator for indicator in catalogue.indicators}
    questions = tuple(
        Question(name, indicator.kind, (*indicator.scale, *indicator.left_out)) for name, indicator in names.items()
    )
    layout = Layout(questions=questions, space=catalogue.raking.space)
    rng = np.random.default_rng(11)
    parts = [
        rng.integers(1, len(q.options) + 1, (400, 1)) if q.kind is Kind.ONE else rng.integers(0, 2, (400, q.slots))
        for q in questions
    ]
    made = build(layout=layout, codes=np.hstack(parts), cells=rng.integers(-1, layout.space.size, 400))
    weights = weigh(
        counts=made.respondents[:-1],
        margins=[sex_age_margin(space=layout.space, population=np.full((2, 5), 900.0))],
        coarse=None,
    )
    found = figures(layout=layout, cube=made, weights=weights, indicators=catalogue.indicators)
    assert [figure.indicator for figure in found if not figure.option] == [i.code for i in catalogue.indicators]
    for figure in found:
        assert (figure.withheld is None) == (figure.raw is not None) == (figure.weighted is not None)
        for estimate in (figure.raw, figure.weighted):
            if estimate is not None:
                assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert sum(figure.withheld is None for figure in found) > 80
