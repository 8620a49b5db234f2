"""The closed lists of the public log: what an entry can be about, and why the sequencer may refuse to sign.

A kind stands inside entries that are published for ever: one is never renamed and never reused for something else.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an entry is about, as its bytes say in `type`. The ledger's own SQL alone writes the first two."""

    TRANSACTION = "transaction", _("Transaction")
    CLOSE = "close", _("Period closed")
    DECISION = "decision", _("Decision")
    MINUTES = "minutes", _("Minutes")
    PUBLICATION = "publication", _("Published indicators")
    APPROVAL = "approval", _("Approval of a payment")
    ERASURE = "erasure", _("Personal data erased")
    HEARTBEAT = "heartbeat", _("Sign of life")
    SUCCESSION = "succession", _("A log ended, and this one goes on")


class Refusal(models.TextChoices):
    """Why the sequencer of a log stopped signing. It compares again every minute."""

    NONE = "", _("Signing")
    OLDER_THAN_SIGNED = "older_than_signed", _("The database is older than what was signed already")
    STATE_MISSING = "state_missing", _("The record of what was signed last is missing")
    ROOT_DIFFERS = "root_differs", _("The stored tree does not give the root that was signed")
    ORIGIN_DIFFERS = "origin_differs", _("The log's name differs from the name in its last checkpoint")
    KEY_DIFFERS = "key_differs", _("The signing key changed without a recorded rotation")
    ENTRY_MISSING = "entry_missing", _("An entry is missing between two others")
    # The one that does not end by itself: an operator has to look and say so (manage.py log_state --release).
    ENTRY_CHANGED = "entry_changed", _("An entry that was signed is stored with other content")


class Answer(models.TextChoices):
    """What a witness said when it was last asked to confirm a checkpoint."""

    SIGNED = "signed", _("Confirmed")
    AWAY = "away", _("Did not answer")
    REFUSED = "refused", _("Refused")
    AHEAD = "ahead", _("Has seen more entries than this log has signed")
