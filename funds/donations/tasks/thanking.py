"""The mails that thank, and those that say where to send a transfer: at once, or by one sweep. None goes out twice."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException
from typing import Final
from uuid import UUID

from celery import shared_task

from common.clock import now
from funds.donations.actions import send_receipt
from funds.donations.actions.announcing import send_announcement
from funds.donations.models import Gift
from funds.donations.queries import unsent_announcements, unsent_receipts
from funds.payments.tasks import enqueue, soon

MAIL_TRIED_FOR: Final = timedelta(days=3)
_FEW: Final = 10

logger = logging.getLogger(__name__)


def thank(gift: Gift) -> None:
    """Have the receipt mailed soon if there may be one to mail; without a broker the sweep does it."""
    if gift.donor_email and gift.receipt_sent_at is None:
        soon(mail_receipt, gift.pk)


def tell_where(gift: Gift) -> None:
    """Have the letter of an announced transfer mailed soon if there is an address; without a broker the sweep does."""
    if gift.donor_email and gift.announced_sent_at is None:
        soon(mail_announcement, gift.pk)


def thank_many(*, gift_ids: Sequence[UUID]) -> None:
    """The same for many gifts: more than a few are one message."""
    waiting = Gift.objects.filter(pk__in=gift_ids, receipt_sent_at__isnull=True).exclude(donor_email="")
    gifts = list(waiting.only("pk", "donor_email", "receipt_sent_at")[: _FEW + 1])
    if len(gifts) > _FEW:
        enqueue(mail_receipts)
        return
    for gift in gifts:
        thank(gift)


@shared_task
def mail_receipt(gift_id: str) -> bool:
    """Mail one receipt unless it was mailed, the gift is not received, or nobody left an address."""
    return send_receipt(gift_id=UUID(gift_id), now=now())


@shared_task
def mail_announcement(gift_id: str) -> bool:
    """Mail where to send one announced transfer unless that was mailed, or it has come."""
    return send_announcement(gift_id=UUID(gift_id), now=now())


@shared_task
def mail_receipts() -> int:
    """Mail every such letter that was not: lost messages, a mail server that was away. How many went out."""
    sent = 0
    for gift_id in unsent_announcements(since=now() - MAIL_TRIED_FOR):
        try:
            sent += send_announcement(gift_id=gift_id, now=now())
        except (SMTPException, OSError) as error:
            logger.warning("The letter of gift %s could not be mailed: %s", gift_id, type(error).__name__)
    for gift_id in unsent_receipts(since=now() - MAIL_TRIED_FOR):
        try:
            sent += send_receipt(gift_id=gift_id, now=now())
        except (SMTPException, OSError) as error:
            logger.warning("The receipt of gift %s could not be mailed: %s", gift_id, type(error).__name__)
    return sent
