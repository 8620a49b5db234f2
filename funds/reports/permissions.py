"""Who may have everything compared at once. Everybody reads what was found."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from users.permissions import Person, roles_of
from users.states import Role


def can_reconcile(user: Person, *, on: date) -> Verdict:
    """A treasurer of any town, an auditor or an administrator: it costs the card processor a question."""
    held = {role for _town, role in roles_of(user, on=on).in_towns}
    if held & {Role.TREASURER, Role.AUDITOR, Role.ADMINISTRATOR}:
        return ALLOWED
    return refused(_("Only treasurers, auditors and administrators can ask for this. It is done every day by itself."))
