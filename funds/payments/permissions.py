"""Who keeps and reads the fund's bank accounts. Their lines name people: nobody else ever sees one."""

from datetime import date

from common.verdict import Verdict
from towns.models import Town
from users.permissions import Person, holds_role
from users.states import Role


def can_keep_bank(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer opens accounts, imports statements and says what their lines are."""
    return holds_role(user, [Role.TREASURER], town, on=on)


def can_read_bank(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer and the auditor; the auditor's pages show no names and no purposes."""
    return holds_role(user, [Role.TREASURER, Role.AUDITOR], town, on=on)
