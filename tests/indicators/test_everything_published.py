"""A reader who takes everything: every file, the API, both pages, of a first edition and of its correction.

Answers are invented at random with many rare ones. Whatever stands anywhere counts as known to its last digit, and a
linear program then tries to work out each count that stands nowhere.
"""

import io
import random
from collections.abc import Mapping
from itertools import groupby

import numpy as np
import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from councils.indicators.actions import correct, count_wave
from councils.indicators.models import CountRun, Estimate
from councils.indicators.queries import catalogue, cube_of, layout_for
from councils.indicators.rules.catalogue import Indicator
from councils.indicators.rules.cube import ANSWERED, Crossing, Cube, Kind, Layout
from councils.indicators.rules.disclosure import Release, audit
from councils.indicators.rules.needs_plan import INCOME, NAMED, SEVERE, SEVERITY, STRAINED
from councils.indicators.rules.needs_protection import NeedCounts, NeedProtection
from councils.indicators.rules.suppression import K_TOWN, Crossed, Derived, question_table, telling
from councils.indicators.states import Withheld
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_needs_protection import betrayed
from tests.indicators.test_results_page import table_rows
from tests.indicators.test_summaries import csv_rows, got, path_of
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

pytestmark = pytest.mark.xdist_group("surveyed")
Key = tuple[str, str]  # indicator, option
Known = set[Key]
NEEDS = ("water", "roads", "jobs", "health", "heating", "waste", "internet")
OFTEN = (9, 8, 7, 4, 3, 1, 1)
NEED_CODES = (NAMED, SEVERE, STRAINED)  # in the order of NeedProtection: severity before income


def urgent(dice: random.Random) -> waves.Answers:
    """What one person calls urgent: one to three needs, some of them rare, the first of them before the others."""
    named = dice.sample(NEEDS, k=dice.randint(1, 3), counts=OFTEN)
    several = list(dict.fromkeys(named))
    return {"urgent_needs": several, "first_need": several[0] if len(several) > 1 else ""}


def answered_wave(surveyed: Surveyed, town: Town, seed: int) -> Wave:
    """A closed wave of 60 to 400 answers, most of them alike."""
    dice = random.Random(seed)
    wave = waves.closed_wave(town=town, version=surveyed.version, people=[], sheets=[], now=NOW)
    pool = [
        waves.invented(dice.randrange(10**6), sex=dice.choice(["female", "male"]), age=dice.choice(waves.AGES))
        | urgent(dice)
        for _person in range(60)
    ]
    common = [1 / (place + 1) ** dice.choice([0.6, 1.0, 1.4]) for place in range(len(pool))]
    sheets = dice.choices(pool, common, k=dice.randint(60, 400))
    waves.fill(wave=wave, version=surveyed.version, sheets=sheets)
    return wave


def known_from(client: Client, wave: Wave, number: int) -> Known:
    """Every figure that stands anywhere in that edition. All places must show the same ones."""
    rows = csv_rows(got(client, path_of(wave, "summary.csv", number)))
    table = {(row["INDICATOR"], row["OPTION"]) for row in rows if row["OBS_VALUE"]}
    told = client.get(path_of(wave, "summary.json", number)).json()
    assert {(row["INDICATOR"], row["OPTION"] or "") for row in told if row["OBS_VALUE"] is not None} == table
    book = openpyxl.load_workbook(io.BytesIO(got(client, path_of(wave, "summary.xlsx", number, "en"))))
    header, *lines = book["Indicators"].iter_rows(values_only=True)
    sheet = [dict(zip(header, line, strict=True)) for line in lines]
    assert {(row["INDICATOR"], row["OPTION"] or "") for row in sheet if row["OBS_VALUE"] is not None} == table
    numbers = ("OBS_VALUE", "SE", "CI_LOW", "CI_HIGH", "N_EFF", "DEFF")
    assert {tuple(row[name] for name in numbers) for row in sheet if row["OBS_VALUE"] is None} <= {(None,) * 6}
    named = {one.name["kk"]: one.code for one in catalogue().indicators}
    wide = {named[str(line[0])] for line in list(book["Wide"].iter_rows(values_only=True))[1:] if line[2] is not None}
    assert wide == {code for code, option in table if not option and code in named.values()}
    api: Known = set()
    after: int | None = 0
    while after is not None:
        page = client.get(f"/api/v1/indicators/?wave_id={wave.pk}&vintage={number}&limit=500&after={after}").json()
        api |= {(row["indicator"], row["option"]) for row in page["results"] if row["value"] is not None}
        after = page["next_after"]
    assert api == table
    for address in (f"/en/indicators/{wave.pk}/", f"/en/indicators/{wave.pk}/v{number}/"):
        heads = {
            " ".join(f"{one.name['en']} {one.definition['en']}".split()): one.code for one in catalogue().indicators
        }
        cells = {
            code: row
            for head, row in table_rows(got(client, address).decode())
            for words, code in heads.items()
            if head.startswith(words)
        }
        assert cells.keys() == set(heads.values())
        assert {code for code, row in cells.items() if row[1] != "–"} == wide
    return table


