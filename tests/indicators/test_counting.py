"""Counting closed waves against counts the test makes itself: sealed, once, and never a value where one is hidden."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Q

from audit.models import Record
from common.errors import DomainError
from councils.indicators.actions import count_some, count_wave, recount
from councils.indicators.models import CountRun, Estimate, Publication
from councils.indicators.queries import cube_of, layout_for
from councils.indicators.rules.cube import to_rows
from councils.indicators.rules.needs_plan import INCOME, SEVERITY
from councils.indicators.rules.packed import to_bytes
from councils.indicators.states import ConfStatus, ObsStatus, Weighting, WeightingRefusal, Withheld
from councils.surveys.actions import close_wave
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.payments.stage import at_once
from towns.states import MarginDimension

LATER = NOW + timedelta(hours=1)

# Indicator: its question, what counts, what the base is made of. Written out, so that the catalogue is checked too.
SHARES = {
    "life_satisfied": ("life_satisfaction", {"satisfied"}, set(waves.GRADES[:3])),
    "stay": ("stay_intention", {"certainly_stay", "probably_stay"}, {*waves.STAYING[:4]}),
    "advise_young": ("advice_to_young", {"yes", "rather_yes"}, set(waves.FOUR[:4])),
    "income_sufficient": (
        "income_enough",
        {"everything", "appliances"},
        {"everything", "appliances", "clothes", "food", "not_food"},
    ),
}

pytestmark = pytest.mark.xdist_group("surveyed")


def shares(sheets: list[waves.Answers], *, weighted: bool) -> dict[str, float]:
    """The shares of `SHARES` from the answers themselves; weighted by how many people live in each cell."""
    lives = {(sex, age): n for sex, row in waves.LIVES.items() for age, n in zip(waves.AGES, row, strict=True)}
    answered = Counter((sheet["sex"], sheet["age_group"]) for sheet in sheets)
    found = {}
    for code, (question, chosen, base) in SHARES.items():
        over = under = 0.0
        for sheet in sheets:
            cell = (str(sheet["sex"]), str(sheet["age_group"]))
            weight = lives[cell] / answered[cell] if weighted else 1.0
            over += weight * (sheet[question] in chosen)
            under += weight * (sheet[question] in base)
        found[code] = round(over / under, 3)
    return found


def published(wave: Wave, *, weighted: bool) -> dict[str, float | None]:
    rows = Estimate.objects.filter(publication__wave=wave, option="", indicator__in=SHARES, weighted=weighted)
    return dict(rows.values_list("indicator", "value"))


def state_of(wave: Wave) -> tuple[object, ...]:
    """Everything that a count of the wave has stored."""
    return (
        list(CountRun.objects.filter(wave=wave).values()),
        list(Publication.objects.filter(wave=wave).values()),
        list(Estimate.objects.filter(publication__wave=wave).order_by("pk").values()),
    )


def cells_of(wave: Wave) -> dict[tuple[str, str, str], int]:
    """The stored cube, as (question, option, cell): answers."""
    run = CountRun.objects.get(wave=wave)
    layout, _raking = layout_for(version_id=wave.version_id, with_education=run.with_education)
    counted = cube_of(run, layout=layout)
    assert counted is not None
    return {(question, option, cell): n for question, option, cell, n in to_rows(layout=layout, cube=counted.cube)}


def closed(surveyed: Surveyed, number: int) -> Wave:
    """Another wave of the town with margins, which so many have answered."""
    return waves.closed_wave(
        town=surveyed.margin_town,
        version=surveyed.version,
        people=surveyed.people[:number],
        sheets=waves.answers_of_everybody()[:number],
        now=NOW,
    )


def test_an_open_wave_is_not_counted(surveyed: Surveyed) -> None:
    with pytest.raises(DomainError) as refusal:
        count_wave(wave_id=surveyed.unsealed.pk, now=NOW)
    assert refusal.value.code == "sealed"
    assert state_of(surveyed.unsealed) == ([], [], [])


def test_the_cube_holds_every_answer(surveyed: Surveyed) -> None:
    wanted: Counter[tuple[str, str, str]] = Counter()
    closed_questions = {question.name for question in waves.form(surveyed.version).questions if question.choice_list}
    for sheet in waves.answers_of_everybody():
        cell = f"{sheet['sex']}_{sheet['age_group']}"
        wanted["", "", cell] += 1
        for question in closed_questions & sheet.keys():
            wanted[question, "", cell] += 1
            given = sheet[question]
            for option in [given] if isinstance(given, str) else given:
                wanted[question, option, cell] += 1
        for need in sheet["urgent_needs"]:
            wanted[INCOME, f"{need}|{sheet['income_enough']}", cell] += 1
        first = sheet.get("first_need", sheet["urgent_needs"][0])
        wanted[SEVERITY, f"{first}|{sheet['need_severity']}", cell] += 1
    assert cells_of(surveyed.raked) == wanted
    assert recount(wave_id=surveyed.raked.pk, now=LATER)


def test_a_recount_sees_one_lost_answer(surveyed: Surveyed) -> None:
    whole = cells_of(surveyed.raked)
    run = CountRun.objects.get(wave=surveyed.raked)
    layout, _raking = layout_for(version_id=surveyed.raked.version_id, with_education=run.with_education)
    counted = cube_of(run, layout=layout)
    assert counted is not None
    counted.cube.counts[layout.row_of["sex", "female"], 0] -= 1
    CountRun.objects.filter(wave=surveyed.raked).update(cube=to_bytes(counted=counted))
    assert not recount(wave_id=surveyed.raked.pk, now=LATER)
    assert CountRun.objects.get(wave=surveyed.raked).drifted
    assert cells_of(surveyed.raked) == whole
    assert recount(wave_id=surveyed.raked.pk, now=LATER)


def test_a_count_goes_on_at_its_watermark(surveyed: Surveyed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("councils.surveys.actions.unsealing.BATCH", 2)
    wave = closed(surveyed, 7)
    steps = [count_some(wave_id=wave.pk, now=LATER, most=1) for _step in range(5)]
    assert [(one.batch, one.batches, one.responses) for one in steps] == [
        (1, 4, 1),  # parts of nearly one size, none above two
        (2, 4, 3),
        (3, 4, 5),
        (4, 4, 7),
        (4, 4, 7),
    ]
    assert [one.counted_at for one in steps] == [None, None, None, LATER, LATER]
    assert recount(wave_id=wave.pk, now=LATER)


def test_a_recount_agrees_whatever_tables_came_later(surveyed: Surveyed) -> None:
    people = sum(map(sum, waves.LIVES.values()))
    waves.enter_margins(
        town=surveyed.margin_town,
        dimension=MarginDimension.EDUCATION,
        counts={"basic": people - 300, "secondary": 100, "vocational": 100, "higher": 100},
        now=LATER,
    )
    assert recount(wave_id=surveyed.raked.pk, now=LATER)


def test_counting_twice_changes_nothing(surveyed: Surveyed) -> None:
    before, audited = state_of(surveyed.raked), Record.objects.count()
    run = count_wave(wave_id=surveyed.raked.pk, now=LATER)
    assert run == Publication.objects.get(wave=surveyed.raked)
    assert run.published_at == NOW
    assert state_of(surveyed.raked) == before
    assert Record.objects.count() == audited
    assert Record.objects.filter(action="indicators.publish", object_id=str(run.pk)).count() == 1


def test_two_counts_at_once_are_one(committed_surveyed: Surveyed) -> None:
    wave = close_wave(actor=None, wave=committed_surveyed.unsealed, now=NOW)
    runs = at_once(lambda: count_wave(wave_id=wave.pk, now=LATER).pk, 3)
    assert set(runs) == {Publication.objects.get(wave=wave).pk}
    assert len(runs) == 3
    assert Record.objects.filter(action="indicators.publish", object_id=str(runs[0])).count() == 1
    assert recount(wave_id=wave.pk, now=LATER)


def test_with_margins_every_figure_stands_raw_and_weighted(surveyed: Surveyed) -> None:
    run = Publication.objects.get(wave=surveyed.raked)
    assert (run.weighting, run.weighting_note, [(table["source"], table["year"]) for table in run.margins]) == (
        Weighting.RAKED,
        "",
        [(f"{waves.SOURCE}", 2025)],
    )
    assert run.responses == waves.PEOPLE
    sheets = waves.answers_of_everybody()
    assert published(surveyed.raked, weighted=False) == shares(sheets, weighted=False)
    assert published(surveyed.raked, weighted=True) == shares(sheets, weighted=True)
    assert shares(sheets, weighted=True) != shares(sheets, weighted=False)
    free = Estimate.objects.filter(publication__wave=surveyed.raked, conf_status=ConfStatus.FREE)
    assert free.filter(weighted=True).count() == free.filter(weighted=False).count() > 20


def test_without_margins_only_raw_figures_and_the_reason(surveyed: Surveyed) -> None:
    run = Publication.objects.get(wave=surveyed.raw)
    assert (run.weighting, run.weighting_note, [(table["source"], table["year"]) for table in run.margins]) == (
        Weighting.UNWEIGHTED,
        WeightingRefusal.NO_MARGINS,
        [],
    )
    assert published(surveyed.raw, weighted=False) == shares(waves.answers_of_everybody()[:60], weighted=False)
    assert not Estimate.objects.filter(publication__wave=surveyed.raw, weighted=True).exists()
    free = Estimate.objects.filter(publication__wave=surveyed.raw, conf_status=ConfStatus.FREE)
    assert set(free.values_list("obs_status", flat=True)) == {ObsStatus.PROVISIONAL}


@pytest.mark.parametrize(
    ("number", "weighting", "note"),
    [
        (20, Weighting.UNWEIGHTED, WeightingRefusal.TOO_FEW),
        (49, Weighting.UNWEIGHTED, WeightingRefusal.TOO_FEW),
        (50, Weighting.POST_STRATIFIED, ""),
    ],
)
def test_a_small_wave_is_weighted_less_or_not_at_all(
    number: int, weighting: Weighting, note: str, surveyed: Surveyed
) -> None:
    wave = closed(surveyed, number)
    run = count_wave(wave_id=wave.pk, now=NOW)
    assert (run.weighting, run.weighting_note, run.responses) == (weighting, note, number)
    shown = Estimate.objects.filter(publication__wave=wave, value__isnull=False)
    # Fewer than 30 answers hide every figure, however they are weighted.
    assert shown.exists() == (number >= 49)
    assert shown.filter(weighted=True).exists() == (weighting is not Weighting.UNWEIGHTED)
    assert not shown.filter(n__lt=30).exists()


def test_a_figure_of_few_people_is_not_reliable(surveyed: Surveyed) -> None:
    asked = sum("heating_satisfaction" in sheet for sheet in waves.answers_of_everybody()[:60])
    assert 5 < asked < 30
    row = Estimate.objects.get(publication__wave=surveyed.raw, indicator="heating_satisfied", option="", weighted=False)
    assert (row.value, row.note, row.conf_status, row.obs_status) == (
        None,
        Withheld.SMALL_EFFECTIVE_SAMPLE,
        ConfStatus.NOT_PUBLISHED,
        ObsStatus.SUPPRESSED,
    )


def test_hidden_figures_have_no_number_anywhere(surveyed: Surveyed) -> None:
    hidden = Estimate.objects.filter(publication__wave__in=[surveyed.raked, surveyed.raw]).exclude(
        conf_status=ConfStatus.FREE
    )
    rare = hidden.get(publication__wave=surveyed.raked, option="other", indicator="central_heating")
    assert (rare.note, rare.conf_status) == (Withheld.SMALL_CELL, ConfStatus.PRIMARY)
    # One hidden answer alone could be subtracted: another one is hidden with it.
    assert hidden.filter(
        publication__wave=surveyed.raked, indicator="central_heating", note=Withheld.PROTECTS_OTHERS
    ).exists()
    assert hidden.filter(note=Withheld.SMALL_EFFECTIVE_SAMPLE).exists()
    empty = Q(value=None, se=None, ci_low=None, ci_high=None, n_eff=None, deff=None, weighted=False)
    assert not hidden.exclude(empty).exists()
    assert not hidden.exclude(obs_status=ObsStatus.SUPPRESSED).exists()
    assert not hidden.filter(note="").exists()


def test_published_numbers_are_rounded(surveyed: Surveyed) -> None:
    for row in Estimate.objects.filter(publication__wave__in=[surveyed.raked, surveyed.raw]):
        assert row.n is not None
        assert row.n % 5 == 0
        if row.conf_status == ConfStatus.FREE:
            assert None not in (row.value, row.se, row.ci_low, row.ci_high, row.n_eff, row.deff)
            shown = [row.value or 0, row.ci_low or 0, row.ci_high or 0]
            assert shown == [round(part, 3) for part in shown]
            assert (row.n_eff or 0) % 5 == 0


def test_a_wave_that_nobody_answered_is_counted(surveyed: Surveyed) -> None:
    wave = closed(surveyed, 0)
    run = count_wave(wave_id=wave.pk, now=NOW)
    assert (run.responses, run.n_eff, run.deff) == (0, None, None)
    assert set(Estimate.objects.filter(publication__wave=wave).values_list("note", "value")) == {
        (Withheld.NO_ANSWERS, None)
    }
    assert recount(wave_id=wave.pk, now=LATER)


def test_a_damaged_population_table_leaves_raw_figures(surveyed: Surveyed) -> None:
    waves.enter_margins(
        town=surveyed.margin_town, counts={"female_age_0_120": 9000}, year=2026, source="Other", now=NOW
    )
    wave = closed(surveyed, 60)
    run = count_wave(wave_id=wave.pk, now=NOW)
    assert (run.weighting, run.weighting_note, [(table["source"], table["year"]) for table in run.margins]) == (
        Weighting.UNWEIGHTED,
        WeightingRefusal.BAD_MARGIN,
        [("Other", 2026)],
    )
    assert published(wave, weighted=False) == shares(waves.answers_of_everybody()[:60], weighted=False)
    assert recount(wave_id=wave.pk, now=LATER)
