"""Counts as officers see them, rounds over many towns, and the queues: seen, asked for, refused, run twice, failed."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from celery import current_app
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from audit.models import Record
from common import clock
from common.errors import DomainError, Forbidden
from councils.indicators import actions, tasks
from councils.indicators.models import CountRun, Publication
from councils.indicators.queries import progress
from councils.indicators.states import CountFailure, CountStep
from councils.surveys.actions import close_wave
from councils.surveys.models import Campaign, Response, Wave
from councils.surveys.rules import codes
from councils.surveys.states import Channel
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.indicators.test_counting import LATER
from tests.indicators.test_entries import address, browser, holder
from tests.payments.stage import text_of, use_broker
from towns.models import Town
from users.states import Role

pytestmark = pytest.mark.xdist_group("surveyed")
HOUR = timedelta(hours=1)


# --- queues ---


@pytest.fixture
def in_memory() -> Iterator[None]:
    before = current_app.conf.broker_url, current_app.conf.task_always_eager
    use_broker("memory://", eager=False)
    with current_app.connection_for_write() as link:
        for queue in current_app.amqp.queues:
            link.SimpleQueue(queue).clear()
    yield
    use_broker(before[0], eager=before[1])


@pytest.fixture
def eager() -> Iterator[None]:
    before = current_app.conf.broker_url, current_app.conf.task_always_eager
    use_broker("memory://", eager=True)
    yield
    use_broker(before[0], eager=before[1])


def waiting(queue: str) -> list[tuple[str, list[str], bool]]:
    """The messages of a queue, taken out: (task, its positional arguments, whether it expires)."""
    found = []
    with current_app.connection_for_read() as link:
        box = link.SimpleQueue(queue)
        for _one in range(box.qsize()):
            message = box.get(timeout=1)
            told = message.headers
            found.append((told["task"].rpartition(".")[2], list(message.payload[0]), bool(told["expires"])))
            message.ack()
    return found


def test_counts_and_files_have_queues_of_their_own_and_a_worker_takes_from_all() -> None:
    app = current_app
    app.loader.import_default_modules()
    assert list(app.amqp.queues.consume_from) == ["celery", "counting", "files"]
    assert {(queue.exchange.name, queue.routing_key) for queue in app.amqp.queues.values()} == {
        (name, name) for name in app.amqp.queues
    }
    for name in app.conf.task_routes:
        assert name in app.tasks
    clock = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert clock.isdisjoint(app.conf.task_routes)  # the clock's sweeps never wait behind a count
    assert clock <= set(app.tasks)


@pytest.mark.usefixtures("in_memory")
def test_waves_of_many_towns_go_into_the_queue_of_counts_one_message_each(surveyed: Surveyed) -> None:
    wave = close_wave(actor=None, wave=surveyed.unsealed, now=NOW)
    other = uncounted(surveyed)
    assert tasks.sweep_closed_waves() == 2
    assert sorted(waiting("counting")) == sorted(("count_wave", [str(one.pk)], True) for one in (wave, other))
    tasks.count_wave(str(wave.pk))
    assert tasks.sweep_closed_waves() == 1
    assert waiting("counting") == [("count_wave", [str(other.pk)], True)]
    assert tasks.recount_waves() == 4
    assert sorted(name for name, _ids, _expires in waiting("counting")) == ["recount_wave"] * 4
    assert waiting("celery") == []


# --- rounds ---


def uncounted(surveyed: Surveyed, *, batch: int = 0) -> Wave:
    """A third town's closed wave of seven answers. With `batch` 1 the first batch of answers is missing."""
    town = Town.objects.exclude(pk__in=[surveyed.margin_town.pk, surveyed.plain_town.pk]).order_by("slug")[0]
    wave = waves.closed_wave(town=town, version=surveyed.version, people=[], sheets=[], now=NOW)
    answered(surveyed, wave, batch=batch)
    return wave


def answered(surveyed: Surveyed, wave: Wave, *, batch: int) -> None:
    """Seven answers, as unsealing leaves them in the database."""
    form = waves.form(surveyed.version)
    sheets = waves.answers_of_everybody()[:7]
    Response.objects.bulk_create(
        Response(wave=wave, batch=batch, channel=Channel.WEB.value, answers={}, codes=codes(form, sheet))
        for sheet in sheets
    )


