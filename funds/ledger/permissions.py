"""Who may close, correct and exchange in the books of a fund. Everybody may read them; nobody corrects alone."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict, refused
from funds.ledger.models import Correction
from towns.models import Town
from users.permissions import Person, holds_role, is_signed_in
from users.states import Role


def can_close(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer of the town's fund, who answers for its books."""
    return holds_role(user, [Role.TREASURER], town, on=on)


# Who sees corrections that wait: the fund, the council that decided, and whoever audits both.
_INSIDERS = (Role.TREASURER, Role.APPROVER, Role.CHAIR, Role.SECRETARY, Role.COUNCILLOR, Role.AUDITOR)


def can_exchange(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer books what the bank's statement shows; the sums are the bank's, nobody decides on them."""
    return holds_role(user, [Role.TREASURER], town, on=on)


def can_ask_for_correction(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer asks for a reversal or a redesignation. Nothing is booked by that."""
    return holds_role(user, [Role.TREASURER], town, on=on)


def can_see_corrections(user: Person, town: Town, *, on: date) -> Verdict:
    """The fund, the council and the auditor; the public sees what was booked, on the ledger."""
    return holds_role(user, _INSIDERS, town, on=on)


def can_confirm(user: Person, correction: Correction, *, on: date) -> Verdict:
    """An approver of the fund who is not the one who asked: four eyes, as with payments."""
    verdict = holds_role(user, [Role.APPROVER], correction.fund.town, on=on)
    if not verdict or not is_signed_in(user):
        return verdict
    if correction.asked_by_id == user.pk:
        return refused(_("You asked for this correction, so somebody else has to confirm it."))
    if correction.answered_at is not None:
        return refused(_("This correction has its answer already."))
    return verdict