def attacked(layout: Layout, cube: Cube, question: str, own: list[Indicator], known: Known) -> list[str]:
    """What the program works out of one question whose answers exclude each other."""
    options = list(dict.fromkeys(option for indicator in own for option in indicator.scale))
    table = np.stack([cube.counts[layout.row_of[question, option]] for option in options])
    home = {code for code, option in known if option in options and code in {one.code for one in own}}
    assert len(home) <= 1  # answers stand under one indicator of their question

    def figure(indicator: Indicator) -> Derived:
        score = dict(zip(indicator.scale, indicator.scoring.scores.tolist(), strict=True))
        return Derived(np.array([score.get(one, 0.0) for one in options]), np.array([one in score for one in options]))

    ages = layout.space.age_of_cell()
    plain, broken = ([one for one in own if bool(one.ages) is side] for side in (False, True))
    inside = [np.append(np.isin(ages, [layout.space.ages.index(name) for name in one.ages]), False) for one in broken]
    kinds, part = np.unique(np.array([np.ones(table.shape[1], dtype=bool), *inside]), axis=1, return_inverse=True)
    parts = np.stack([table[:, part.ravel() == n].sum(axis=1) for n in range(int(part.max()) + 1)], axis=1)
    whole = question_table(
        counts=table.sum(axis=1),
        derived=[figure(one) for one in plain],
        k=K_TOWN,
        parts=parts,
        crossed=[Crossed(figure(one), kinds[n]) for n, one in enumerate(broken, start=1)],
    )
    answers = [not any((code, option) in known for code in home) for option in options]
    figures, crosses = ([(one.code, "") not in known for one in side] for side in (plain, broken))
    if all([*answers, *figures, *crosses]):
        return []  # nothing stands anywhere, not even how many answered exactly
    bases = [figure(one).base for one in plain]
    unknown = [
        all(gone for other, gone in zip(bases, figures, strict=True) if np.array_equal(other, base)) for base in bases
    ]
    hidden = np.array([*answers, False, *unknown, *figures, *crosses, *crosses, *([True] * parts.size)])
    found = audit(release=Release.exact(table=whole, hidden=hidden))
    return [f"{question}: {one.name}" for one in found if not one.name.startswith(("base", "crossed base"))]


def of_needs(layout: Layout, cube: Cube, known: Known) -> tuple[list[str], int]:
    """What the reader of `test_needs_protection` works out of the shares of needs, and how many stand nowhere."""
    plan = catalogue().needs
    assert plan is not None
    needs = plan.needs_in(layout=layout)

    def people(question: str, *options: str) -> int:
        return sum(int(cube.counts[layout.row_of[question, one]].sum()) for one in options)

    def sides(asked: Mapping[str, bool]) -> list[list[str]]:
        return [[answer for answer, counts in asked.items() if counts is side] for side in (True, False)]

    def beside(crossing: str, asked: Mapping[str, bool]) -> list[list[int]]:
        return [
            [people(crossing, *(Crossing.row(need, one) for one in side)) for side in sides(asked)] for need in needs
        ]

    counts = NeedCounts(
        named=np.array([people(plan.question, need) for need in needs]),
        base=people(plan.question, ANSWERED),
        most=plan.most,
        income=np.array(beside(INCOME, plan.strain)),
        people=np.array([people(plan.income_question, *side) for side in sides(plan.strain)]),
        severity=np.array(beside(SEVERITY, plan.severity)),
    )
    reasons = [[None if (code, need) in known else Withheld.SMALL_CELL for need in needs] for code in NEED_CODES]
    hidden = sum(reason is not None for row in reasons for reason in row)
    return betrayed(counts, NeedProtection(*map(tuple, reasons))), hidden


def worked_out(client: Client, surveyed: Surveyed, seed: int) -> tuple[list[str], int]:
    """What a reader of two editions learns, and how many figures stood nowhere."""
    town = Town.objects.get(slug="ridder")
    wave = answered_wave(surveyed, town, seed)
    count_wave(wave_id=wave.pk, now=NOW)
    known = known_from(client, wave, 1)
    user = User.objects.create_user("administrator@example.org")
    appoint(actor=None, user=user, role=Role.ADMINISTRATOR, town=None, starts_date=NOW.date(), ends_date=None, now=NOW)
    waves.enter_margins(town=town, now=NOW, source=f"Census of {seed}", year=2020 + seed % 5)
    correct(actor=user, wave=wave, reason="Census tables were entered.", now=NOW)
    later = known_from(client, wave, 2)
    assert later <= known  # a correction never shows what was hidden
    run = CountRun.objects.get(wave=wave)
    layout, _raking = layout_for(version_id=wave.version_id, with_education=run.with_education)
    counted = cube_of(run, layout=layout)
    assert counted is not None
    found, hidden = [], 0
    ordered = sorted(catalogue().indicators, key=lambda one: one.question)
    for question, group in groupby(ordered, key=lambda one: one.question):
        own = list(group)
        if own[0].kind is Kind.ONE:
            found += attacked(layout, counted.cube, question, own, known)
        else:
            base = int(counted.cube.counts[layout.row_of[question, ANSWERED]].sum())
            for one in own:
                n = int(counted.cube.counts[layout.row_of[question, one.chosen[0]]].sum())
                if (one.code, "") in known and telling(n=n, total=base, k=K_TOWN):
                    found.append(f"{question}: {one.code}")
        hidden += sum((one.code, "") not in known for one in own)
    nobody = Estimate.objects.filter(publication__wave=wave, indicator__in=NEED_CODES, note=Withheld.NO_ANSWERS)
    learned, unseen = of_needs(layout, counted.cube, known | set(nobody.values_list("indicator", "option")))
    return found + learned, hidden + unseen


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_hidden_is_learned_from_all_there_is_to_read(client: Client, surveyed: Surveyed, seed: int) -> None:
    assert worked_out(client, surveyed, seed)[0] == []


@pytest.mark.soak
def test_nothing_hidden_is_learned_from_thirty_random_waves(client: Client, surveyed: Surveyed) -> None:
    learned = []
    for seed in range(100, 130):
        with transaction.atomic():
            learned.append(worked_out(client, surveyed, seed))
            transaction.set_rollback(True)
    assert [found for found, _hidden in learned if found] == []
    assert sum(hidden for _found, hidden in learned) > 20
