"""Who may give to what. Anybody may: a gift needs no account. What can be refused is the purpose."""

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from funds.ledger.models import Fund
from funds.payments.stripe import is_configured
from funds.projects.models import Project
from funds.projects.states import ProjectState


def can_give(*, fund: Fund, project: Project | None) -> Verdict:
    """Allowed when cards are switched on and the project, if one is named, is this fund's and still collects."""
    if not is_configured():
        return refused(_("Gifts by card are switched off on this site at the moment."))
    if project is None:
        return ALLOWED
    if project.fund_id != fund.pk:
        return refused(_("This project belongs to another fund."))
    if project.state != ProjectState.OPEN:
        return refused(_("This project collects no more gifts. Choose another one, or the whole fund."))
    return ALLOWED
