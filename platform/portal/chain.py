"""The one chain: need, decision, project, gifts, payment, proof. Each link with its date, its state and its page.

It only reads. A link that has not happened says so; nothing is shown as done that no row proves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.clock import day_of
from common.formats import date_long, money
from common.money import Money
from councils.meetings.models import Decision
from councils.meetings.queries import decisions_on
from councils.meetings.states import Outcome
from councils.needs.models import Need
from councils.needs.rules import excerpt
from councils.needs.states import NeedState
from funds.donations.queries import PublicGift, gifts_of_project
from funds.ledger.models import Fund
from funds.ledger.queries import EarmarkTotals
from funds.projects.models import Project
from funds.projects.queries import project_of_need, totals_of_projects
from funds.projects.rules import funded_share
from funds.spending.models import Request
from funds.spending.queries import requests_of_project
from funds.spending.states import OVER, RequestState

GIFTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Link:
    """One link as the chain component draws it. `state` is ok, wait, no, late or plain."""

    label: str
    title: str
    state: str
    state_text: str
    url: str = ""
    date: str = ""
    amount: str = ""
    text: str = ""
    actions: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chain:
    """The six links of a need, and the rows behind its gifts and payments."""

    need: Need
    project: Project | None
    links: list[Link]
    gifts: list[PublicGift]
    requests: list[Request]

    @property
    def states(self) -> list[str]:
        return [link.state for link in self.links]

    @property
    def done(self) -> int:
        return self.states.count("ok")


def amounts(values: Sequence[Money]) -> str:
    """Several currencies side by side: they are never added up."""
    return " + ".join(money(value.minor, value.currency) for value in values if value.minor)


def chain_of(*, need: Need, language: str) -> Chain:
    """The whole chain of a need that the public may read. At most seven queries."""
    decisions = decisions_on(need_id=need.pk)
    project = project_of_need(need_id=need.pk)
    totals: list[EarmarkTotals] = []
    gifts: list[PublicGift] = []
    requests: list[Request] = []
    if project is not None:
        totals = totals_of_projects(projects=[project]).get(project.pk, [])
        gifts = gifts_of_project(project_id=project.pk, limit=GIFTS_SHOWN + 1)
        requests = requests_of_project(project_id=project.pk)
    links = [
        _need(need, language),
        _decision(decisions, language),
        _project(project, decisions, language),
        _gifts(need, project, totals, gifts, language),
        _payment(requests, totals, language),
        _proof(requests, language),
    ]
    return Chain(need, project, links, gifts[:GIFTS_SHOWN], requests)


def _day(day: date, language: str) -> str:
    return date_long(day, language)


def _need(need: Need, language: str) -> Link:
    state, words = {
        NeedState.SUBMITTED: ("wait", _("waiting for the council")),
        NeedState.ACCEPTED: ("ok", _("accepted by the council")),
        NeedState.REFUSED: ("no", _("refused, with a reason")),
    }[NeedState(need.state)]
    return Link(
        label=_("Need"),
        title=excerpt(need.text),
        state=state,
        state_text=words,
        url=reverse("needs:detail", args=[need.pk]),
        date=_day(day_of(need.filed_at), language),
        text=need.get_category_display(),
    )


def _decision(decisions: Sequence[Decision], language: str) -> Link:
    label = _("Decision")
    adopted = next((d for d in decisions if d.outcome == Outcome.ADOPTED), None)
    shown = adopted or (decisions[-1] if decisions else None)
    if shown is None:
        return Link(label, _("The council has not voted yet"), "plain", _("to come"))
    votes = _("in favour %(for)s, against %(against)s, abstained %(abstained)s") % {
        "for": shown.in_favour,
        "against": shown.against,
        "abstained": shown.abstained,
    }
    return Link(
        label=label,
        title=shown.title,
        state="ok" if adopted else "no",
        state_text=shown.get_outcome_display(),
        url=reverse("meetings:detail", args=[shown.pk]),
        date=_day(shown.decided_date, language),
        text=votes,
    )


def _project(project: Project | None, decisions: Sequence[Decision], language: str) -> Link:
    label = _("Project")
    if project is None:
        adopted = [decision.pk for decision in decisions if decision.outcome == Outcome.ADOPTED]
        # Whoever is not the council's secretary or chair learns there that this is theirs to do.
        way = [(_("Open the project"), reverse("projects:open", args=[adopted[0]]))] if adopted else []
        return Link(label, _("No project yet"), "plain", _("to come"), actions=way)
    return Link(
        label=label,
        title=project.title,
        state="ok",
        state_text=_("opened"),
        url=reverse("projects:detail", args=[project.pk]),
        date=_day(day_of(project.opened_at), language),
        amount=money(project.goal_minor, project.currency),
    )


def _gifts(
    need: Need, project: Project | None, totals: list[EarmarkTotals], gifts: list[PublicGift], language: str
) -> Link:
    label = _("Gifts")
    if project is None and need.state == NeedState.ACCEPTED and Fund.objects.filter(town_id=need.town_id).exists():
        give = [(_("Give for this need"), f"{reverse('donations:give', args=[need.town.slug])}?need={need.pk}")]
        return Link(label, _("One can give for the need already"), "plain", _("to come"), actions=give)
    if project is None:
        return Link(label, _("Gifts begin with the project"), "plain", _("to come"))
    give = [
        (_("Give to this project"), f"{reverse('donations:give', args=[project.fund.town.slug])}?project={project.pk}")
    ]
    raised = [total.gifts for total in totals]
    if not gifts:
        return Link(label, _("No gift yet"), "wait", _("waiting for the first gift"), actions=give)
    count = ngettext("%(count)s gift", "%(count)s gifts", len(gifts)) % {"count": len(gifts)}
    if len(gifts) > GIFTS_SHOWN:
        count = _("%(count)s gifts and more") % {"count": GIFTS_SHOWN}
    full = funded_share(project.goal, raised) >= 1
    return Link(
        label=label,
        title=count,
        state="ok" if full else "wait",
        state_text=_("cost covered") if full else _("collecting"),
        url="#gifts",
        date=_day(day_of(gifts[0].received_at), language),
        amount=amounts(raised),
        actions=[] if full else give,
    )


def _payment(requests: list[Request], totals: list[EarmarkTotals], language: str) -> Link:
    label = _("Payment")
    paid = [r for r in requests if r.state in (RequestState.PAID, RequestState.PUBLISHED) and not r.undone]
    if paid:
        newest = max(paid, key=lambda request: request.payment.paid_date)
        return Link(
            label=label,
            title=newest.purpose if len(paid) == 1 else _("%(count)s payments") % {"count": len(paid)},
            state="ok",
            state_text=_("paid after approvals by others"),
            url=reverse("spending:detail", args=[newest.pk]) if len(paid) == 1 else "#payments",
            date=_day(newest.payment.paid_date, language),
            amount=amounts([total.spent for total in totals]),
        )
    if requests:
        # One refused request does not end the way of another that waits.
        alive = [request for request in requests if request.state not in OVER and not request.undone]
        newest = (alive or requests)[0]
        return Link(
            label=label,
            title=newest.purpose,
            state="wait" if alive else "no",
            state_text=_("payment reversed") if newest.undone else newest.get_state_display(),
            url=reverse("spending:detail", args=[newest.pk]),
            date=_day(day_of(newest.submitted_at), language),
            amount=money(newest.amount_minor, newest.currency),
        )
    return Link(label, _("Nothing has been paid yet"), "plain", _("to come"))


def _proof(requests: list[Request], language: str) -> Link:
    label = _("Proof")
    published = [r for r in requests if r.state == RequestState.PUBLISHED and not r.undone]
    waiting = [r for r in requests if r.state == RequestState.PAID and not r.undone]
    if published:
        newest = max(published, key=lambda request: request.payment.published_at or request.submitted_at)
        actions: list[tuple[str, str]] = [(_("Open the document"), reverse("spending:proof", args=[newest.pk]))]
        if newest.payment.proof_photo:
            actions.append((_("Photo of the result"), reverse("spending:photo", args=[newest.pk])))
        return Link(
            label=label,
            title=_("Document and photo published") if newest.payment.proof_photo else _("Document published"),
            state="wait" if waiting else "ok",
            state_text=_("more to come") if waiting else _("published"),
            url=reverse("spending:detail", args=[newest.pk]),
            date=_day(day_of(newest.payment.published_at), language) if newest.payment.published_at else "",
            text=newest.payment.proof_note,
            actions=actions,
        )
    if waiting:
        return Link(label, _("The proof is to be published by the treasurer"), "wait", _("waiting for the proof"))
    return Link(label, _("The proof follows the payment"), "plain", _("to come"))
