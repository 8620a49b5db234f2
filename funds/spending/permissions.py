"""Who may ask, approve, pay and see. Nobody pays alone: whoever submits cannot approve, and an interest recuses."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict, refused
from councils.members.models import Interest
from funds.projects.models import Project
from funds.spending.models import Approval, Request
from funds.spending.states import WITHDRAWABLE, RequestState
from towns.models import Town
from users.permissions import Person, holds_role, is_signed_in
from users.states import Role

INSIDERS = (Role.TREASURER, Role.APPROVER, Role.CHAIR, Role.SECRETARY, Role.COUNCILLOR, Role.AUDITOR)


def can_request(user: Person, project: Project, *, on: date) -> Verdict:
    """The treasurer of the town's fund."""
    return holds_role(user, [Role.TREASURER], project.fund.town, on=on)


def can_keep_books(user: Person, town: Town, *, on: date) -> Verdict:
    """The treasurer records payments, transfers and proofs."""
    return holds_role(user, [Role.TREASURER], town, on=on)


def can_decide(user: Person, request: Request, *, on: date) -> Verdict:
    """An approver of the fund who did not submit the request, has not spoken yet and has no stake in the payee."""
    verdict = holds_role(user, [Role.APPROVER], request.project.fund.town, on=on)
    if not verdict or not is_signed_in(user):
        return verdict
    if request.submitted_by_id == user.pk:
        return refused(_("You submitted this request, so others have to approve it."))
    if request.state != RequestState.SUBMITTED:
        return refused(_("This request is not waiting for approvals any more."))
    if Approval.objects.filter(request=request, approver=user).exists():
        return refused(_("You have already given your answer on this request."))
    if Interest.objects.filter(appointment__user=user, bin=request.payee_bin).exists():
        return refused(_("You declared an interest in this payee, so you cannot approve the request."))
    return verdict


def can_withdraw(user: Person, request: Request, *, on: date) -> Verdict:
    """Whoever submitted the request, while they keep the fund's books, and the chair of the council."""
    town = request.project.fund.town
    verdict = holds_role(user, [Role.CHAIR], town, on=on)
    if not verdict and is_signed_in(user) and request.submitted_by_id == user.pk:
        verdict = holds_role(user, [Role.TREASURER], town, on=on)
    if not verdict:
        return verdict
    if request.state not in WITHDRAWABLE:
        return refused(_("Only a request that waits for approval or for its payment can be withdrawn."))
    return verdict


def can_see_document(user: Person, request: Request, *, on: date) -> Verdict:
    """The request's own document may hold personal data: council, fund and auditor see it, the public its proof."""
    return holds_role(user, INSIDERS, request.project.fund.town, on=on)
