"""Where a project can stand."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProjectState(TextChoices):
    OPEN = "open", _("collecting gifts")
    CLOSED = "closed", _("finished")


class OfferKind(TextChoices):
    SKILL = "skill", _("Work or knowledge")
    GOODS = "goods", _("Things")
    TRANSPORT = "transport", _("Transport")
    PLACE = "place", _("A place to use")


class OfferState(TextChoices):
    OFFERED = "offered", _("offered")
    ACCEPTED = "accepted", _("accepted")
    DELIVERED = "delivered", _("given, thank you")
    DECLINED = "declined", _("declined with thanks")
    WITHDRAWN = "withdrawn", _("withdrawn")
