"""Who prepares a council's list of priorities, and who publishes it. Deny by default."""

from datetime import date

from common.verdict import Verdict
from towns.models import Town
from users.permissions import Person, holds_role
from users.states import Role


def can_draft(user: Person, town: Town, *, on: date) -> Verdict:
    """The chair or the secretary of the council prepares the list, as they write down decisions."""
    return holds_role(user, [Role.CHAIR, Role.SECRETARY], town, on=on)


def can_publish(user: Person, town: Town, *, on: date) -> Verdict:
    """The chair alone publishes what the council adopted."""
    return holds_role(user, [Role.CHAIR], town, on=on)
