"""What a person's roles let them do: the links on their own page. Rooms above are named by route, never imported."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from towns.models import Town
from users.models import Appointment
from users.states import Role


@dataclass(frozen=True, slots=True)
class Task:
    """One link: its words, its route, and the town whose slug the route takes (None for routes without a town)."""

    label: Promise
    route: str
    town: Town | None


Links = tuple[tuple[Promise, str], ...]
# Whoever has many links finds them under headings.
_TREASURER: dict[Promise, Links] = {
    _("Today"): ((_("What waits for you"), "portal:work"),),
    _("Money that came"): (
        (_("Bank accounts"), "payments:accounts"),
        (_("Lines of the statements"), "donations:lines"),
        (_("Announced transfers"), "donations:expected"),
        (_("Cash boxes"), "donations:cash"),
        (_("Record a transfer to the bank account"), "spending:payout"),
        (_("Events of the card service"), "payments:inbox"),
    ),
    _("Money that goes"): (
        (_("Spending requests"), "spending:list"),
        (_("Give a gift back"), "donations:refunds"),
    ),
    _("The books"): (
        (_("Public ledger"), "ledger:fund"),
        (_("Corrections"), "ledger:corrections"),
        (_("Move money to a project"), "ledger:redesignate"),
        (_("Exchange currencies"), "ledger:exchange"),
        (_("Close the books"), "ledger:close"),
    ),
    _("Checks and duties"): (
        (_("Does it all add up?"), "reports:reconciliation"),
        (_("Compare with banks and the card service now"), "reports:ask"),
        (_("Register of gifts from abroad"), "donations:register"),
        (_("Gifts to be looked at"), "donations:screening"),
    ),
}
_BY_ROLE: dict[str, Links] = {
    Role.RESIDENT: (
        (_("File a need"), "needs:file"),
        (_("Answer the survey"), "surveys:list"),
        (_("Follow a need by its code"), "needs:follow"),
    ),
    Role.HELPER: ((_("File a need for somebody"), "needs:file"), (_("Help others answer"), "surveys:helping")),
    Role.COUNCILLOR: (
        (_("What waits for you"), "portal:work"),
        (_("Needs to answer"), "needs:triage"),
        (_("Decisions"), "meetings:list"),
        (_("Cash boxes"), "donations:cash"),
    ),
    Role.CHAIR: (
        (_("What waits for you"), "portal:work"),
        (_("Needs to answer"), "needs:triage"),
        (_("Publish minutes"), "meetings:write_minutes"),
        (_("Decisions"), "meetings:list"),
        (_("Write the list of priorities"), "priorities:write"),
        (_("Projects"), "projects:list"),
    ),
    Role.SECRETARY: (
        (_("What waits for you"), "portal:work"),
        (_("Needs to answer"), "needs:triage"),
        (_("Decisions"), "meetings:list"),
        (_("Publish minutes"), "meetings:write_minutes"),
        (_("Write the list of priorities"), "priorities:write"),
        (_("Projects"), "projects:list"),
        (_("Running surveys"), "surveys:council"),
        (_("How far the counts are"), "indicators:counting"),
        (_("Residents to confirm"), "users:residents"),
    ),
    Role.APPROVER: (
        (_("What waits for you"), "portal:work"),
        (_("Spending requests"), "spending:list"),
        (_("Corrections"), "ledger:corrections"),
        (_("Gifts given back"), "donations:refunds"),
        (_("Cash boxes"), "donations:cash"),
    ),
    Role.AKIMAT: (
        (_("Figures of the town"), "indicators:town"),
        (_("Official figures"), "indicators:official"),
        (_("How far the counts are"), "indicators:counting"),
        (_("Surveys and indicators"), "surveys:list"),
        (_("Needs"), "needs:list"),
    ),
    Role.ENTERPRISE: (
        (_("Projects"), "projects:list"),
        (_("Needs"), "needs:list"),
        (_("Promise to add to gifts"), "donations:pledge_new"),
        (_("Your promises"), "donations:own_pledges"),
    ),
    Role.MODERATOR: (
        (_("Residents to confirm"), "users:residents"),
        (_("Open answers of surveys"), "surveys:council"),
    ),
    Role.AUDITOR: (
        (_("What waits for you"), "portal:work_towns"),
        (_("Books of the funds"), "donations:treasury"),
        (_("Does it all add up?"), "reports:reconciliation"),
        (_("Compare with banks and the card service now"), "reports:ask"),
        (_("Register of gifts from abroad"), "donations:register"),
        (_("Gifts to be looked at"), "donations:screening"),
        (_("Lines of the statements"), "donations:lines"),
        (_("Cash boxes"), "donations:cash"),
        (_("Gifts given back"), "donations:refunds"),
        (_("Events of the card service"), "payments:inbox"),
    ),
    Role.ADMINISTRATOR: (
        (_("What waits for you"), "portal:work_towns"),
        (_("Compare with banks and the card service now"), "reports:ask"),
        (_("Events of the card service"), "payments:inbox"),
        (_("Roles and terms"), "users:appointments"),
        (_("Questionnaires"), "surveys:questionnaires"),
        (_("Norms"), "indicators:norms"),
        (_("How far the counts are"), "indicators:counting_all"),
    ),
}
_WITHOUT_TOWN = {
    "donations:treasury",
    "reports:reconciliation",
    "reports:ask",
    "portal:work_towns",
    "payments:inbox",
    "needs:follow",
    "users:residents",
    "users:appointments",
    "surveys:questionnaires",
    "indicators:norms",
    "indicators:counting_all",
}


_GROUPED: dict[str, dict[Promise, Links]] = {Role.TREASURER: _TREASURER}

Group = tuple[Promise | str, list[Task]]


def desk_of(appointments: Sequence[Appointment]) -> list[tuple[Appointment, list[Group]]]:
    """For each role a person holds, the links it opens, under headings where there are many ("" where there are few).

    Roles in all towns get only the routes without a town.
    """
    desk = []
    for appointment in appointments:
        groups: list[tuple[Promise | str, Links]] = [*_GROUPED.get(appointment.role, {}).items()]
        groups.append(("", _BY_ROLE.get(appointment.role, ())))
        told = [(heading, _tasks(appointment, links)) for heading, links in groups]
        desk.append((appointment, [(heading, tasks) for heading, tasks in told if tasks]))
    return desk


def _tasks(appointment: Appointment, links: Links) -> list[Task]:
    return [
        Task(label, route, None if route in _WITHOUT_TOWN else appointment.town)
        for label, route in links
        if appointment.town is not None or route in _WITHOUT_TOWN
    ]
