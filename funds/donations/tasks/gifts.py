"""What the clock does for gifts: ask about those whose webhook never came, forget those that nobody paid."""

import logging

from celery import shared_task

from common.clock import now
from common.errors import DomainError
from funds.donations.actions import catch_up, claim_waiting_gifts, forget_unpaid
from funds.donations.tasks.thanking import mail_receipts
from funds.payments.rules import UnexpectedFactError, UnknownCurrencyError

logger = logging.getLogger(__name__)


@shared_task
def sweep_waiting_gifts() -> int:
    """Ask Stripe about gifts whose webhook never came, and mail the receipts that were not. How many it asked about."""
    asked = 0
    for gift in claim_waiting_gifts(now=now()):
        asked += 1
        try:
            catch_up(gift=gift, now=now())
        except (UnexpectedFactError, UnknownCurrencyError) as error:
            logger.warning("Gift %s: %s", gift.pk, error)
        except DomainError as error:
            # Stripe is away: asking about the others would only make everybody wait.
            logger.warning("Gift %s: %s", gift.pk, error.code)
            break
    mail_receipts()
    return asked


@shared_task
def forget_unpaid_gifts() -> int:
    """Erase what people wrote on gifts that they never paid, 30 days on. How many gifts it was."""
    return forget_unpaid(now=now())
