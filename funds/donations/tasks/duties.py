"""What the law asks of gifts, behind the scenes: sweeps over rows, safe to run twice and at the same time."""

import logging
from smtplib import SMTPException

from celery import shared_task

from common.clock import now
from funds.donations.actions import defence, duties, screening

logger = logging.getLogger(__name__)


@shared_task
def note_foreign_gifts() -> int:
    """Put received gifts from abroad into the register; how many."""
    return duties.note_foreign_gifts(now=now())


@shared_task
def remind_of_notices() -> int:
    """Write to treasurers whose deadlines come near; how many letters. Without a mail server the next run tries."""
    try:
        return duties.remind_of_notices(now=now())
    except (SMTPException, OSError) as error:
        logger.warning("Reminders of the register could not be mailed: %s", type(error).__name__)
        return 0


@shared_task
def screen_new_gifts() -> int:
    """Screen received gifts that were not yet; how many."""
    return screening.screen_new_gifts(now=now())


@shared_task
def forget_checkout_tries() -> int:
    """Delete the marks of payment pages opened more than a day ago; how many."""
    return defence.forget_tries(now=now())
