"""Each received gift against the operator's list and thresholds, once; what it points at is decided by a person.

A name is compared and never copied: neither the row nor the audit nor a line of a log holds one.
"""

import logging
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.models import Gift, Screening
from funds.donations.permissions import can_decide_screening
from funds.donations.queries.duties import screened_by_another_list, unscreened_gifts
from funds.donations.rules.screening import (
    Finding,
    Listed,
    ListError,
    ListTrouble,
    ThresholdError,
    above,
    found_in,
    read_list,
    thresholds_of,
)
from funds.donations.states import GiftState, ScreeningVerdict
from users.models import User

ANEW: Final = timedelta(days=90)
"""Gifts received within this time are screened anew when the list changes; open ones however old they are."""

_TROUBLES: Final = {
    ListTrouble.TOO_LARGE: _("it is larger than 20 MiB"),
    ListTrouble.NOT_UTF8: _("it is not written in UTF-8"),
    ListTrouble.NO_NAME: _("it holds no name"),
}

logger = logging.getLogger(__name__)


def is_on() -> bool:
    """Whether there is anything to screen against."""
    return bool(settings.SCREENING_LIST_FILE or settings.SCREENING_THRESHOLDS)


def screen_new_gifts(*, now: datetime, limit: int = 200) -> int:
    """Screen received gifts that were not yet, and anew those that an older list let pass lately; how many.

    None while the list cannot be read, which is logged.
    """
    if not is_on():
        return 0
    try:
        listed = current_list()
        limits = thresholds_of(settings.SCREENING_THRESHOLDS)
    except (OSError, ValueError) as error:
        logger.error("Gifts are not screened: %s", error)  # noqa: TRY400 - the sentence says it all
        return 0
    done = sum(
        screen_gift(gift_id=gift_id, listed=listed, limits=limits, now=now) for gift_id in unscreened_gifts(limit=limit)
    )
    old = screened_by_another_list(sha256=listed.sha256 if listed else "", since=now - ANEW, limit=limit)
    return done + sum(screen_again(screening_id=one, listed=listed, limits=limits, now=now) for one in old)


@transaction.atomic
def screen_gift(*, gift_id: UUID, listed: Listed | None, limits: dict[str, int], now: datetime) -> bool:
    """Screen one received gift; True when it was done just now. Safe to run twice and at the same time."""
    gift = Gift.objects.select_for_update(of=("self",)).select_related("fund__town").get(pk=gift_id)
    if gift.state != GiftState.SUCCEEDED or Screening.objects.filter(gift=gift).exists():
        return False
    screening = Screening(gift=gift, **_compared(gift, listed, limits), screened_at=now)
    screening.save(force_insert=True)
    _audit(screening, gift, "donations.screen", None, now)
    return True


@transaction.atomic
def screen_again(*, screening_id: UUID, listed: Listed | None, limits: dict[str, int], now: datetime) -> bool:
    """Screen a gift anew because the list has changed; True when it was done just now. What a person has decided
    stays decided."""
    rows = Screening.objects.select_for_update(of=("self",)).select_related("gift__fund__town")
    screening = rows.get(pk=screening_id)
    same = screening.list_sha256 == (listed.sha256 if listed else "")
    if same or screening.verdict not in {ScreeningVerdict.CLEAR, ScreeningVerdict.HIT}:
        return False
    told = _compared(screening.gift, listed, limits)
    for name, value in told.items():
        setattr(screening, name, value)
    screening.screened_at = now
    screening.save(update_fields=[*told, "screened_at"])
    _audit(screening, screening.gift, "donations.screen_again", None, now)
    return True


def _compared(gift: Gift, listed: Listed | None, limits: dict[str, int]) -> dict[str, str]:
    large = above(Money(gift.amount_minor, gift.currency), limits)
    finding = Finding(
        line=found_in(gift.donor_name, listed, apart=settings.SCREENING_DISTANCE) if listed is not None else None,
        threshold=Money(limits[gift.currency], gift.currency) if large else None,
    )
    return {
        "verdict": ScreeningVerdict.HIT if finding else ScreeningVerdict.CLEAR,
        "list_name": Path(settings.SCREENING_LIST_FILE).name[:120] if listed is not None else "",
        "list_sha256": listed.sha256 if listed is not None else "",
        "found": finding.code,
    }


@transaction.atomic
def decide_screening(
    *, actor: User, screening_id: UUID, verdict: ScreeningVerdict, reason: str, now: datetime
) -> Screening:
    """What a person decided about a gift that was pointed at, and why. Refuses the giver, and a second decision."""
    found = Screening.objects.select_for_update(of=("self",)).select_related("gift__fund__town").get(pk=screening_id)
    can_decide_screening(actor, found, on=day_of(now)).enforce()
    if found.verdict != ScreeningVerdict.HIT:
        raise DomainError("decided_already", _("This gift was decided on already."))
    if verdict not in {ScreeningVerdict.CLEARED, ScreeningVerdict.REFUSED}:
        raise DomainError("no_decision", _("Choose whether the gift may be accepted."), field="verdict")
    if not reason.strip():
        raise DomainError("no_reason", _("Say why: the decision is kept with its reason."), field="reason")
    found.verdict = verdict
    found.decided_by = actor
    found.decided_at = now
    found.reason = reason
    found.save(update_fields=["verdict", "decided_by", "decided_at", "reason"])
    _audit(found, found.gift, "donations.decide_screening", actor, now)
    return found


def current_list() -> Listed | None:
    """The list of the settings, read again only when its file changes; None without one. Raises OSError, ListError."""
    if not settings.SCREENING_LIST_FILE:
        return None
    file = Path(settings.SCREENING_LIST_FILE)
    told = file.stat()
    return _read(file, told.st_mtime_ns, told.st_size)


def list_trouble() -> str:
    """Why gifts are not screened at the moment, in words for the operator; "" when they are."""
    try:
        current_list()
        thresholds_of(settings.SCREENING_THRESHOLDS)
    except OSError:
        return str(_("The list of names cannot be read."))
    except ListError as error:
        return str(_("The list of names cannot be used: %(reason)s") % {"reason": _TROUBLES[error.trouble]})
    except ThresholdError as error:
        words = _("The setting SCREENING_THRESHOLDS holds what is no amount: %(written)s")
        return str(words % {"written": error.written})
    return ""


@lru_cache(maxsize=2)
def _read(file: Path, changed: int, size: int) -> Listed:
    del changed, size  # they tell one reading from the next
    return read_list(file.read_bytes())


def _audit(screening: Screening, gift: Gift, action: str, actor: User | None, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor.pk if actor is not None else None,
        town_slug=gift.fund.town.slug,
        action=action,
        object_type="screening",
        object_id=screening.pk,
        detail={"verdict": str(screening.verdict)},
    )
