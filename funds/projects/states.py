"""Where a project can stand."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProjectState(TextChoices):
    OPEN = "open", _("collecting gifts")
    CLOSED = "closed", _("finished")
