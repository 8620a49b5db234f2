"""Who may give to what. Anybody may: a gift needs no account. What can be refused is the purpose."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from councils.needs.models import Need
from councils.needs.states import NeedState
from funds.donations.models import CashCount, Pledge, Refund, Screening
from funds.ledger.models import Fund
from funds.payments.stripe import is_configured
from funds.projects.models import Project
from funds.projects.queries import project_of_need
from funds.projects.states import ProjectState
from towns.models import Town
from users.permissions import Person, holds_role, is_signed_in, not_for_you, roles_of
from users.states import Role


def can_give(*, fund: Fund, project: Project | None, need: Need | None = None, by_card: bool = True) -> Verdict:
    """Allowed when the purpose is this fund's and still collects, and cards are switched on where one is used.

    A need collects once the council has accepted it and until it has a project: then one gives to the project.
    """
    if by_card and not is_configured():
        return refused(_("Gifts by card are switched off on this site at the moment."))
    if need is not None:
        return _can_give_to_need(fund, need)
    if project is None:
        return ALLOWED
    if project.fund_id != fund.pk:
        return refused(_("This project belongs to another fund."))
    if project.state != ProjectState.OPEN:
        return refused(_("This project collects no more gifts. Choose another one, or the whole fund."))
    return ALLOWED


def _can_give_to_need(fund: Fund, need: Need) -> Verdict:
    if need.town_id != fund.town_id:
        return refused(_("This need belongs to another town."))
    if need.state != NeedState.ACCEPTED:
        return refused(_("One can give to a need once the council has accepted it. Choose the whole fund."))
    if project_of_need(need_id=need.pk) is not None:
        return refused(_("This need has a project now. Give to the project, or to the whole fund."))
    return ALLOWED


def can_pledge(user: Person, fund: Fund, *, on: date) -> Verdict:
    """The town's enterprise alone promises to add to gifts."""
    return holds_role(user, [Role.ENTERPRISE], fund.town, on=on)


def can_withdraw_pledge(user: Person, pledge: Pledge, *, on: date) -> Verdict:
    """Whoever speaks for the town's enterprise sees and ends its promises."""
    return holds_role(user, [Role.ENTERPRISE], pledge.fund.town, on=on)


def can_keep_register(user: Person, fund: Fund, *, on: date) -> Verdict:
    """The treasurer, who tells the authority, and is the only one here to whom the register names givers."""
    return holds_role(user, [Role.TREASURER], fund.town, on=on)


def can_read_duties(user: Person, fund: Fund, *, on: date) -> Verdict:
    """The treasurer and the auditor. The auditor reads the same without names."""
    return holds_role(user, [Role.TREASURER, Role.AUDITOR], fund.town, on=on)


def can_open_treasury(user: Person, *, on: date) -> Verdict:
    """Whoever is treasurer or auditor anywhere."""
    held = roles_of(user, on=on).in_towns
    if any(role in (Role.TREASURER, Role.AUDITOR) for _town, role in held):
        return ALLOWED
    return not_for_you([Role.TREASURER, Role.AUDITOR])


def can_decide_screening(user: Person, screening: Screening, *, on: date) -> Verdict:
    """The treasurer, unless the gift is their own."""
    verdict = holds_role(user, [Role.TREASURER], screening.gift.fund.town, on=on)
    if not verdict or not is_signed_in(user):
        return verdict
    if screening.gift.donor_id == user.pk or screening.gift.donor_email.casefold() == user.email.casefold():
        return refused(_("This is your own gift, so somebody else has to decide."))
    return verdict


CASH_COUNTERS = (Role.TREASURER, Role.APPROVER, Role.COUNCILLOR)


def can_count_cash(user: Person, fund: Fund, *, on: date, count: CashCount | None = None) -> Verdict:
    """Treasurer, approvers and council members count cash; whoever counted a box first does not confirm it."""
    verdict = holds_role(user, CASH_COUNTERS, fund.town, on=on)
    if verdict and count is not None and is_signed_in(user) and count.counted_by_id == user.pk:
        return refused(_("You counted this box first, so somebody else has to count it again."))
    return verdict


def can_see_cash(user: Person, fund: Fund, *, on: date) -> Verdict:
    """Those who count, and the auditor."""
    return holds_role(user, [*CASH_COUNTERS, Role.AUDITOR], fund.town, on=on)


def can_see_refused_sums(user: Person, fund: Fund, *, on: date) -> Verdict:
    """The auditor, unless they count too: the box is counted anew, and whoever knew the first sum could repeat it."""
    if holds_role(user, CASH_COUNTERS, fund.town, on=on):
        return refused(_("The sum of a refused count is told to the auditor alone, as the box is counted anew."))
    return holds_role(user, [Role.AUDITOR], fund.town, on=on)


def can_ask_for_refund(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer asks to give a gift back. Nothing is given back by that."""
    return holds_role(user, [Role.TREASURER], town, on=on)


def can_see_refunds(user: Person, town: Town, *, on: date) -> Verdict:
    """Who asks, who confirms, and who audits both."""
    return holds_role(user, [Role.TREASURER, Role.APPROVER, Role.AUDITOR], town, on=on)


def can_confirm_refund(user: Person, refund: Refund, town: Town, *, on: date) -> Verdict:
    """An approver of the fund who is not the one who asked: four eyes, as with payments."""
    if is_signed_in(user) and refund.asked_by_id == user.pk:
        return refused(_("You asked for this, so somebody else has to confirm it."))
    verdict = holds_role(user, [Role.APPROVER], town, on=on)
    if not verdict:
        return verdict
    if refund.answered_at is not None or refund.asked_by_id is None:
        return refused(_("This has its answer already."))
    return verdict
