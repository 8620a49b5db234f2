"""Data and layouts that several tests of the indicators share.

`surveyed` is a database where two towns were asked: see its docstring. The tests of the rules use none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from councils.indicators.actions import count_wave
from councils.indicators.rules.catalogue import Catalogue, parse
from councils.indicators.rules.cube import Kind, Layout, Question
from councils.indicators.rules.margins import CellSpace
from councils.surveys.models import QuestionnaireVersion, Wave
from tests.conftest import NOW, copied_database, pointed_at
from tests.indicators import waves
from tests.indicators.samples import columns
from towns.models import Town
from users.models import User

HERE = Path(__file__).parent
CATALOGUE = HERE.parents[1] / "councils" / "indicators" / "data" / "catalogue.toml"
STYPES = ("E", "H", "M")


@pytest.fixture(scope="session")
def apiclus1() -> dict[str, np.ndarray]:
    """183 schools of 15 districts (clusters), `stratum` by type, `met` 0/1 for sch.wide No/Yes."""
    found = columns("apiclus1")
    found["stratum"] = np.array([STYPES.index(value) for value in found["stype"]], dtype=np.int64)
    found["met"] = (found["sch_wide"] == "Yes").astype(np.int64)
    return found


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return parse(text=CATALOGUE.read_text(encoding="utf-8"))


@pytest.fixture
def layout() -> Layout:
    """One single and one multiple choice over four cells."""
    return Layout(
        questions=(
            Question("water", Kind.ONE, ("good", "fair", "bad", "hard_to_say")),
            Question("needs", Kind.MANY, ("roads", "jobs")),
            Question("sex", Kind.ONE, ("female", "male")),
            Question("age", Kind.ONE, ("young", "old", "not_said")),
        ),
        space=CellSpace(("female", "male"), ("young", "old")),
    )


@dataclass(frozen=True)
class Surveyed:
    """What `surveyed` holds, as ids: a test reads the rows itself."""

    version: QuestionnaireVersion
    raked: Wave
    raw: Wave
    unsealed: Wave
    people: list[User]
    margin_town: Town
    plain_town: Town


def _ask_two_towns() -> Surveyed:
    version = waves.questionnaire(NOW)
    margin_town, plain_town = (Town.objects.get(slug=slug) for slug in ("temirtau", "rudny"))
    sheets = waves.answers_of_everybody()
    people = waves.residents(town=margin_town, number=waves.PEOPLE, now=NOW)
    waves.enter_margins(town=margin_town, now=NOW)
    raked = waves.closed_wave(town=margin_town, version=version, people=people, sheets=sheets, now=NOW)
    neighbours = waves.residents(town=plain_town, number=60, now=NOW)
    raw = waves.closed_wave(town=plain_town, version=version, people=neighbours, sheets=sheets[:60], now=NOW)
    for wave in (raked, raw):
        count_wave(wave_id=wave.pk, now=NOW)
    unsealed = waves.open_wave(town=plain_town, version=version, now=NOW)
    waves.answer(wave=unsealed, people=neighbours[:6], sheets=sheets[:6], now=NOW)
    return Surveyed(version, raked, raw, unsealed, people, margin_town, plain_town)


@pytest.fixture(scope="session")
def surveyed_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, Surveyed]]:
    """Two towns that were asked, once a run, in a database of their own."""
    name = f"{connections['default'].settings_dict['NAME']}_surveyed"
    with django_db_blocker.unblock(), copied_database(name):
        with pointed_at(name):
            built = _ask_two_towns()
        yield name, built


@pytest.fixture
def surveyed(surveyed_database: tuple[str, Surveyed], django_db_blocker: DjangoDbBlocker) -> Iterator[Surveyed]:
    """Temirtau: a raked wave of 232 answers. Rudny: a wave of 60 answers without margins, and an open one with six.

    Leave the mark `django_db` off. What a test writes is taken back.
    """
    name, built = surveyed_database
    with django_db_blocker.unblock(), pointed_at(name), transaction.atomic():
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def committed_surveyed(
    surveyed_database: tuple[str, Surveyed],
    django_db_blocker: DjangoDbBlocker,
    settings: Settings,
    tmp_path: Path,
) -> Iterator[Surveyed]:
    """The same in a copy where commits are real and many threads may connect; the keys of its waves are copies, too."""
    settings.SURVEY_KEYS_DIR = str(copytree(settings.SURVEY_KEYS_DIR, tmp_path / "keys"))
    name, built = surveyed_database
    copy = f"{name}_copy"
    with django_db_blocker.unblock(), pointed_at(name), copied_database(copy), pointed_at(copy):
        yield built
