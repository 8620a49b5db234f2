"""Messages to the workers. A message is only a hint: what has to be done stands in rows, and sweeps look at them."""

import logging
from uuid import UUID

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def soon(task: Task[..., object], row_id: UUID) -> None:
    """Have a worker look at a row once it is committed. Without a broker nothing is lost: a sweep looks at the rows.

    Django's own `on_commit(partial(...), robust=True)` breaks while it reports a failure (5.2); so this reports itself.
    """
    transaction.on_commit(lambda: enqueue(task, str(row_id)))


def enqueue(task: Task[..., object], *arguments: str) -> None:
    """Send a message now. Without a broker a line of the log says so, and the next sweep does the work."""
    try:
        task.delay(*arguments)
    except OperationalError as error:
        logger.warning("The broker does not take %s: %s", task.name, type(error).__name__)
