"""Recording decisions and publishing minutes. There is one way in and none to change them afterwards."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.meetings.models import Attendance, Decision, MinutedDecision, Minutes, Vote
from councils.meetings.permissions import can_record, may_vote
from councils.meetings.rules import Ballot, contradicts, outcome, says_why, submission_key, tally
from councils.meetings.states import Choice, Outcome
from councils.members.models import Council
from councils.members.queries import Member, quorum_of, voting_members
from councils.needs.models import Need
from councils.needs.states import NeedState
from towns.models import Town
from transparency.actions import append
from transparency.states import Kind
from users.models import User


@transaction.atomic
def record_decision(
    *,
    actor: User,
    need: Need,
    title: str,
    text: str,
    language: str,
    decided_date: date,
    roll: Mapping[UUID, Ballot],
    submission: UUID,
    now: datetime,
) -> Decision:
    """Write down what the council decided about an accepted need, and who stood where.

    `roll` has a ballot for every member with a vote on `decided_date`, by appointment id; outcome and number are worked
    out here. `submission` is the random number of the form: the same sending twice is one decision. Refuses with
    no_council, not_accepted, decided_already, day_wrong, text_missing, roll_incomplete, roll_stranger,
    more_members_than_seats, interest_missing, interest_not_recused.
    """
    can_record(actor, need.town, on=day_of(now)).enforce()
    # The council's row is the queue of its decisions: numbers without gaps, one adopted decision per need.
    council = Council.objects.select_for_update().filter(town=need.town).first()
    if council is None:
        raise DomainError("no_council", _("This town has no council yet. The administrator founds it."))
    key = submission_key(submission, str(need.pk), title, text, decided_date.isoformat(), roll)
    existing = Decision.objects.filter(submission_key=key).first()
    if existing is not None:
        return existing
    need = Need.objects.select_related("town").get(pk=need.pk)
    _refuse_unfit(need=need, council=council, title=title, text=text, decided_date=decided_date, today=day_of(now))
    members = voting_members(town=need.town, on=decided_date)
    _refuse_roll(roll=roll, members=members, council=council)
    counted = tally(roll.values())
    quorum = quorum_of(council=council)
    last = Decision.objects.filter(council=council).order_by("-number").values_list("number", flat=True).first()
    decision = Decision.objects.create(
        council=council,
        need=need,
        number=(last or 0) + 1,
        title=title.strip(),
        text=text.strip(),
        language=language,
        decided_date=decided_date,
        recorded_at=now,
        recorded_by=actor,
        seats=council.seats,
        quorum=quorum,
        in_favour=counted.in_favour,
        against=counted.against,
        abstained=counted.abstained,
        recused=counted.recused,
        absent=counted.absent,
        outcome=outcome(counted, quorum),
        submission_key=key,
    )
    Vote.objects.bulk_create(
        [
            Vote(
                decision=decision,
                appointment_id=member.appointment_id,
                choice=roll[member.appointment_id].choice,
                interest=roll[member.appointment_id].interest.strip(),
            )
            for member in members
        ]
    )
    _write_into_log(decision=decision, members=members, roll=roll, town_slug=need.town.slug, now=now)
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=need.town.slug,
        action="meetings.record_decision",
        object_type="decision",
        object_id=decision.pk,
        detail={"number": decision.number, "outcome": decision.outcome, "need": str(need.pk)},
    )
    return decision


def _write_into_log(
    *, decision: Decision, members: Sequence[Member], roll: Mapping[UUID, Ballot], town_slug: str, now: datetime
) -> None:
    """The decision in the public log: numbers and votes by seat are open; texts, people, interests can be erased."""
    personal = {"title": decision.title, "text": decision.text}
    for seat, member in enumerate(members, start=1):
        personal[f"member_{seat}"] = member.name
        if roll[member.appointment_id].interest.strip():
            personal[f"interest_{seat}"] = roll[member.appointment_id].interest.strip()
    counts = ("number", "seats", "quorum", "in_favour", "against", "abstained", "recused", "absent")
    body: dict[str, object] = {
        "id": str(decision.pk),
        "need": str(decision.need_id),
        "decided": decision.decided_date.isoformat(),
        "language": decision.language,
        "outcome": Outcome(decision.outcome).value,
        "votes": [Choice(roll[member.appointment_id].choice).value for member in members],
        **{name: getattr(decision, name) for name in counts},
    }
    append(slug=town_slug, kind=Kind.DECISION, body=body, personal=personal, ref=decision.pk, now=now)


def _refuse_unfit(*, need: Need, council: Council, title: str, text: str, decided_date: date, today: date) -> None:
    if need.state != NeedState.ACCEPTED:
        raise DomainError(
            "not_accepted", _("The council decides on needs that it has accepted. Answer this need first.")
        )
    if Decision.objects.filter(need=need, outcome=Outcome.ADOPTED).exists():
        raise DomainError("decided_already", _("The council has adopted a decision on this need already."))
    if not title.strip():
        raise DomainError("text_missing", _("Give the decision a title."), field="title")
    if not text.strip():
        raise DomainError("text_missing", _("Write what was decided."), field="text")
    if decided_date > today:
        raise DomainError("day_wrong", _("A meeting that has not been yet cannot have decided."), field="decided_date")
    if decided_date < max(day_of(need.filed_at), council.founded_date):
        raise DomainError(
            "day_wrong",
            _("On that day the need or the council did not exist yet. Check the day."),
            field="decided_date",
        )


def _refuse_roll(*, roll: Mapping[UUID, Ballot], members: Sequence[Member], council: Council) -> None:
    if len(members) > council.seats:
        raise DomainError(
            "more_members_than_seats",
            _("On that day more members than seats had a vote. The administrator ends the terms that are over."),
        )
    for member in members:
        ballot = roll.get(member.appointment_id)
        if ballot is None:
            sentence = gettext("The roll call lacks a member. Name: %(name)s")
            raise DomainError(
                "roll_incomplete", sentence % {"name": member.name}, field=f"vote_{member.appointment_id}"
            )
        if says_why(ballot):
            continue
        if ballot.choice == Choice.RECUSED:
            code, sentence = "interest_missing", gettext("Name the interest because of which the member steps aside.")
        else:
            code, sentence = "interest_not_recused", gettext("Only a recused member has an interest to name here.")
        raise DomainError(code, sentence, field=f"interest_{member.appointment_id}")
    for appointment_id in roll:
        verdict = may_vote(appointment_id, members)
        if not verdict:
            raise DomainError("roll_stranger", verdict.reason)


@transaction.atomic
def publish_minutes(
    *,
    actor: User,
    town: Town,
    sitting_date: date,
    text: str,
    language: str,
    present: Mapping[UUID, bool],
    submission: UUID,
    now: datetime,
) -> Minutes:
    """Publish what was said on a day and who of those with a vote was there, with all decisions of that day.

    `submission` is the random number of the form and becomes the minutes' id: sent twice, published once. Refuses with
    no_council, day_wrong, text_missing, minutes_there, attendance_incomplete, attendance_contradicts.
    """
    can_record(actor, town, on=day_of(now)).enforce()
    council = Council.objects.select_for_update().filter(town=town).first()
    if council is None:
        raise DomainError("no_council", _("This town has no council yet. The administrator founds it."))
    same = Minutes.objects.filter(pk=submission, council=council).first()
    if same is not None:
        return same
    members = voting_members(town=town, on=sitting_date)
    decisions = list(Decision.objects.filter(council=council, decided_date=sitting_date).order_by("number"))
    _refuse_unfit_minutes(council=council, sitting_date=sitting_date, text=text, today=day_of(now))
    _refuse_attendance(members=members, present=present, decisions=decisions)
    last = Minutes.objects.filter(council=council).order_by("-number").values_list("number", flat=True).first()
    minutes = Minutes.objects.create(
        id=submission,
        council=council,
        number=(last or 0) + 1,
        sitting_date=sitting_date,
        text=text.strip(),
        language=language,
        seats=council.seats,
        quorum=quorum_of(council=council),
        published_at=now,
        published_by=actor,
    )
    Attendance.objects.bulk_create(
        [
            Attendance(minutes=minutes, appointment_id=one.appointment_id, present=present[one.appointment_id])
            for one in members
        ]
    )
    MinutedDecision.objects.bulk_create([MinutedDecision(minutes=minutes, decision=one) for one in decisions])
    body: dict[str, object] = {
        "id": str(minutes.pk),
        "number": minutes.number,
        "sitting": sitting_date.isoformat(),
        "language": language,
        "seats": minutes.seats,
        "quorum": minutes.quorum,
        "attendance": ["present" if present[one.appointment_id] else "absent" for one in members],
        "decisions": [str(one.pk) for one in decisions],
    }
    personal = {"text": minutes.text} | {f"member_{seat}": one.name for seat, one in enumerate(members, start=1)}
    append(slug=town.slug, kind=Kind.MINUTES, body=body, personal=personal, ref=minutes.pk, now=now)
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action="meetings.publish_minutes",
        object_type="minutes",
        object_id=minutes.pk,
        detail={"number": minutes.number, "decisions": len(decisions)},
    )
    return minutes


def _refuse_unfit_minutes(*, council: Council, sitting_date: date, text: str, today: date) -> None:
    if not council.founded_date <= sitting_date <= today:
        raise DomainError(
            "day_wrong", _("On that day the council cannot have met. Check the day."), field="sitting_date"
        )
    if not text.strip():
        raise DomainError("text_missing", _("Write what was said."), field="text")
    if Minutes.objects.filter(council=council, sitting_date=sitting_date).exists():
        raise DomainError("minutes_there", _("The minutes of this day are published already."), field="sitting_date")


def _refuse_attendance(
    *, members: Sequence[Member], present: Mapping[UUID, bool], decisions: Sequence[Decision]
) -> None:
    if not members or present.keys() != {one.appointment_id for one in members}:
        raise DomainError("attendance_incomplete", _("Say of every member with a vote whether they were there."))
    stood: dict[UUID, list[Choice]] = {}
    for appointment_id, choice in Vote.objects.filter(decision__in=decisions).values_list("appointment_id", "choice"):
        stood.setdefault(appointment_id, []).append(Choice(choice))
    for one in members:
        if contradicts(stood.get(one.appointment_id, ()), present=present[one.appointment_id]):
            sentence = gettext("A roll call of that day says otherwise about this member. Name: %(name)s")
            raise DomainError(
                "attendance_contradicts", sentence % {"name": one.name}, field=f"present_{one.appointment_id}"
            )
