"""The mail that proves an address: whoever opens its link reads the statement of all gifts given with that address.

It goes to the address that stands on the gift and nowhere else, whoever asked for it.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from common.errors import DomainError, NotFound
from funds.donations.actions.gifts import note
from funds.donations.models import Gift

LINK_LASTS: Final = timedelta(days=7)
_SALT: Final = "donations.statement"


@transaction.atomic
def send_statement_link(*, gift: Gift, language: str, now: datetime) -> None:
    """Write to the address of a gift. Refuses (`DomainError` no_address) a gift that was given without one."""
    if not gift.donor_email:
        raise DomainError("no_address", _("No address was left with this gift, so there is nowhere to write to."))
    with override(language):
        address = settings.SITE_URL + reverse("donations:proven_statement", args=[token_of(gift)])
        subject = _("Statement of your gifts")
        body = _(
            "With this link you can read and keep the statement of all gifts given with this address, for any period:\n"
            "%(address)s\n\nIt works for seven days. If you did not ask for it, you need not do anything: nobody else"
            " got it."
        ) % {"address": address}
    note(gift, "donations.statement_link", now)
    send_mail(subject, body, None, [gift.donor_email])


def token_of(gift: Gift) -> str:
    """What the link holds: the gift, signed. It opens what was given with the gift's address, for seven days."""
    return signing.dumps(str(gift.pk), salt=_SALT)


def gift_of_token(token: str) -> UUID:
    """The gift that a link names. Raises NotFound for a link that is not ours, or too old."""
    try:
        return UUID(signing.loads(token, salt=_SALT, max_age=LINK_LASTS))
    except (signing.BadSignature, ValueError):
        raise NotFound(
            "old_link", _("This link is too old or not whole. Open your receipt and ask for a new one.")
        ) from None
