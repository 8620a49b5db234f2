"""Reads about decisions and roll calls. All of it is public."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import get_language, gettext

from audit.models import Version
from audit.queries import town_version
from common.errors import NotFound
from councils.meetings.models import Attendance, Decision, Minutes, Vote
from councils.meetings.states import Choice, Outcome
from councils.members.queries import public_name
from councils.needs.models import Need
from councils.needs.queries import accepted_needs
from towns.models import Town
from towns.rules.spelling import sort_key
from users.states import Role

PAGE = 20
MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Some decisions, newest first, and the number to ask for older ones with (None at the end)."""

    items: list[Decision]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class RollCallRow:
    """Where one member stood. `interest` is empty unless the member was recused."""

    name: str
    role_label: str
    choice: Choice
    choice_label: str
    interest: str


def list_version(slug: str) -> int:
    return town_version(slug)


def decision_version(decision_id: UUID) -> int:
    """Changes with every write of the decision's town: its text never changes, but names and links around it do."""
    town = Decision.objects.filter(pk=decision_id).values("council__town__slug")
    return int(Version.objects.filter(Q(town_slug="") | Q(town_slug__in=town)).aggregate(sum=Sum("number"))["sum"] or 0)


def page_of_decisions(*, town: Town, before: int | None = None, limit: int = PAGE) -> DecisionPage:
    """The decisions of a town's council by number, which has no gaps, from the newest to the oldest."""
    rows = Decision.objects.filter(council__town=town).select_related("need")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.order_by("-number")[: limit + 1])
    items = found[:limit]
    return DecisionPage(items=items, next_before=items[-1].number if len(found) > limit else None)


def decision(decision_id: UUID) -> Decision:
    found = Decision.objects.select_related("council__town", "need__town").filter(pk=decision_id).first()
    if found is None:
        raise NotFound("no_such_decision", gettext("There is no such decision here. Check the address."))
    return found


def roll_call(*, decision: Decision) -> list[RollCallRow]:
    """Every member who was called, the chair first, then by name."""
    votes = Vote.objects.filter(decision=decision).select_related("appointment__user")
    rows = [
        (
            vote.appointment.role != Role.CHAIR,
            RollCallRow(
                name=public_name(vote.appointment),
                role_label=str(Role(vote.appointment.role).label),
                choice=Choice(vote.choice),
                choice_label=str(Choice(vote.choice).label),
                interest=vote.interest,
            ),
        )
        for vote in votes
    ]
    language = get_language() or "kk"
    return [row for _later, row in sorted(rows, key=lambda pair: (pair[0], sort_key(pair[1].name, language)))]


def decisions_on(*, need_id: UUID) -> list[Decision]:
    """All decisions on one need, the oldest first."""
    return list(Decision.objects.filter(need_id=need_id).select_related("council__town").order_by("number"))


def adopted_decision_of(*, need_id: UUID) -> Decision | None:
    return Decision.objects.filter(need_id=need_id, outcome=Outcome.ADOPTED).select_related("council__town").first()


def adopted_decisions(*, town: Town, limit: int = MOST_OFFERED) -> list[Decision]:
    """The newest decisions that the council of a town has adopted."""
    rows = Decision.objects.filter(council__town=town, outcome=Outcome.ADOPTED).select_related("council")
    return list(rows.order_by("-number")[:limit])


def decisions_of_day(*, town: Town, on: date) -> list[Decision]:
    """What the council of a town decided on a day, in order."""
    return list(Decision.objects.filter(council__town=town, decided_date=on).order_by("number"))


def minutes_of_town(*, town: Town, limit: int = PAGE) -> list[Minutes]:
    """The newest minutes of a town's council. One query."""
    return list(Minutes.objects.filter(council__town=town).order_by("-sitting_date")[:limit])


def minutes(minutes_id: UUID) -> Minutes:
    """One sitting's minutes; raises NotFound."""
    found = Minutes.objects.select_related("council__town").filter(pk=minutes_id).first()
    if found is None:
        raise NotFound("no_such_minutes", gettext("There are no such minutes here. Check the address."))
    return found


def minutes_version(minutes_id: UUID) -> int:
    """Changes with every write of the town of these minutes."""
    town = Minutes.objects.filter(pk=minutes_id).values("council__town__slug")
    return int(Version.objects.filter(Q(town_slug="") | Q(town_slug__in=town)).aggregate(sum=Sum("number"))["sum"] or 0)


def attendance_of(*, minutes: Minutes) -> list[tuple[str, str, bool]]:
    """Name, role and whether they were there, the chair first, then by name."""
    rows = Attendance.objects.filter(minutes=minutes).select_related("appointment__user")
    found = [(public_name(one.appointment), Role(one.appointment.role), one.present) for one in rows]
    language = get_language() or "kk"
    return [
        (name, str(role.label), present)
        for name, role, present in sorted(found, key=lambda one: (one[1] != Role.CHAIR, sort_key(one[0], language)))
    ]


def minuted_decisions(*, minutes: Minutes) -> list[Decision]:
    """The decisions that minutes contain, in order."""
    return list(Decision.objects.filter(minuted__minutes=minutes).order_by("number"))


def undecided_needs(*, town: Town, limit: int = PAGE) -> list[Need]:
    """Needs that the council has accepted and not adopted a decision on, the longest waiting first."""
    adopted = Decision.objects.filter(need=OuterRef("pk"), outcome=Outcome.ADOPTED)
    return list(accepted_needs(town=town).filter(~Exists(adopted))[:limit])
