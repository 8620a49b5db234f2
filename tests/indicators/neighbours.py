"""Towns with published figures, stored as a publication stores them, for pages that set towns side by side."""

from dataclasses import dataclass
from datetime import timedelta

from common.ids import uuid7
from councils.indicators.models import Estimate, Publication
from councils.indicators.states import ConfStatus, ObsStatus, Withheld
from councils.surveys.models import Wave
from tests.conftest import NOW
from towns.models import Town

SE = 0.02


@dataclass(frozen=True)
class Figure:
    """A share with its interval of 8 points; `hidden` is published without any number."""

    share: float
    hidden: bool = False


def publish(*, slug: str, like: Wave, figures: dict[str, Figure], number: int = 9) -> Publication:
    """A closed wave of a town with a first edition of these figures, raw and weighted alike."""
    town = Town.objects.get(slug=slug)
    wave = Wave.objects.get(pk=like.pk)
    wave.pk, wave.town, wave.number, wave.closed_at = uuid7(), town, number, NOW - timedelta(days=1)
    wave.save(force_insert=True)
    edition = Publication.objects.get(wave=like, number=1)
    edition.pk, edition.wave, edition.sha256, edition.needs = uuid7(), wave, "0" * 64, {}
    edition.save(force_insert=True)
    Estimate.objects.bulk_create(
        _row(edition, code, figure, weighted=weighted) for code, figure in figures.items() for weighted in (False, True)
    )
    return edition


def _row(edition: Publication, code: str, figure: Figure, *, weighted: bool) -> Estimate:
    row = Estimate(publication=edition, indicator=code, weighted=weighted, n=200)
    if figure.hidden:
        row.note, row.conf_status, row.obs_status = Withheld.SMALL_CELL, ConfStatus.PRIMARY, ObsStatus.SUPPRESSED
        return row
    row.value, row.se, row.n_eff, row.deff = figure.share, SE, 150.0, 1.3
    row.ci_low, row.ci_high = round(figure.share - 0.04, 3), round(figure.share + 0.04, 3)
    return row
