"""What waits in a town, by the roles of whoever reads it: public rows with the addresses that those roles may open.

A link stands here for roles that its page lets in (tests/portal/test_work.py opens them all); never for others.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from councils.meetings.queries import undecided_needs
from councils.needs.rules import excerpt
from councils.surveys.queries import wave_title, waves
from councils.surveys.queries.reading import unread_waves
from councils.surveys.states import WaveState
from funds.ledger.models import Fund
from funds.projects.queries import decisions_without_project, projects_of_town
from funds.projects.queries.offers import offers_of_fund
from funds.projects.states import OfferState
from funds.spending.permissions import INSIDERS
from funds.spending.queries import requests_of_town
from funds.spending.states import RequestState
from towns.models import Town
from users.states import Role

Held = AbstractSet[Role]

ROLES: Final = (
    Role.CHAIR,
    Role.SECRETARY,
    Role.TREASURER,
    Role.APPROVER,
    Role.COUNCILLOR,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that waits: its title, the language of that, and what may be done: (words, address)."""

    title: str
    language: str
    links: Sequence[tuple[Promise, str]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Things of one kind under a heading."""

    heading: Promise
    things: Sequence[Thing]


def waiting_for(*, town: Town, held: Held) -> list[Waiting]:
    """What these roles can do in this town, kind by kind; empty kinds too, so that nobody looks for them elsewhere."""
    kinds: list[tuple[AbstractSet[Role], Callable[[Town, Held], Waiting]]] = [
        (_RECORD, _needs),
        (_RECORD, _decisions),
        ({Role.SECRETARY}, _open_answers),
        ({*_RECORD, Role.TREASURER}, _offers),
        ({Role.TREASURER}, _projects),
        (frozenset(INSIDERS), _requests),
        ({Role.AUDITOR}, _official),
        ({Role.ADMINISTRATOR}, _corrections),
    ]
    return [kind(town, held) for roles, kind in kinds if roles & held]


_RECORD: Final = frozenset({Role.CHAIR, Role.SECRETARY})
# What may be done with a request: its states, who does it, in words, where.
_STEPS: Final[Sequence[tuple[AbstractSet[str], AbstractSet[Role], Promise, str]]] = (
    ({RequestState.SUBMITTED}, {Role.APPROVER}, _("Approve or refuse"), "spending:approve"),
    ({RequestState.APPROVED}, {Role.TREASURER}, _("Record the payment"), "spending:pay"),
    (
        {RequestState.SUBMITTED, RequestState.APPROVED},
        {Role.TREASURER, Role.CHAIR},
        _("Withdraw the request"),
        "spending:withdraw",
    ),
    ({RequestState.PAID}, {Role.TREASURER}, _("Publish the proof"), "spending:publish"),
    (frozenset(RequestState.values), frozenset(INSIDERS), _("Invoice or contract"), "spending:document"),
)


def _one(words: Promise, name: str, key: UUID | str) -> tuple[tuple[Promise, str]]:
    return ((words, reverse(name, args=[key])),)


def _needs(town: Town, _held: Held) -> Waiting:
    return Waiting(
        _("Needs that wait for a decision"),
        [
            Thing(excerpt(need.text), need.language, _one(_("Record the decision"), "meetings:record", need.pk))
            for need in undecided_needs(town=town)
        ],
    )


def _decisions(town: Town, _held: Held) -> Waiting:
    return Waiting(
        _("Decisions without a project yet"),
        [
            Thing(one.title, one.language, _one(_("Open the project"), "projects:open", one.pk))
            for one in decisions_without_project(town=town)
        ],
    )


def _offers(town: Town, _held: Held) -> Waiting:
    fund = Fund.objects.filter(town=town).first()
    offers = offers_of_fund(fund_id=fund.pk) if fund is not None else []
    return Waiting(
        _("Work and things offered"),
        [
            Thing(one.title, one.language, _one(_("Answer this offer"), "projects:offer_answer", one.id))
            for one in offers
            if one.state != OfferState.DELIVERED
        ],
    )


def _projects(town: Town, _held: Held) -> Waiting:
    return Waiting(
        _("Projects"),
        [
            Thing(one.title, one.language, _one(_("Ask to pay for this project"), "spending:new", one.pk))
            for one in projects_of_town(town=town)
        ],
    )


def _requests(town: Town, held: Held) -> Waiting:
    return Waiting(
        _("Spending requests"),
        [
            Thing(
                one.purpose,
                one.project.language,
                [
                    (words, reverse(name, args=[one.pk]))
                    for states, roles, words, name in _STEPS
                    if one.state in states and roles & held and not (one.undone and name == "spending:publish")
                ],
            )
            for one in requests_of_town(town=town)
        ],
    )


def _official(town: Town, _held: Held) -> Waiting:
    name = town.name_in(get_language() or "kk")
    return Waiting(
        _("Official figures"), [Thing(name, "", _one(_("Enter official figures"), "indicators:official", town.slug))]
    )


def _open_answers(town: Town, _held: Held) -> Waiting:
    language = get_language() or "kk"
    return Waiting(
        _("Open answers that nobody has read yet"),
        [
            Thing(
                f"№ {wave.number} · {wave_title(wave, language)}", "", _one(_("Read them"), "surveys:reading", wave.pk)
            )
            for wave in unread_waves(town)
        ],
    )


def _corrections(town: Town, _held: Held) -> Waiting:
    language = get_language() or "kk"
    published = waves().filter(town=town, state=WaveState.CLOSED, publications__number=1)
    return Waiting(
        _("Published figures"),
        [
            Thing(wave_title(wave, language), "", _one(_("Correct these figures"), "indicators:correct", wave.pk))
            for wave in published
        ],
    )
