"""The clock's work: settling fresh answers, closing waves whose last day has passed, deleting abandoned drafts.

Every task is a sweep over rows and safe to run twice. None logs or returns anything about an answer.
"""

import logging
from functools import partial
from uuid import UUID

from celery import current_app, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from common.clock import day_of, now
from common.errors import DomainError
from councils.surveys import actions, queries
from councils.surveys.models import Wave

logger = logging.getLogger(__name__)


def ask_for_count(wave_id: UUID) -> None:
    """Ask the indicators' room, which stands above this one, to count a closed wave.

    A broker that is down fails nothing: the sweep over closed waves finds the wave later.
    """
    try:
        current_app.send_task("councils.indicators.tasks.count_wave", [str(wave_id)])
    except OperationalError:
        logger.warning("The broker is down; the sweep will count wave %s.", wave_id)


@shared_task
def settle_answers() -> None:
    for wave_id in queries.waves_to_settle():
        actions.settle_answers(wave_id=wave_id)


@shared_task
def close_due_waves() -> None:
    moment = now()
    for wave_id in queries.due_waves(on=day_of(moment)):
        with transaction.atomic():
            try:
                actions.close_wave(actor=None, wave=Wave(pk=wave_id), now=moment)
            except DomainError:  # somebody closed it a moment ago
                continue
            transaction.on_commit(partial(ask_for_count, wave_id))


@shared_task
def delete_old_drafts() -> None:
    actions.delete_old_drafts(on=day_of(now()))
