"""The mail that thanks a donor and brings the address of the receipt: to the donor alone, and once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from common.formats import date_long, money
from funds.donations.actions.card import receipt_address
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.mailing import send_letter
from funds.donations.models import Gift
from funds.donations.states import GiftState


@transaction.atomic
def send_receipt(*, gift_id: UUID, now: datetime) -> bool:
    """Mail the receipt of a received gift whose donor left an address; True when it was sent just now.

    The row is locked while the mail server is spoken to, so two workers send one mail. Raises what the mail server
    raises: then nothing is noted, and the next sweep tries again. What is sent twice because a worker died in between
    is one letter: both carry the same Message-ID.
    """
    gift = locked(gift_id)
    if gift.state != GiftState.SUCCEEDED or not gift.donor_email or gift.receipt_sent_at is not None:
        return False
    gift.receipt_sent_at = now
    gift.save(update_fields=["receipt_sent_at"])
    note(gift, "donations.receipt", now)
    with override(gift.language):
        subject, body = _letter(gift)
    send_letter(to=gift.donor_email, subject=subject, body=body, row_id=gift.pk, letter="receipt")
    return True


def _letter(gift: Gift) -> tuple[str, str]:
    day = date_long(gift.succeeded_at, gift.language) if gift.succeeded_at else ""
    address = receipt_address(gift)
    facts = {
        "town": gift.fund.town.name_in(gift.language),
        "amount": money(gift.amount_minor, gift.currency),
        "date": day,
        "address": address,
        "paper": f"{address}receipt.pdf",
    }
    subject = _("Your gift has arrived. Town: %(town)s") % facts
    body = (
        _(
            "Thank you!\n\nYour gift of %(amount)s has arrived.\n"
            "Town: %(town)s\nDate: %(date)s\n\n"
            "Your receipt, and the way of your gift through the public ledger to its proof:\n%(address)s\n\n"
            "The receipt as PDF:\n%(paper)s\n\n"
            "Keep this address to yourself: whoever has it can read your receipt."
        )
        % facts
    )
    return subject, body
