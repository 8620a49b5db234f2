"""The closed lists of the public log: what an entry can be about, and why the sequencer may refuse to sign.

A kind stands inside entries that are published for ever: one is never renamed and never reused for something else.
"""

from typing import Final

from django.db import models
from django.utils.functional import Promise
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

    @property
    def means(self) -> Promise:
        """What has happened to lines that people may have proofs of, in words; never more than is known."""
        return _MEANS[self]

    @property
    def then(self) -> Promise:
        """What comes next, and who does it."""
        return _THEN[self]


_LOOKS: Final = _("The operator compares with copies that others kept, and brings back what was there.")
_SET_RIGHT: Final = _("When the operator has set that right, the log goes on by itself.")
_SETTINGS: Final = _("The server is set up in another way than when it sealed last.")
_MEANS: Final[dict[Refusal, Promise]] = {
    Refusal.NONE: _("Every booked line gets its seal within moments."),
    Refusal.OLDER_THAN_SIGNED: _(
        "Lines that were sealed before may be missing here: the database comes from a backup that is older than the"
        " newest seal, or holds other lines in their place. A proof that you have of such a line still holds."
    ),
    Refusal.STATE_MISSING: _(
        "Outside the database it is kept what was sealed last. That record is gone, so nobody can tell here whether"
        " sealed lines are missing."
    ),
    Refusal.ROOT_DIFFERS: _(
        "What is stored of earlier seals was changed. The seals that others have keep showing what was signed."
    ),
    Refusal.ORIGIN_DIFFERS: _SETTINGS,
    Refusal.KEY_DIFFERS: _SETTINGS,
    Refusal.ENTRY_MISSING: _("A booked line that waited for its seal is gone from the database."),
    Refusal.ENTRY_CHANGED: _(
        "A sealed line was changed or taken away in the database. Its seal stays, and by it the change was found. A"
        " proof that you have of that line still shows what was signed."
    ),
}
_THEN: Final[dict[Refusal, Promise]] = {
    Refusal.NONE: _("Nothing has to be done."),
    Refusal.OLDER_THAN_SIGNED: _(
        "The operator looks for the newer database. With it this log goes on as if nothing had happened. If it is lost"
        " for good, this log is ended in public, another one goes on over what is left, and this page says how many"
        " lines are missing. Did you keep a copy of the log or a proof? Please keep it: it may be the only one."
    ),
    Refusal.STATE_MISSING: _(
        "The operator brings that record back, or makes sure that this database is the newest there is and says so."
    ),
    Refusal.ROOT_DIFFERS: _LOOKS,
    Refusal.ORIGIN_DIFFERS: _SET_RIGHT,
    Refusal.KEY_DIFFERS: _SET_RIGHT,
    Refusal.ENTRY_MISSING: _LOOKS,
    Refusal.ENTRY_CHANGED: _(
        "The operator finds out who did that and brings the line back. Nothing is sealed before a person has said so."
    ),
}


class Answer(models.TextChoices):
    """What a witness said when it was last asked to confirm a checkpoint."""

    SIGNED = "signed", _("Confirmed")
    AWAY = "away", _("Did not answer")
    REFUSED = "refused", _("Refused")
    AHEAD = "ahead", _("Has seen more entries than this log has signed")
