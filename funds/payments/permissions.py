"""Who keeps and reads the fund's bank accounts. Their lines name people: nobody else ever sees one."""

from datetime import date

from common.verdict import ALLOWED, Verdict
from towns.models import Town
from users.permissions import Person, holds_role, not_for_you, roles_of
from users.states import Role


def can_keep_bank(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer opens accounts, imports statements and says what their lines are."""
    return holds_role(user, [Role.TREASURER], town, on=on)


def can_read_bank(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer and the auditor; the auditor's pages show no names and no purposes."""
    return holds_role(user, [Role.TREASURER, Role.AUDITOR], town, on=on)


def _anywhere(user: Person, roles: frozenset[Role], on: date) -> Verdict:
    held = {role for _town, role in roles_of(user, on=on).in_towns}
    if held & roles:
        return ALLOWED
    return not_for_you(sorted(roles))


def can_see_inbox(user: Person, *, on: date) -> Verdict:
    """The card account is one for all towns: treasurers, auditors and administrators see what it told."""
    return _anywhere(user, frozenset({Role.TREASURER, Role.AUDITOR, Role.ADMINISTRATOR}), on)


def can_try_again(user: Person, *, on: date) -> Verdict:
    """Treasurers and administrators. Trying again changes nothing twice."""
    return _anywhere(user, frozenset({Role.TREASURER, Role.ADMINISTRATOR}), on)
