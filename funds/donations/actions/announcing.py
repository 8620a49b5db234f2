"""The letter for an announced transfer: where to send it, how much, with which code, until when. To the giver alone.

Whoever closes the page has everything in the letter. It counts nothing as money and is sent once.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from common.formats import date_long, money
from funds.donations.actions.card import receipt_address
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.mailing import send_letter
from funds.donations.actions.transfers import TRANSFERS
from funds.donations.models import Gift
from funds.donations.queries import accounts_for_givers
from funds.donations.rules.transfers import EXPECTED_FOR
from funds.donations.states import GiftState, Method
from funds.payments.models import BankAccount


@transaction.atomic
def send_announcement(*, gift_id: UUID, now: datetime) -> bool:
    """Mail where to send an announced transfer to whoever left an address; True when it was sent just now.

    The row is locked while the mail server is spoken to. Raises what the mail server raises: then nothing is noted.
    """
    gift = locked(gift_id)
    waits = gift.state == GiftState.PENDING and gift.method in TRANSFERS
    if not waits or not gift.donor_email or gift.announced_sent_at is not None:
        return False
    gift.announced_sent_at = now
    gift.save(update_fields=["announced_sent_at"])
    note(gift, "donations.announce", now)
    with override(gift.language):
        subject, body = _letter(gift)
    send_letter(to=gift.donor_email, subject=subject, body=body, row_id=gift.pk, letter="announced")
    return True


def _letter(gift: Gift) -> tuple[str, str]:
    facts = {
        "town": gift.fund.town.name_in(gift.language),
        "amount": money(gift.amount_minor, gift.currency),
        "code": gift.reference_code or "",
        "until": date_long(gift.created_at + EXPECTED_FOR, gift.language),
        "accounts": "\n\n".join(_account(one) for one in _accounts(gift)),
        "address": receipt_address(gift),
    }
    subject = _("Where to send your gift. Town: %(town)s") % facts
    body = (
        _(
            "Thank you for announcing a gift of %(amount)s.\nTown: %(town)s\n\n"
            "Send it to:\n%(accounts)s\n\n"
            "Write this code as the purpose, so that the gift is found: %(code)s\n"
            "We wait for it until this day: %(until)s\n\n"
            "The same on a page, and your receipt once it has come:\n%(address)s\n\n"
            "Keep this address to yourself: whoever has it can read it. If you change your mind, do nothing."
        )
        % facts
    )
    return subject, body


def _accounts(gift: Gift) -> list[BankAccount]:
    kind = TRANSFERS[Method(gift.method)]
    own = [one for one in accounts_for_givers(fund=gift.fund) if one.kind == kind]
    return sorted(own, key=lambda one: one.currency != gift.currency)


def _account(account: BankAccount) -> str:
    lines = (account.holder, account.number, account.bic, f"{account.bank_name}, {account.currency}")
    return "\n".join(line for line in lines if line)
