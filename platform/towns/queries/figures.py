"""Official figures as a page shows them: grouped by topic, each with its sentence, year basis, confidence, territory.

Beside a town's own figure stands the same indicator for all 27 towns or the country, where a source gives it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from towns.models import OfficialValue, Town
from towns.queries.phrases import phrases_in
from towns.rules import figures
from towns.states import Confidence, Scope, Territory, Topic, YearBasis


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, written out. `about` says of whom it speaks when that is not simply this town."""

    key: str
    value: str
    number: str | None
    about: str
    unit_stated: bool
    year: str
    year_inferred: bool
    year_basis: str
    source: str
    source_url: str
    sentence: str
    confidence_code: str
    confidence: str
    provisional: bool
    note: str
    territory: str
    corrected: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class IndicatorFigures:
    """The figures of one indicator: the town's own (newest year first), then `context` to read them against."""

    code: str
    name: str
    own: tuple[Figure, ...]
    context: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class TopicFigures:
    code: str
    name: str
    indicators: tuple[IndicatorFigures, ...]


Words = Callable[[str], str]
_TOPICS = {topic: place for place, topic in enumerate(Topic.values)}


def official_values_for(*, town: Town, language: str) -> list[TopicFigures]:
    """A town's official figures by topic, with the same indicators for all towns and the country. Three queries."""
    own_indicators = OfficialValue.objects.filter(towns=town).values("indicator")
    values = OfficialValue.objects.filter(
        Q(pk__in=town.official_values.values("pk"))
        | Q(scope__in=[Scope.MONOTOWNS, Scope.COUNTRY], indicator__in=own_indicators)
    )
    return _grouped(values, language, own_scopes=(Scope.TOWNS,))


def general_figures(*, language: str) -> list[TopicFigures]:
    """The official figures that are of no single town: all 27 towns, the country, definitions, comparisons."""
    values = OfficialValue.objects.exclude(scope=Scope.TOWNS)
    return _grouped(values, language, own_scopes=(Scope.MONOTOWNS, Scope.DEFINITION))


def _grouped(values: QuerySet[OfficialValue], language: str, *, own_scopes: Sequence[Scope]) -> list[TopicFigures]:
    rows = list(values.select_related("indicator", "unit", "source").prefetch_related("towns"))
    words = phrases_in(language, {text for row in rows for text in (row.note, row.place, row.value_text)})
    by_key: dict[str, list[OfficialValue]] = {}
    for row in sorted(rows, key=lambda value: value.version):
        by_key.setdefault(row.key, []).append(row)
    # A correction may have moved the figure elsewhere, or the source may have been withdrawn: then nothing is shown.
    shown = [
        versions
        for versions in by_key.values()
        if versions[-1].superseded_by_id is None and versions[-1].withdrawn_at is None
    ]
    shown.sort(key=lambda versions: _order(versions[-1]))
    with translation.override(language):
        return [
            TopicFigures(
                code=topic,
                name=str(Topic(topic).label),
                indicators=tuple(
                    _indicator(list(of_indicator), words, language, own_scopes)
                    for _code, of_indicator in groupby(of_topic, key=lambda versions: versions[-1].indicator_id)
                ),
            )
            for topic, of_topic in groupby(shown, key=lambda versions: versions[-1].indicator.topic)
        ]


def _order(value: OfficialValue) -> tuple[int, int, int, str, str]:
    newest_first = -value.year
    return _TOPICS[value.indicator.topic], value.indicator.position, newest_first, value.year_text, value.key


def _indicator(
    of_indicator: Sequence[Sequence[OfficialValue]],
    words: Words,
    language: str,
    own_scopes: Sequence[Scope],
) -> IndicatorFigures:
    indicator = of_indicator[0][-1].indicator
    own: list[Figure] = []
    context: list[Figure] = []
    for versions in of_indicator:
        figure = _figure(versions, words, language)
        (own if versions[-1].scope in own_scopes else context).append(figure)
    return IndicatorFigures(
        code=indicator.code, name=getattr(indicator, f"name_{language}"), own=tuple(own), context=tuple(context)
    )


def _written(value: OfficialValue, words: Words, language: str) -> str:
    bare = figures.value_words(value.value_text, value.qualifier, language, phrase=words(value.value_text))
    return figures.with_unit(bare, getattr(value.unit, f"pattern_{language}"))


def _about(value: OfficialValue, words: Words, language: str) -> str:
    if value.scope == Scope.TOWNS:
        towns = sorted(value.towns.all(), key=lambda town: getattr(town, f"sort_{language}"))
        return ", ".join(town.name_in(language) for town in towns) if len(towns) > 1 else ""
    if value.scope == Scope.COMPARISON:
        return words(value.place)
    return str(Scope(value.scope).label)


def _figure(versions: Sequence[OfficialValue], words: Words, language: str) -> Figure:
    value = versions[-1]
    note = words(value.note)
    return Figure(
        key=value.key,
        value=_written(value, words, language),
        number=str(value.value_number) if value.value_number is not None else None,
        about=_about(value, words, language),
        unit_stated=value.unit.stated,
        year=figures.year_words(value.year_text, language),
        year_inferred=value.year_basis == YearBasis.INFERRED,
        year_basis=str(YearBasis(value.year_basis).label),
        source=getattr(value.source, f"name_{language}"),
        source_url=value.source.url,
        sentence=value.source_sentence,
        confidence_code=value.confidence,
        confidence=str(Confidence(value.confidence).label),
        provisional=value.provisional,
        note=note,
        territory=_territory(value, language),
        corrected=tuple((_written(old, words, language), old.recorded_at) for old in versions[:-1]),
    )


def _territory(value: OfficialValue, language: str) -> str:
    """The territory in words; for a town of district significance also which district."""
    words = str(Territory(value.territory).label)
    if value.territory != Territory.TOWN_OR_DISTRICT:
        return words
    districts = ", ".join(
        sorted({town.district_in(language) for town in value.towns.all() if town.district_in(language)})
    )
    return words + " " + _("District: %(district)s.") % {"district": districts} if districts else words