@pytest.mark.usefixtures("eager")
def test_a_round_goes_over_all_towns_and_a_town_that_fails_stops_no_other(
    surveyed: Surveyed, caplog: pytest.LogCaptureFixture
) -> None:
    broken = uncounted(surveyed, batch=1)
    assert tasks.recount_waves() == 3
    about = progress.newest_round()
    assert about is not None
    assert about.ended_at is not None
    assert (about.total, about.left, about.failed, about.drifted) == (3, 0, 1, 0)
    for wave in (surveyed.raked, surveyed.raw):
        compared = CountRun.objects.get(wave=wave).recounted_at
        assert compared is not None
        assert compared >= about.began_at
    [line] = progress.counts_of_town(town=broken.town)
    assert (line.step, line.failure) == (CountStep.FAILED, CountFailure.BATCH_MISSING)
    assert "All anew: 3 waves, 0 had drifted, 1 failed." in caplog.text
    assert not Publication.objects.filter(wave=broken).exists()
    answered(surveyed, broken, batch=0)  # they came back
    tasks.count_wave(str(broken.pk))
    [line] = progress.counts_of_town(town=broken.town)
    assert (line.step, line.failure, line.batch, line.batches) == (CountStep.DONE, None, 2, 2)


@pytest.mark.usefixtures("eager")
def test_a_count_that_drifted_is_replaced_and_told(surveyed: Surveyed, caplog: pytest.LogCaptureFixture) -> None:
    right = bytes(CountRun.objects.get(wave=surveyed.raked).cube or b"")
    CountRun.objects.filter(wave=surveyed.raked).update(cube=CountRun.objects.get(wave=surveyed.raw).cube)
    assert tasks.recount_waves() == 2
    about = progress.newest_round()
    assert about is not None
    assert (about.total, about.failed, about.drifted) == (2, 0, 1)
    assert bytes(CountRun.objects.get(wave=surveyed.raked).cube or b"") == right
    assert f"The count of wave {surveyed.raked.pk} had drifted" in caplog.text


def test_a_round_that_is_asked_for_twice_is_one_and_its_steps_run_twice_without_harm(surveyed: Surveyed) -> None:
    first = actions.begin_round(actor=None, now=LATER)
    again = actions.begin_round(actor=None, now=LATER + HOUR / 2)
    assert first is not None
    assert first == again
    assert actions.end_round(round_id=first.id, now=LATER) is None  # nothing is compared yet
    for wave_id in progress.left_of_round(about=first) * 2:
        assert actions.count_anew(wave_id=wave_id, since=first.began_at, now=LATER - HOUR)  # a clock that is late
    ended = actions.end_round(round_id=first.id, now=LATER)
    assert ended is not None
    assert (ended.left, ended.failed, ended.drifted) == (0, 0, 0)
    assert actions.end_round(round_id=first.id, now=LATER) is None
    assert Record.objects.filter(object_type="count_round").count() == 2
    assert tasks.recount_round(str(first.id)) == 0


def test_a_failure_that_comes_again_is_noted_once_until_somebody_asks(surveyed: Surveyed) -> None:
    broken = uncounted(surveyed, batch=1)
    for _twice in range(2):
        with pytest.raises(DomainError):
            tasks.count_wave(str(broken.pk))
    notes = Record.objects.filter(object_id=str(broken.pk), action=progress.FAILED)
    assert notes.count() == 1
    secretary = holder(Role.SECRETARY, broken.town)
    later = notes[0].recorded_at + HOUR
    asked = actions.ask_recount(actor=secretary, wave=broken, now=later)
    [line] = progress.counts_of_town(town=broken.town)
    assert (asked, line.step) == (later, CountStep.WAITING)
    tasks.recount_wave(str(broken.pk), asked.isoformat())
    [line] = progress.counts_of_town(town=broken.town)
    assert (notes.count(), line.step) == (2, CountStep.FAILED)


# --- pages ---


def test_the_secretary_sees_each_count_and_has_one_counted_anew_once(surveyed: Surveyed) -> None:
    there = address("counting", surveyed.margin_town.slug)
    secretary = browser(holder(Role.SECRETARY, surveyed.margin_town))
    page = secretary.get(there)
    assert "Batch 1 of 1" in text_of(page.content)
    assert "Count anew" in text_of(page.content)
    assert "Refresh" not in page
    for _twice in range(2):
        with TestCase.captureOnCommitCallbacks() as calls:
            assert secretary.post(there, {"wave": str(surveyed.raked.pk)}).status_code == HTTPStatus.FOUND
        assert len(calls) == 1
    asked = Record.objects.get(object_id=str(surveyed.raked.pk), action=progress.ASKED)
    page = secretary.get(there)
    assert "waiting to be counted anew" in text_of(page.content)
    assert page["Refresh"] == "5"
    before = Publication.objects.values_list("pk", "sha256")
    tasks.recount_wave(str(surveyed.raked.pk), asked.recorded_at.isoformat())
    assert secretary.get(there).content.decode().count("<progress") == 1
    assert "Refresh" not in secretary.get(there)
    assert list(before) == list(Publication.objects.values_list("pk", "sha256"))


