"""What a giver can choose from in a fund: purposes, and ways for the money to come. Reads only.

A bank account that its fund does not show to givers, or has closed, never stands here.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext

from common.money import Money
from councils.needs.models import Need
from councils.needs.queries import accepted_needs
from councils.needs.rules import excerpt
from councils.needs.states import NeedState
from funds.donations.rules.fees import FIXED, FeeRule
from funds.ledger.models import EarmarkBalance, Fund
from funds.payments.models import BankAccount
from funds.projects.models import Project
from funds.projects.states import ProjectState

MOST_NEEDS = 40


@dataclass(frozen=True, slots=True)
class Purposes:
    """What money can be tied to: projects that collect, and accepted needs that have no project yet."""

    projects: tuple[Project, ...] = ()
    needs: tuple[Need, ...] = ()

    def project(self, key: str) -> Project | None:
        """The project of a form's key."""
        return next((one for one in self.projects if key == str(one.pk)), None)

    def need(self, key: str) -> Need | None:
        """The need of a form's key."""
        return next((one for one in self.needs if key == need_key(one.pk)), None)


def need_key(need_id: UUID) -> str:
    """How a form names a need, so that it is never taken for a project."""
    return f"need-{need_id}"


def purposes_of(*, fund: Fund) -> Purposes:
    """What one can give to in a fund besides the whole of it, the longest waiting first. Two queries."""
    projects = Project.objects.filter(fund=fund, state=ProjectState.OPEN).order_by("opened_at", "pk")
    needs = accepted_needs(town=fund.town).exclude(decisions__project__isnull=False)
    short = needs.select_related(None).only("text", "town_id", "state")
    return Purposes(tuple(projects), tuple(short[:MOST_NEEDS]))


def needs_to_lead_on(*, limit: int = 100) -> list[UUID]:
    """Needs with money that belongs elsewhere by now: they have a project, or were refused after all. One query."""
    held = EarmarkBalance.objects.filter(earmark__project__isnull=True, available_minor__gt=F("held_minor"))
    moved = Need.objects.filter(pk__in=held.values("earmark_id")).filter(
        Q(decisions__project__isnull=False) | Q(state=NeedState.REFUSED)
    )
    return list(moved.order_by("pk").values_list("pk", flat=True).distinct()[:limit])


def accounts_for_givers(*, fund: Fund) -> list[BankAccount]:
    """Where one can transfer to, the oldest account first."""
    rows = BankAccount.objects.filter(fund=fund, public=True, closed_at__isnull=True)
    return list(rows.order_by("opened_at", "pk"))


def purpose_words(*, project: Project | None, need: Need | None) -> str:
    """What money is for, in the reader's language: a project's title, a need's beginning, or the whole fund."""
    if project is not None:
        return project.title
    if need is not None:
        return gettext("Need: %(text)s") % {"text": excerpt(need.text, 100)}
    return gettext("The whole fund: where it is needed most")


def fee_rule(currency: str) -> FeeRule:
    """What is expected of the card service in a currency, as the settings and our table have it."""
    fixed = settings.CARD_FEE_FIXED.get(currency, FIXED[currency])
    return FeeRule(rate=settings.CARD_FEE_RATE, fixed=Money(fixed, currency))
