"""Where a gift can stand, and how a donor is tied to the town."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class GiftState(TextChoices):
    PENDING = "pending", _("waiting for the payment")
    SUCCEEDED = "succeeded", _("received")
    FAILED = "failed", _("payment failed")
    EXPIRED = "expired", _("not paid in time")


class TieToTown(TextChoices):
    BORN = "born", _("I was born there")
    LIVED = "lived", _("I lived there")
    FAMILY = "family", _("My family is from there")
    OTHER = "other", _("Another tie")
