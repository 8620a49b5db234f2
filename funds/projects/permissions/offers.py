"""Who may offer, and who answers. Anybody may offer: it needs no account, only an address for the answer."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from funds.ledger.models import Fund
from funds.projects.models import Project
from funds.projects.states import ProjectState
from users.permissions import Person, holds_role
from users.states import Role


def can_offer(*, fund: Fund, project: Project | None) -> Verdict:
    """Anybody, for the fund or for one of its projects that is not finished."""
    if project is not None and project.fund_id != fund.pk:
        return refused(_("This project belongs to another fund."))
    if project is not None and project.state != ProjectState.OPEN:
        return refused(_("This project is finished. Choose another one, or leave the choice to the fund."))
    return ALLOWED


def can_answer(user: Person, fund: Fund, *, on: date) -> Verdict:
    """Those who keep the council's record and the fund's treasurer: they know what is needed."""
    return holds_role(user, [Role.CHAIR, Role.SECRETARY, Role.TREASURER], fund.town, on=on)
