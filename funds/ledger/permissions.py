"""Who may close the books of a fund. Everybody may read them; nobody else may do anything here."""

from datetime import date

from common.verdict import Verdict
from towns.models import Town
from users.permissions import Person, holds_role
from users.states import Role


def can_close(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer of the town's fund, who answers for its books."""
    return holds_role(user, [Role.TREASURER], town, on=on)