def test_an_open_survey_has_no_count_and_an_ended_one_waits(surveyed: Surveyed) -> None:
    town = surveyed.plain_town
    there, akimat = address("counting", town.slug), browser(holder(Role.AKIMAT, town))
    page = akimat.get(there)
    assert str(surveyed.unsealed.pk) not in page.content.decode()
    assert page.content.decode().count("<progress") == 1
    assert "Count anew" not in text_of(page.content)
    # Why its figures are not weighted is told where those look who can mend it.
    assert "No population figures are entered for this town." in text_of(page.content)
    with pytest.raises(DomainError) as refusal:
        actions.ask_recount(actor=holder(Role.SECRETARY, town), wave=surveyed.unsealed, now=clock.now())
    assert refusal.value.code == "sealed"
    close_wave(actor=None, wave=surveyed.unsealed, now=clock.now())
    page = akimat.get(there)
    assert "waiting" in text_of(page.content)
    assert page["Refresh"] == "5"


def test_who_may_look_and_who_may_ask(surveyed: Surveyed) -> None:
    town, other = surveyed.margin_town, surveyed.plain_town
    there = address("counting", town.slug)
    akimat, stranger = holder(Role.AKIMAT, town), browser(holder(Role.SECRETARY, other))
    wanted = {"wave": str(surveyed.raked.pk)}
    assert Client().get(there).status_code == HTTPStatus.FOUND
    assert browser(akimat).post(there, wanted).status_code == HTTPStatus.FORBIDDEN
    assert stranger.get(there).status_code == HTTPStatus.FORBIDDEN
    assert stranger.post(there, wanted).status_code == HTTPStatus.FORBIDDEN
    for told in (wanted, {"wave": "nonsense"}, {}):
        assert stranger.post(address("counting", other.slug), told).status_code == HTTPStatus.NOT_FOUND
    assert stranger.get(address("counting_all")).status_code == HTTPStatus.FORBIDDEN
    with pytest.raises(Forbidden):
        actions.begin_round(actor=akimat, now=LATER)
    assert not Record.objects.filter(action__in=[progress.ASKED, progress.ROUND_BEGUN]).exists()


def test_the_administrator_sees_all_towns_and_counts_those_opened_together_anew(surveyed: Surveyed) -> None:
    campaign = Campaign.objects.create(version=surveyed.version, opened_at=NOW)
    together = [surveyed.raked.pk, surveyed.raw.pk]
    Wave.objects.filter(pk__in=together).update(campaign=campaign)
    alone = uncounted(surveyed)
    there, administrator = address("counting_all"), browser(holder(Role.ADMINISTRATOR, None))
    words = text_of(administrator.get(there).content)
    assert "Towns that are done: 2 of 2." in words
    for wave in (surveyed.raked, surveyed.raw, alone):
        assert wave.town.name_in("en") in words
    for _twice in range(2):
        with TestCase.captureOnCommitCallbacks() as calls:
            assert administrator.post(there, {"campaign": str(campaign.pk)}).status_code == HTTPStatus.FOUND
        assert len(calls) == 1
    about = progress.newest_round()
    assert about is not None
    assert (about.campaign_id, about.total, sorted(progress.left_of_round(about=about))) == (
        campaign.pk,
        2,
        sorted(together),
    )
    page = administrator.get(there)
    assert "Surveys counted anew 0 of 2" in text_of(page.content)
    assert page["Refresh"] == "5"
    assert administrator.post(there, {"campaign": str(alone.pk)}).status_code == HTTPStatus.NOT_FOUND
    with TestCase.captureOnCommitCallbacks():
        assert administrator.post(there).status_code == HTTPStatus.FOUND
    whole = progress.newest_round()
    assert whole is not None
    assert (whole.campaign_id, whole.total) == (None, 3)


def test_more_surveys_cost_no_more_queries(surveyed: Surveyed) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            lines = progress.counts_of_all()
            assert [line.wave.town.slug for line in lines]
            assert [line.wave.version.questionnaire.slug for line in lines]
        return len(found)

    with_two = asked()
    uncounted(surveyed)
    assert (with_two, asked()) == (2, 2)
