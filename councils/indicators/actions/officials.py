"""Official figures beside residents' answers: entered with their source, corrected by a new row that says why.

An earlier figure is never changed or removed. Values are percentages, as the source prints them.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from councils.indicators.models import OfficialFigure, Publication
from councils.indicators.permissions import can_enter_official
from councils.indicators.queries import catalogue
from towns.models import Town
from towns.states import Confidence, Territory, YearBasis
from users.models import User

FIRST_YEAR = 1990


def checked_share(value: Decimal) -> Decimal:
    """A percentage with at most four decimals; refuses what is no percentage (`no_share`)."""
    if not value.is_finite() or not 0 <= value <= 100:  # noqa: PLR2004
        raise DomainError("no_share", _("Write a percentage from 0 to 100."), field="value")
    return value.quantize(Decimal("0.0001"))


def checked_indicator(code: str) -> str:
    """The code of an indicator of the catalogue; refuses others (`no_indicator`)."""
    if code not in {indicator.code for indicator in catalogue().indicators}:
        raise DomainError("no_indicator", _("Choose an indicator from the list."), field="indicator")
    return code


def checked_source(source: str) -> str:
    """What stands as source, in one line; refuses nothing at all (`no_source`)."""
    words = " ".join(source.split())
    if not words:
        raise DomainError("no_source", _("Name the source: everybody can look it up."), field="source")
    return words


@transaction.atomic
def enter_official(
    *,
    actor: User,
    town: Town,
    indicator: str,
    year: int,
    year_basis: YearBasis,
    value: Decimal,
    territory: Territory,
    source: str,
    source_url: str,
    confidence: Confidence,
    reason: str,
    now: datetime,
    provisional: bool = False,
) -> OfficialFigure:
    """Enter a figure; where one of that indicator and year stands, this replaces it and `reason` says why.

    `provisional`: the source itself says that it may still change.

    Refuses unknown indicators, values outside 0 to 100 (%), years to come, and a figure without source.
    """
    can_enter_official(actor, town, on=day_of(now)).enforce()
    code, share, named = checked_indicator(indicator), checked_share(value), checked_source(source)
    if not FIRST_YEAR <= year <= day_of(now).year:
        raise DomainError("no_year", _("Write the year of the figure: it cannot lie in the future."), field="year")
    Town.objects.select_for_update(no_key=True).get(pk=town.pk)  # publishing waits for us, or we for it: `store`
    newest = Publication.objects.filter(wave__town=town).aggregate(at=Max("published_at"))["at"]
    if newest is not None and now <= newest:
        # Published while we waited: the files of that edition are made without this figure and never change.
        now = newest + timedelta(microseconds=1)
    standing = OfficialFigure.objects.filter(town=town, indicator=code, year=year, replaced_by__isnull=True)
    before = standing.order_by("-entered_at", "-id").first()
    words = " ".join(reason.split())
    if before is not None and not words:
        raise DomainError(
            "no_reason",
            _("A figure of this year stands already. Write why yours replaces it: everybody can read it."),
            field="reason",
        )
    figure = OfficialFigure.objects.create(
        town=town,
        indicator=code,
        year=year,
        year_basis=year_basis.value,
        value=share,
        territory=territory.value,
        source=named,
        source_url=source_url,
        confidence=confidence.value,
        provisional=provisional,
        entered_by=actor,
        entered_at=now,
        replaces=before,
        reason=words if before is not None else "",
    )
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town.slug,
        action="indicators.enter_official",
        object_type="official_figure",
        object_id=figure.pk,
        detail={"indicator": code, "year": year, "replaces": str(before.pk) if before else ""},
    )
    return figure
