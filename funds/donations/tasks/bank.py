"""What happens to announced transfers and bank lines with time alone. Safe to run twice."""

from celery import shared_task

from common.clock import now
from funds.donations.actions.bank_lines import hold_old_lines
from funds.donations.actions.transfers import expire_expected


@shared_task
def expire_expected_transfers() -> int:
    """Wait no longer for transfers that were announced long ago. How many it was."""
    return expire_expected(now=now())


@shared_task
def book_unexplained_lines() -> int:
    """Book bank lines that nobody explained for a month as not yet explained. How many it was."""
    return hold_old_lines(now=now())
