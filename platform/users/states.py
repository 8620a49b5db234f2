"""The roles of the house. A role is held in a town for a term; moderators, auditors, administrators also in all."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    RESIDENT = "resident", _("resident")
    HELPER = "helper", _("helper")
    COUNCILLOR = "councillor", _("council member")
    CHAIR = "chair", _("chairperson")
    SECRETARY = "secretary", _("secretary of the council")
    TREASURER = "treasurer", _("treasurer")
    APPROVER = "approver", _("approver of spending")
    AKIMAT = "akimat", _("akimat officer")
    ENTERPRISE = "enterprise", _("city-forming enterprise")
    MODERATOR = "moderator", _("moderator")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator")


COUNCIL_ROLES = (Role.COUNCILLOR, Role.CHAIR, Role.SECRETARY)
EVERYWHERE_ROLES = (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
