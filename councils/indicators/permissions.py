"""Who may correct published figures, and enter what stands beside them. Reading them is for everybody."""

from datetime import date

from common.verdict import Verdict
from towns.models import Town
from users.permissions import Person, holds_role
from users.states import Role


def can_correct(user: Person, *, on: date) -> Verdict:
    """Publishing a new vintage: an administrator, who names the reason in public."""
    return holds_role(user, [Role.ADMINISTRATOR], None, on=on)


def can_enter_official(user: Person, town: Town, *, on: date) -> Verdict:
    """Official figures of a town: its akimat, or an auditor."""
    return holds_role(user, [Role.AKIMAT, Role.AUDITOR], town, on=on)


def can_enter_norms(user: Person, *, on: date) -> Verdict:
    """Thresholds of norms hold for all towns: an administrator enters them with their source."""
    return holds_role(user, [Role.ADMINISTRATOR], None, on=on)


def can_follow_counts(user: Person, town: Town | None, *, on: date) -> Verdict:
    """How far counts are: the town's akimat and secretary, an administrator; of all towns, an administrator alone."""
    if town is None:
        return holds_role(user, [Role.ADMINISTRATOR], None, on=on)
    return holds_role(user, [Role.AKIMAT, Role.SECRETARY, Role.ADMINISTRATOR], town, on=on)
