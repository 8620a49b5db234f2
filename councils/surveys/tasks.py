"""The clock's work: ending waves whose last day has passed, opening what has ended, counting who was heard.

Every task is a sweep over rows and safe to run twice. None logs or returns anything about an answer.
"""

import logging
from contextlib import suppress
from functools import partial
from uuid import UUID

from celery import current_app, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from common.clock import day_of, now
from common.errors import DomainError
from councils.surveys import actions, queries
from councils.surveys.actions.printing import make_ordered_sheets
from councils.surveys.models import Wave
from councils.surveys.queries import running
from users.models import User

logger = logging.getLogger(__name__)


def ask_for_opening(wave_id: UUID) -> None:
    """Ask for the opening of a wave that has just ended. A broker that is down fails nothing: the sweep finds it."""
    try:
        open_ended_wave.delay(str(wave_id))
    except OperationalError:
        logger.warning("The broker is down; the sweep will open wave %s.", wave_id)


def ask_for_count(wave_id: UUID) -> None:
    """Ask the indicators' room, which stands above this one, to count a closed wave.

    A broker that is down fails nothing: the sweep over closed waves finds the wave later.
    """
    try:
        current_app.send_task("councils.indicators.tasks.count_wave", [str(wave_id)])
    except OperationalError:
        logger.warning("The broker is down; the sweep will count wave %s.", wave_id)


def ask_for_sheets(wave_id: UUID, *, actor_id: UUID, number: int, language: str, token: str) -> None:
    """Ask for a file of paper sheets. The codes are made by the worker: none stands in the queue."""
    with suppress(OperationalError):  # the page that waits says so after an hour; nothing was made
        print_sheets.delay(str(wave_id), str(actor_id), number, language, token)


@shared_task
def open_ended_wave(wave_id: str) -> None:
    """Open one ended wave, destroy its key, ask for its count."""
    wave = Wave(pk=UUID(wave_id))
    with transaction.atomic():
        if actions.unseal_wave(wave_id=wave.pk, now=now()):
            transaction.on_commit(partial(ask_for_count, wave.pk))
    actions.destroy_keys(waves=[one for one in queries.waves_with_keys() if one.pk == wave.pk])


@shared_task
def sweep_ended_waves() -> None:
    """Whatever was ended and not opened, and every key that outlived its wave."""
    for wave_id in queries.ended_waves():
        try:
            open_ended_wave(str(wave_id))
        except DomainError as error:
            logger.warning("Wave %s cannot be opened: %s", wave_id, error.code)
    actions.destroy_keys(waves=queries.waves_with_keys())


@shared_task
def end_due_waves() -> None:
    moment = now()
    for wave_id in queries.due_waves(on=day_of(moment)):
        with transaction.atomic():
            try:
                actions.end_wave(actor=None, wave=Wave(pk=wave_id), now=moment)
            except DomainError:  # somebody closed it a moment ago
                continue
            transaction.on_commit(partial(ask_for_opening, wave_id))


@shared_task
def count_coverage() -> None:
    today = day_of(now())
    for wave_id in queries.running_waves():
        try:
            actions.count_coverage(wave_id=wave_id, on=today)
        except DomainError as error:
            logger.warning("Who was heard in wave %s cannot be counted: %s", wave_id, error.code)


@shared_task
def send_reminders() -> None:
    """Every letter that is owed, fifty at a time, until all are sent."""
    for reminder_id in running.unfinished_reminders():
        while actions.send_some_reminders(reminder_id=reminder_id, now=now()):
            pass


@shared_task
def delete_old_drafts() -> None:
    actions.delete_old_drafts(on=day_of(now()))


@shared_task
def print_sheets(wave_id: str, actor_id: str, number: int, language: str, token: str) -> None:
    """Make a file of paper sheets and put it, locked, where the page that waits finds it."""
    try:
        make_ordered_sheets(
            actor=User.objects.get(pk=actor_id),
            wave=queries.wave_by_id(UUID(wave_id)),
            number=number,
            language=language,
            token=token,
            now=now(),
        )
    except DomainError as error:
        logger.warning("Sheets of wave %s cannot be printed: %s", wave_id, error.code)
