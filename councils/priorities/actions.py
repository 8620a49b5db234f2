"""Preparing a council's list of priorities, and publishing it. A published list is never changed."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError, NotFound
from councils.indicators.queries.order import NeedsOrder, order_of_town
from councils.members.models import Council
from councils.priorities.models import Priority, PriorityDraft, PriorityList
from councils.priorities.permissions import can_draft, can_publish
from councils.priorities.rules import LONGEST_REASON, Entry, Fault, Judged, faults, judged
from towns.models import Town
from transparency.actions import append
from transparency.states import Kind
from users.models import User

LONGEST_TEXT = 2000
SENTENCES: dict[Fault, Promise] = {
    Fault.EMPTY: _("Give at least one need a place."),
    Fault.GAP: _("Count the places 1, 2, 3 and so on: none twice, none left out."),
    Fault.UNKNOWN: _("Residents were not asked about this need."),
    Fault.NO_REASON: _(
        "This place departs from the evidence: write why, in a sentence of at least 20 letters. Everybody can read it."
    ),
}


@transaction.atomic
def save_draft(*, actor: User, town: Town, entries: Sequence[Entry], text: str = "", now: datetime) -> PriorityDraft:
    """Keep an unfinished list for chair and secretary; the one before is overwritten. Refuses with no_council."""
    can_draft(actor, town, on=day_of(now)).enforce()
    council = _council(town)
    told = [
        {"need": one.need, "place": one.place, "reason": one.reason[:LONGEST_REASON]}
        for one in entries
        if one.place is not None or one.reason
    ]
    draft, _made = PriorityDraft.objects.update_or_create(
        council=council,
        defaults={"entries": told, "text": text.strip()[:LONGEST_TEXT], "saved_at": now, "saved_by": actor},
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action="priorities.save_draft",
        object_type="council",
        object_id=council.pk,
        detail={"places": sum(one.place is not None for one in entries)},
    )
    return draft


@transaction.atomic
def publish_list(
    *,
    actor: User,
    town: Town,
    entries: Sequence[Entry],
    publication_id: UUID,
    decided_date: date,
    text: str,
    language: str,
    submission: UUID,
    now: datetime,
) -> PriorityList:
    """Publish what the council adopted, beside the evidence of `publication_id`, which must be the newest.

    `submission` is the random number of the form and becomes the list's id: sent twice, published once. Refuses with
    no_council, no_evidence, evidence_changed, day_wrong, places_missing, places_gap, unknown_need, reason_missing.
    """
    can_publish(actor, town, on=day_of(now)).enforce()
    council = _council(town)
    same = PriorityList.objects.filter(pk=submission).first()
    if same is not None:
        if same.council_id != council.pk:  # a form that somebody changed by hand
            raise NotFound("no_such_list", _("There is no such list of priorities here. Check the address."))
        return same
    evidence = order_of_town(town=town)
    if evidence is None or evidence.order.refusal is not None:
        raise DomainError(
            "no_evidence",
            _("There is no published order of needs yet. The council's list is laid beside one: survey first."),
        )
    if evidence.publication.pk != publication_id:
        raise DomainError(
            "evidence_changed", _("New figures were published since this page was opened. Look at the places again.")
        )
    if not council.founded_date <= decided_date <= day_of(now):
        raise DomainError(
            "day_wrong", _("On that day the council cannot have met. Check the day."), field="decided_date"
        )
    found = _fit(entries, evidence)
    last = PriorityList.objects.filter(council=council).order_by("-number").values_list("number", flat=True).first()
    published = PriorityList.objects.create(
        id=submission,
        council=council,
        number=(last or 0) + 1,
        publication=evidence.publication,
        decided_date=decided_date,
        text=text.strip()[:LONGEST_TEXT],
        language=language,
        judged=sum(one.best is not None for one in found),
        departed=sum(one.departs for one in found),
        published_at=now,
        published_by=actor,
    )
    Priority.objects.bulk_create(
        [
            Priority(
                list=published,
                need=one.need,
                place=one.place,
                evidence=one.evidence,
                best=one.best,
                worst=one.worst,
                departs=one.departs,
                reason=one.reason[:LONGEST_REASON],
            )
            for one in found
        ]
    )
    PriorityDraft.objects.filter(council=council).delete()
    _write_into_log(published, found, town_slug=town.slug, now=now)
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action="priorities.publish",
        object_type="priority_list",
        object_id=published.pk,
        detail={"number": published.number, "judged": published.judged, "departed": published.departed},
    )
    return published


def _council(town: Town) -> Council:
    # The council's row is the queue of its lists: numbers without gaps.
    council = Council.objects.select_for_update().filter(town=town).first()
    if council is None:
        raise DomainError("no_council", _("This town has no council yet. The administrator founds it."))
    return council


def _fit(entries: Sequence[Entry], evidence: NeedsOrder) -> list[Judged]:
    """The list beside the evidence; refuses the first thing that is wrong, at its field."""
    order = evidence.order.places
    for fault, need in faults(entries=entries, order=order, known=list(evidence.shares)):
        name = "reason" if fault is Fault.NO_REASON else "place"
        raise DomainError(fault.value, SENTENCES[fault], field=f"{name}_{need}" if need else None)
    return judged(entries=entries, order=order)


def _write_into_log(published: PriorityList, found: Sequence[Judged], *, town_slug: str, now: datetime) -> None:
    """The list in the public log, as a decision of the council; its words can be erased, its places cannot."""
    body: dict[str, object] = {
        "id": str(published.pk),
        "what": "priorities",
        "number": published.number,
        "decided": published.decided_date.isoformat(),
        "language": published.language,
        "publication": str(published.publication_id),
        "places": [one.need for one in found if one.place is not None],
        "left_out": [one.need for one in found if one.place is None],
        "departures": [one.need for one in found if one.departs],
        "judged": published.judged,
    }
    personal = {f"reason_{number}": one.reason for number, one in enumerate(found, start=1) if one.reason}
    if published.text:
        personal["text"] = published.text
    append(slug=town_slug, kind=Kind.DECISION, body=body, personal=personal, ref=published.pk, now=now)
