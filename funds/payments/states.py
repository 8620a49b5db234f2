"""What became of an event that the card processor sent."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventState(TextChoices):
    RECEIVED = "received", _("received")
    HANDLED = "handled", _("handled")
    IGNORED = "ignored", _("of no concern to us")
    FAILED = "failed", _("failed, will be tried again")


# What somebody still has to handle.
WAITING_STATES = (EventState.RECEIVED, EventState.FAILED)
