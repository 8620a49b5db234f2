"""Sentences about a vintage that several files and pages say alike, in the active language."""

from decimal import Decimal

from django.utils.translation import gettext as _

from common.clock import day_of
from common.formats import percent
from councils.indicators.actions.files.addresses import page_of
from councils.indicators.models import OfficialFigure
from councils.indicators.queries import WaveResults
from councils.indicators.states import Weighting, WeightingRefusal
from councils.surveys.models import Wave
from towns.invented import in_words


def weighting_words(results: WaveResults) -> str:
    """How the wave was weighted."""
    publication = results.publication
    words = str(Weighting(publication.weighting).label)
    if publication.weighting_note in WeightingRefusal.values:
        words = f"{words}: {WeightingRefusal(publication.weighting_note).label}"
    return words


def tables_words(results: WaveResults) -> str:
    """The population tables behind the weights, each once: source and year."""
    named = (f"{in_words(table['source'])}, {table['year']}" for table in results.publication.margins)
    return "; ".join(dict.fromkeys(named))


def share_words(value: Decimal, language: str) -> str:
    """A percentage as it was entered, without closing zeros."""
    return percent((value / 100).normalize(), language, max(0, -int(value.normalize().as_tuple().exponent)))


def official_words(figure: OfficialFigure, language: str) -> str:
    """An official figure with its year, and whether its source calls it provisional; `language` is the active one."""
    facts = {"value": share_words(figure.value, language), "year": figure.year}
    if figure.provisional:
        return _("Official figure: %(value)s (%(year)d, provisional)") % facts
    return _("Official figure: %(value)s (%(year)d)") % facts


def title_words(wave: Wave, language: str) -> str:
    """What the figures of a wave are called; `language` is the active one."""
    return _("What residents say: %(town)s, wave %(wave)d") % {
        "town": wave.town.name_in(language),
        "wave": wave.number,
    }


def caution() -> str:
    """What nobody may leave out."""
    return _(
        "People chose themselves to answer: this is a non-probability survey, and the intervals rest on a"
        " model. Figures of small groups are hidden to protect those who answered."
    )


def citation(results: WaveResults, language: str) -> str:
    """How a vintage is named by those who use it."""
    publication = results.publication
    return _("Asar. %(title)s. Edition %(number)d of %(day)s. %(address)s") % {
        "title": title_words(results.wave, language),
        "number": publication.number,
        "day": day_of(publication.published_at).isoformat(),
        "address": page_of(results.wave.pk, language=language),
    }
