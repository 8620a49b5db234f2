"""Thresholds of norms, as an administrator read them in a source that is named. None is ever filled in beforehand.

An earlier threshold is never changed or removed: a new row replaces it.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.indicators.actions.officials import checked_indicator, checked_share, checked_source
from councils.indicators.models import Norm
from councils.indicators.permissions import can_enter_norms
from users.models import User


@transaction.atomic
def enter_norm(
    *,
    actor: User,
    indicator: str,
    value: Decimal,
    source: str,
    source_url: str,
    since_date: date,
    now: datetime,
) -> Norm:
    """Enter the threshold (%) of an indicator for all towns; the one that stood is kept and marked as replaced."""
    can_enter_norms(actor, on=day_of(now)).enforce()
    code, share, named = checked_indicator(indicator), checked_share(value), checked_source(source)
    if since_date > day_of(now):
        raise DomainError("not_yet", _("Enter a norm from the day on which it holds."), field="since_date")
    before = Norm.objects.filter(indicator=code, replaced_by__isnull=True).order_by("-entered_at", "-id").first()
    norm = Norm.objects.create(
        indicator=code,
        value=share,
        source=named,
        source_url=source_url,
        since_date=since_date,
        entered_by=actor,
        entered_at=now,
        replaces=before,
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug="",
        action="indicators.enter_norm",
        object_type="norm",
        object_id=norm.pk,
        detail={"indicator": code, "replaces": str(before.pk) if before else ""},
    )
    return norm
