"""Counting as the worker does it: by task, by sweep, after a dead broker."""

import pytest

from councils.indicators import tasks
from councils.indicators.actions import count_wave
from councils.indicators.models import CountRun, Estimate
from councils.indicators.queries import unpublished_waves
from councils.indicators.states import WeightingRefusal
from councils.surveys.actions import close_wave, import_questionnaire
from councils.surveys.tasks import ask_for_count
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_counting import LATER
from tests.payments.stage import broker_gone
from tests.surveys.conftest import small_form

pytestmark = pytest.mark.xdist_group("surveyed")


def test_a_questionnaire_without_indicators_is_counted_once(surveyed: Surveyed) -> None:
    gardens = import_questionnaire(actor=None, slug="gardens", content=small_form(), filename="gardens.md", now=NOW)
    wave = waves.closed_wave(
        town=surveyed.margin_town,
        version=gardens,
        people=surveyed.people[:3],
        sheets=[{"garden": "no"}] * 3,
        now=NOW,
    )
    assert unpublished_waves() == [wave.pk]
    run = count_wave(wave_id=wave.pk, now=NOW)
    assert (run.responses, run.weighting_note) == (3, WeightingRefusal.NO_CATALOGUE)
    assert not Estimate.objects.filter(publication__wave=wave).exists()
    assert unpublished_waves() == []
    assert count_wave(wave_id=wave.pk, now=LATER) == run


def test_the_task_counts(surveyed: Surveyed) -> None:
    wave = close_wave(actor=None, wave=surveyed.unsealed, now=NOW)
    assert tasks.count_wave(str(wave.pk)) == 6
    assert CountRun.objects.get(wave=wave).responses == 6


def test_what_a_dead_broker_lost_is_swept_up(surveyed: Surveyed) -> None:
    wave = close_wave(actor=None, wave=surveyed.unsealed, now=NOW)
    with broker_gone():
        ask_for_count(wave.pk)
        assert unpublished_waves() == [wave.pk]
        assert tasks.sweep_closed_waves() == 0
    assert not CountRun.objects.filter(wave=wave).exists()
