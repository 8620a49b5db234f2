"""How a letter that is owed about a row leaves the house: with a Message-ID that is the same when it is sent again.

It writes nothing down; whoever calls notes, in the transaction that also sends, that the letter has gone.
"""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage

from funds.donations.rules.letter_ids import letter_id


def send_letter(*, to: str, subject: str, body: str, row_id: UUID, letter: str) -> None:
    """Hand one letter to the mail server and raise what it raises. `letter` tells it from others about the row."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": letter_id(row_id=row_id, letter=letter, host=host)}
    EmailMessage(subject, body, None, [to], headers=headers).send()
