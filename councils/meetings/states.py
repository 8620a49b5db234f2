"""How a council member can stand in a roll call and what can come of it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Choice(TextChoices):
    FOR = "for", _("in favour")
    AGAINST = "against", _("against")
    ABSTAIN = "abstain", _("abstain")
    RECUSED = "recused", _("recused: has an interest")
    ABSENT = "absent", _("absent")


class Outcome(TextChoices):
    ADOPTED = "adopted", _("adopted")
    REJECTED = "rejected", _("rejected")
    NO_QUORUM = "no_quorum", _("no quorum")


# What a reader is told beside the numbers.
WHY = {
    Outcome.ADOPTED: _("More were in favour than against, so it is adopted."),
    Outcome.REJECTED: _("Not more were in favour than against, so it is rejected."),
    Outcome.NO_QUORUM: _("Too few were present, so nothing is decided."),
}
# The look of an outcome and of a vote: see components/ui.html.
BADGES = {Outcome.ADOPTED: "ok", Outcome.REJECTED: "no", Outcome.NO_QUORUM: "wait"}
CHOICE_BADGES = {
    Choice.FOR: "ok",
    Choice.AGAINST: "no",
    Choice.ABSTAIN: "plain",
    Choice.RECUSED: "wait",
    Choice.ABSENT: "plain",
}
