"""Pledges of enterprises to add to other people's gifts: made, applied to gifts, withdrawn, ended.

A match is a promise and no money: nothing here may post to the ledger. Only gifts that stand in the ledger are matched,
because a meter that moved with a gift still unpublished would tell its amount.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.identifiers import number_is_valid
from common.money import Money
from funds.donations.actions.transfers import free_code
from funds.donations.models import Gift, Match, Pledge
from funds.donations.permissions import can_pledge, can_withdraw_pledge
from funds.donations.queries.matching import uneven
from funds.donations.rules.matching import added
from funds.donations.states import GiftState, Method, PledgeState
from funds.ledger.models import Fund
from funds.projects.models import Project
from users.models import User

_AT_ONCE = 200


@transaction.atomic
def pledge(
    *,
    actor: User,
    fund: Fund,
    project: Project | None,
    enterprise: str,
    enterprise_bin: str,
    percent: int,
    cap: Money,
    starts_date: date,
    ends_date: date,
    now: datetime,
) -> Pledge:
    """Promise to add `percent` of each gift in the cap's currency, up to the cap and the last day.

    The very same promise, sent again while it stands, is one promise: two would add twice to each gift. Refuses
    (`Forbidden`) everybody but the town's enterprise, and (`DomainError`) a wrong BIN, dates or project.
    """
    can_pledge(actor, fund, on=day_of(now)).enforce()
    if not number_is_valid(enterprise_bin):
        raise DomainError(
            "bin_invalid", _("This is no BIN: twelve digits, the last one checks the others."), field="enterprise_bin"
        )
    if project is not None and project.fund_id != fund.pk:
        raise DomainError("other_fund", _("This project belongs to another fund."), field="project")
    if ends_date < max(starts_date, day_of(now)):
        raise DomainError("dates", _("The last day lies before the first one, or in the past."), field="ends_date")
    promise = {
        "fund": fund,
        "project": project,
        "enterprise": enterprise,
        "enterprise_bin": enterprise_bin,
        "percent": percent,
        "cap_minor": cap.minor,
        "currency": cap.currency,
        "starts_date": starts_date,
        "ends_date": ends_date,
    }
    # Promises to one fund take turns, so that the other click of a double click sees the first one's.
    Fund.objects.select_for_update(no_key=True).get(pk=fund.pk)
    same = Pledge.objects.filter(**promise, state=PledgeState.OPEN).first()
    if same is not None:
        return same
    made = Pledge.objects.create(**promise, pledged_by=actor, pledged_at=now, reference_code=free_code())
    _note(made, "donations.pledge", now, actor)
    return made


@transaction.atomic
def withdraw_pledge(*, actor: User, pledge_id: UUID, now: datetime) -> Pledge:
    """Match no more gifts. What gifts called for until now stays promised: those not looked at yet are matched now."""
    found = _locked(pledge_id)
    can_withdraw_pledge(actor, found, on=day_of(now)).enforce()
    if found.state == PledgeState.OPEN:
        _follow(found)
        while _grow(found, now):
            pass
        found.state = PledgeState.WITHDRAWN
        found.save(update_fields=["matched_minor", "state"])
        _note(found, "donations.pledge_withdrawn", now, actor)
    return found


@transaction.atomic
def match_gifts(*, pledge_id: UUID, now: datetime) -> int:
    """Match what came since the last time, follow what went or came back; how many matches changed. Safe to run twice.

    The pledge's row is locked, so two workers never promise beyond the cap. A gift of its days that is heard of after
    the last one (a bank statement is read days later) is matched all the same.
    """
    found = _locked(pledge_id)
    changed = _follow(found)
    if found.state != PledgeState.WITHDRAWN:
        changed += _grow(found, now)
    if found.state == PledgeState.OPEN and day_of(now) > found.ends_date and not _unmatched(found).exists():
        found.state = PledgeState.ENDED
        changed += 1
    if changed:
        found.save(update_fields=["matched_minor", "state"])
        _note(found, "donations.matched", now, None)
    return changed


def _grow(found: Pledge, now: datetime) -> int:
    done = 0
    for gift in _unmatched(found).order_by("succeeded_at", "pk")[:_AT_ONCE]:
        minor = added(
            percent=found.percent,
            amount_minor=gift.amount_minor,
            returned_minor=gift.refunded_minor + gift.disputed_minor,
            left_minor=found.cap_minor - found.matched_minor,
        )
        Match.objects.create(pledge=found, gift=gift, amount_minor=minor, matched_at=now)
        found.matched_minor += minor
        done += 1
    return done


def _follow(found: Pledge) -> int:
    """Give each matched gift what is due to it now, in the order they were matched: less when it goes back, more again
    when a dispute is won or when a cap that was reached has room because another gift went back.
    """
    matches = Match.objects.filter(pledge=found)
    if not uneven(matches).exists():
        return 0
    left, changed = found.cap_minor, []
    for match in matches.select_related("gift").order_by("pk"):
        minor = added(
            percent=found.percent,
            amount_minor=match.gift.amount_minor,
            returned_minor=match.gift.refunded_minor + match.gift.disputed_minor,
            left_minor=left,
        )
        left -= minor
        if minor != match.amount_minor:
            match.amount_minor = minor
            changed.append(match)
    Match.objects.bulk_update(changed, ["amount_minor"], batch_size=_AT_ONCE)
    found.matched_minor = found.cap_minor - left
    return len(changed)


def _unmatched(found: Pledge) -> QuerySet[Gift]:
    """Published gifts of the pledge's days and purpose that it has not looked at; no named one of its own enterprise.

    Gifts that are booked together count on the day of their line, all or none: a meter that left one of them out, be it
    the enterprise's own, would tell what that was.
    """
    gifts = Gift.objects.filter(
        Q(transaction__isnull=False) | Q(batch__isnull=False),
        fund_id=found.fund_id,
        state=GiftState.SUCCEEDED,
        currency=found.currency,
        pledge__isnull=True,
    ).exclude(company_bin=found.enterprise_bin, batch__isnull=True)
    gifts = gifts.annotate(told_at=Coalesce("batch__published_at", "succeeded_at"))
    if found.project_id is not None:
        gifts = gifts.filter(project_id=found.project_id)
    # Of transfers and cash the day alone is known; they stand at its noon, be the promise of the afternoon.
    by_day = Q(batch__isnull=True, told_at__date__gte=day_of(found.pledged_at)) & ~Q(method=Method.CARD)
    days = gifts.filter(
        Q(told_at__gte=found.pledged_at) | by_day,
        told_at__date__gte=found.starts_date,
        told_at__date__lte=found.ends_date,
    )
    return days.exclude(matches__pledge=found)


def _locked(pledge_id: UUID) -> Pledge:
    return Pledge.objects.select_for_update(of=("self",)).select_related("fund__town").get(pk=pledge_id)


def _note(found: Pledge, action: str, now: datetime, actor: User | None) -> None:
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=found.fund.town.slug,
        action=action,
        object_type="pledge",
        object_id=found.pk,
        detail={"matched_minor": found.matched_minor, "cap_minor": found.cap_minor},
    )
