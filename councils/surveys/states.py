"""Where a wave can stand and who may answer it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class WaveState(TextChoices):
    DRAFT = "draft", _("being prepared")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Audience(TextChoices):
    DECLARED = "declared", _("people who say that they live in the town")
    VERIFIED = "verified", _("residents whose address was checked")
