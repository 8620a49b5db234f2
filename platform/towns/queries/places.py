"""Towns as pages show them: one town, the list by oblast with its search, the choices of a form, the margins.

The order is that of the reader's alphabet (stored keys); an approximate number of people always carries its sign.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from audit.queries import site_version
from common.errors import NotFound
from towns.models import Town, TownListing
from towns.queries.phrases import phrases_in
from towns.rules import figures, spelling
from towns.states import AliasKind, Confidence, MarginDimension, Significance


@dataclass(frozen=True, slots=True)
class TownLine:
    """A town in the list. `former` are its earlier names; `left_year` is when it left the official list, if it did."""

    slug: str
    name: str
    people: str
    people_year: int
    approximate: bool
    industry: str
    former: tuple[str, ...]
    left_year: int | None


@dataclass(frozen=True, slots=True)
class OblastTowns:
    name: str
    towns: tuple[TownLine, ...]


@dataclass(frozen=True, slots=True)
class TownsFound:
    """The towns that a search found, by oblast. With none found, `suggestion` may name the town that was meant."""

    oblasts: tuple[OblastTowns, ...]
    total: int
    slugs: frozenset[str]
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What one source says of the town's place on the official list; `left_year` only if it reports the end."""

    year: int
    source: str
    left_year: int | None
    left_source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The facts of a town's page, each with what limits it."""

    name: str
    oblast: str
    district: str
    significance: str
    people: str
    people_year: int
    approximate: bool
    people_source: str
    people_confidence: str
    industry: str
    enterprise: str
    enterprise_source: str
    enterprise_confidence: str
    kato: str
    kato_classifier: str
    former_katos: tuple[str, ...]
    note: str
    former: tuple[tuple[str, int | None], ...] = ()
    listings: tuple[Listing, ...] = field(default=())


def town_by_slug(*, slug: str) -> Town:
    """The town with its oblast. Raises `NotFound` with what to do."""
    try:
        return Town.objects.select_related("oblast").get(slug=slug)
    except Town.DoesNotExist:
        raise NotFound(
            "no_such_town", _("There is no town at this address. Look for yours in the list of towns.")
        ) from None


def _left_year(listings: Iterable[TownListing]) -> int | None:
    years = [listing.listed_until.year for listing in listings if listing.listed_until]
    return max(years, default=None)


def _former(town: Town, language: str) -> list[tuple[str, int | None]]:
    """Former names with the year they ended, in the spelling that readers of `language` know."""
    shown = [alias for alias in town.aliases.all() if alias.kind == AliasKind.FORMER]
    return sorted(
        ((alias.name, alias.until_year) for alias in shown if language in alias.shown_in.split()),
        key=lambda named: (-(named[1] or 0), named[0]),
    )


def _line(town: Town, language: str) -> TownLine:
    return TownLine(
        slug=town.slug,
        name=town.name_in(language),
        people=figures.people_words(town.population, approximate=town.population_approximate, language=language),
        people_year=town.population_year,
        approximate=town.population_approximate,
        industry=town.industry_in(language),
        former=tuple(name for name, _year in _former(town, language)),
        left_year=_left_year(town.listings.all()),
    )


def towns_list(*, language: str, q: str = "") -> TownsFound:
    """All towns, or those that `q` finds by any spelling, former name, oblast or district; by oblast, in order.

    Three queries, however many towns there are.
    """
    towns = list(
        Town.objects.select_related("oblast")
        .prefetch_related("aliases", "listings")
        .order_by(f"oblast__sort_{language}", f"sort_{language}", "slug")
    )
    found = [town for town in towns if spelling.matches(q, town.search_text)]
    suggestion = None
    if not found:
        names = [name for town in towns for name in (town.name_in(language), *(a.name for a in town.aliases.all()))]
        suggestion = spelling.nearest(q, names)
    groups = tuple(
        OblastTowns(name=name, towns=tuple(_line(town, language) for town in group))
        for name, group in groupby(found, key=lambda town: town.oblast.name_in(language))
    )
    return TownsFound(
        oblasts=groups, total=len(found), slugs=frozenset(town.slug for town in found), suggestion=suggestion
    )


def town_choices(*, language: str) -> list[tuple[str, str]]:
    """(slug, name) of every town in alphabet order, for a form."""
    return list(Town.objects.order_by(f"sort_{language}", "slug").values_list("slug", f"name_{language}"))


def town_profile(*, town: Town, language: str) -> Profile:
    """The facts of a town's own page. Three queries (aliases, listings, phrases) beyond the town itself."""
    listings = sorted(town.listings.all(), key=lambda listing: listing.named_on)
    wordings = {town.population_source, town.enterprise_source}
    wordings |= {wording for listing in listings for wording in (listing.source, listing.until_source)}
    words = phrases_in(language, wordings)
    with translation.override(language):
        return Profile(
            name=town.name_in(language),
            oblast=town.oblast.name_in(language),
            district=town.district_in(language),
            significance=str(Significance(town.significance).label),
            people=figures.people_words(town.population, approximate=town.population_approximate, language=language),
            people_year=town.population_year,
            approximate=town.population_approximate,
            people_source=words(town.population_source),
            people_confidence=str(Confidence(town.population_confidence).label),
            industry=town.industry_in(language),
            enterprise=town.enterprise_in(language),
            enterprise_source=words(town.enterprise_source),
            enterprise_confidence=str(Confidence(town.enterprise_confidence).label),
            kato=town.kato,
            kato_classifier=town.kato_classifier,
            former_katos=tuple(town.former_katos),
            note=town.note_in(language),
            former=tuple(_former(town, language)),
            listings=tuple(
                Listing(
                    year=listing.named_on.year,
                    source=words(listing.source),
                    left_year=listing.listed_until.year if listing.listed_until else None,
                    left_source=words(listing.until_source),
                    confidence=str(Confidence(listing.confidence).label),
                )
                for listing in listings
            ),
        )


def towns_version() -> int:
    """Changes with every write that the list of towns could show. One small query."""
    return site_version()


@dataclass(frozen=True, slots=True)
class MarginTable:
    """One population table: its dimension (`states.MarginDimension`), where it comes from, people by category."""

    dimension: str
    source: str
    year: int
    counts: dict[str, int]


def margin_tables(*, town: Town) -> list[MarginTable]:
    """The population tables of a town, of each dimension that of the newest source. Never mixes sources."""
    tables: dict[str, MarginTable] = {}
    rows = town.margins.order_by("dimension", "-year", "source", "category").values_list(
        "dimension", "source", "year", "category", "population"
    )
    for dimension, source, year, category, people in rows:
        table = tables.setdefault(dimension, MarginTable(dimension, source, year, {}))
        if (table.source, table.year) == (source, year):
            table.counts[category] = people
    return list(tables.values())


def margins_for(*, town: Town, dimension: MarginDimension) -> dict[str, int]:
    """People by category code from the newest source of that dimension; {} when there is none. Never mixes sources."""
    rows = list(
        town.margins.filter(dimension=dimension)
        .order_by("-year", "source", "category")
        .values_list("year", "source", "category", "population")
    )
    return {category: people for year, source, category, people in rows if (year, source) == rows[0][:2]}
