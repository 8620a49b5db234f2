"""What a need can be about and where it can stand."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Category(TextChoices):
    WATER = "water", _("Water supply and sewerage")
    HEATING = "heating", _("Heating and electricity")
    ROADS = "roads", _("Roads and pavements")
    LIGHTING = "lighting", _("Street lighting")
    WASTE = "waste", _("Waste collection")
    TRANSPORT = "transport", _("Public transport")
    HEALTH = "health", _("Health care")
    EDUCATION = "education", _("Schools and kindergartens")
    JOBS = "jobs", _("Jobs and business")
    HOUSING = "housing", _("Housing and courtyards")
    ENVIRONMENT = "environment", _("Air and environment")
    SAFETY = "safety", _("Public safety")
    INTERNET = "internet", _("Internet and mobile signal")
    CULTURE = "culture", _("Culture, sport and young people")
    OTHER = "other", _("Something else")


class NeedState(TextChoices):
    SUBMITTED = "submitted", _("submitted")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")


class RefusalReason(TextChoices):
    NOT_LOCAL = "not_local", _("Not something the town can do")
    DUPLICATE = "duplicate", _("Already filed by somebody else")
    UNCLEAR = "unclear", _("Too little to act on")
    PERSONAL = "personal", _("Contains personal data or insults")
    OTHER = "other", _("Another reason, written below")


class FiledBy(TextChoices):
    WEB = "web", _("on the site")
    HELPER = "helper", _("through a helper")


# The text of these is never shown to the public, not even after refusal.
HIDDEN_REASONS = (RefusalReason.PERSONAL,)

# The look of a state on cards and badges: see components/ui.html.
BADGES = {NeedState.SUBMITTED: "wait", NeedState.ACCEPTED: "ok", NeedState.REFUSED: "no"}
