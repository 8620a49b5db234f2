"""Vintages: a correction says what changed and why, hides what was hidden, leaves the old one; waves are compared."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from common.errors import DomainError, Forbidden
from councils.indicators.actions import correct, count_wave
from councils.indicators.actions.publishing import figured
from councils.indicators.actions.trends import NEEDS
from councils.indicators.models import CountRun, Estimate, Publication
from councils.indicators.queries import results_of
from councils.indicators.states import ConfStatus, ObsStatus, Trend, Weighting
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.payments.stage import text_of
from transparency.models import Entry
from users.actions import appoint
from users.models import User
from users.states import Role

LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.xdist_group("surveyed")


@pytest.fixture
def administrator(surveyed: Surveyed) -> User:
    user = User.objects.create_user("administrator@example.org")
    appoint(actor=None, user=user, role=Role.ADMINISTRATOR, town=None, starts_date=NOW.date(), ends_date=None, now=NOW)
    return user


def test_a_correction_is_a_vintage_of_its_own(surveyed: Surveyed, administrator: User) -> None:
    wave = surveyed.raw
    first = Publication.objects.get(wave=wave)
    waves.enter_margins(town=wave.town, now=LATER)
    entries = Entry.objects.count()
    second = correct(actor=administrator, wave=wave, reason=" Census tables \n were entered. ", now=LATER)
    assert (second.number, second.replaces, second.reason) == (2, first, "Census tables were entered.")
    assert (first.weighting, second.weighting) == (Weighting.UNWEIGHTED, Weighting.POST_STRATIFIED)
    assert second.sha256 != first.sha256
    assert {change["weighted"] for change in second.changes} == {False, True}  # raw ones lose their flag of doubt
    assert Entry.objects.count() == entries + 1
    assert results_of(wave=wave).publication == second
    assert results_of(wave=wave, number=1).publication == first
    hidden = set(
        Estimate.objects.filter(publication=first)
        .exclude(conf_status=ConfStatus.FREE)
        .values_list("indicator", "option")
    )
    shown = Estimate.objects.filter(publication=second, conf_status=ConfStatus.FREE)
    assert hidden.isdisjoint(shown.values_list("indicator", "option"))
    for change in (Estimate.objects.all().delete, lambda: Publication.objects.update(reason="x")):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


@pytest.mark.parametrize(("reason", "code"), [("  ", "no_reason"), ("Nothing really", "nothing_changes")])
def test_a_correction_that_says_or_changes_nothing_is_refused(
    reason: str, code: str, surveyed: Surveyed, administrator: User
) -> None:
    with pytest.raises(DomainError) as refusal:
        correct(actor=administrator, wave=surveyed.raked, reason=reason, now=LATER)
    assert refusal.value.code == code
    assert Publication.objects.filter(wave=surveyed.raked).count() == 1


def test_only_an_administrator_corrects(surveyed: Surveyed) -> None:
    with pytest.raises(Forbidden):
        correct(actor=surveyed.people[0], wave=surveyed.raked, reason="Mine", now=LATER)


def test_the_same_answers_again_are_no_clear_change_but_where_a_question_was_reworded(
    client: Client, surveyed: Surveyed
) -> None:
    sheets = waves.answers_of_everybody()
    again = waves.closed_wave(
        town=surveyed.margin_town,
        version=waves.reworded(NOW, question="water_satisfaction"),
        people=surveyed.people[: len(sheets)],
        sheets=sheets,
        now=NOW,
    )
    assert set(Estimate.objects.filter(publication__wave=surveyed.raked).values_list("trend", flat=True)) == {""}
    publication = count_wave(wave_id=again.pk, now=LATER)
    trends = dict(
        Estimate.objects.filter(publication=publication, option="", weighted=True).values_list("indicator", "trend")
    )
    assert trends.pop("water_satisfied") == Trend.NOT_COMPARABLE
    assert set(trends.values()) == {Trend.NO_CLEAR_CHANGE}
    # One that another vintage hid does not tell whether it rose, either.
    run, kept = CountRun.objects.get(wave=again), (min(trends), "")
    _, corrected = figured(wave=again, run=run, margins=again.margins, number=2, now=LATER, hidden={kept})
    told = {row.indicator: row.trend for row in corrected if row.weighted and not row.option}
    assert (told[kept[0]], told[max(trends)]) == (Trend.NOT_COMPARABLE, Trend.NO_CLEAR_CHANGE)
    rows = Estimate.objects.filter(publication=publication)
    answers = rows.exclude(option="").exclude(indicator__in=NEEDS)
    assert set(answers.values_list("trend", flat=True)) == {""}
    shown = rows.filter(indicator__in=NEEDS, value__isnull=False)
    assert {row.trend for row in shown} == {Trend.NO_CLEAR_CHANGE}
    # The series of the figure, raw and weighted, and of its question's answers breaks; no other does.
    broken = rows.filter(obs_status=ObsStatus.BREAK)
    assert {(row.indicator, row.option) for row in broken} == {
        ("water_satisfied", option) for option in ("", *waves.GRADES[:3])
    }
    assert broken.count() == 8
    page = text_of(client.get(f"/en/indicators/town/{surveyed.margin_town.slug}/").content)
    # Once in the drawing, once in the table.
    assert page.count("not comparable: the question or its answers were worded differently") == 2
    told = client.get(f"/kk/indicators/{again.pk}/v1/summary.json").json()
    assert {row["INDICATOR"] for row in told if row["OBS_STATUS"] == "B"} == {"water_satisfied"}


def test_what_a_vintage_hid_stays_hidden_raw_and_weighted_and_in_its_trend(
    surveyed: Surveyed, administrator: User
) -> None:
    wave = surveyed.raw
    first = Publication.objects.get(wave=wave)
    shown = Estimate.objects.filter(publication=first, indicator="water_satisfied", conf_status=ConfStatus.FREE)
    assert set(shown.values_list("option", "weighted")) >= {("", False)}
    Estimate.objects.create(
        publication=first, indicator="water_satisfied", weighted=True, conf_status=ConfStatus.SECONDARY
    )
    waves.enter_margins(town=wave.town, now=LATER)
    # Asked for a moment before the edition that was quicker: it is later all the same.
    second = correct(actor=administrator, wave=wave, reason="Tables", now=NOW - timedelta(hours=1))
    assert second.published_at > first.published_at
    rows = Estimate.objects.filter(publication=second, indicator="water_satisfied", option="")
    assert set(rows.values_list("weighted", "conf_status", "value", "n_eff", "trend")) == {
        (weighted, ConfStatus.SECONDARY, None, None, "") for weighted in (False, True)
    }
