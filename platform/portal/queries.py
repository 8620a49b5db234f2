"""What the home page and a town's page show, gathered from the rooms below. Reads only; every list is short."""

from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from audit.queries import town_version
from common.money import CURRENCIES, Money
from councils.indicators.queries import Result, newest_figures
from councils.needs.queries import public_needs
from councils.surveys.models import Wave
from councils.surveys.queries import waves
from councils.surveys.states import WaveState
from funds.ledger.queries import EarmarkTotals
from funds.projects.models import Project
from funds.projects.queries import projects_of_town, totals_of_projects
from funds.projects.rules import funded_share
from funds.spending.models import Payment
from towns.models import Town
from towns.queries import Profile, TopicFigures, official_values_for, town_by_slug, town_profile


@dataclass(frozen=True, slots=True)
class Pulse:
    """The numbers on the first page: answered needs, gifts per currency, payments with published proof."""

    needs: int
    given: list[Money]
    proofs: int


def pulse() -> Pulse:
    """Three counts over all towns. Three queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.currency, -sum(b.amount_minor)::bigint FROM ledger_account a"
            " JOIN ledger_balance b ON b.account_id = a.id WHERE a.code = 'gifts' GROUP BY a.currency"
        )
        sums = dict(cursor.fetchall())
    return Pulse(
        needs=public_needs().count(),
        given=[Money(sums[currency], currency) for currency in CURRENCIES if sums.get(currency)],
        proofs=Payment.objects.filter(published_at__isnull=False).count(),
    )


def newest_proofs(*, limit: int = 3) -> list[Payment]:
    """The payments whose proof was published last, with their projects and towns."""
    rows = Payment.objects.filter(published_at__isnull=False).select_related(
        "request__project__fund__town", "request__project__decision"
    )
    return list(rows.order_by("-published_at", "-id")[:limit])


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project on a town's page with how far it is, from the ledger."""

    project: Project
    totals: list[EarmarkTotals]
    given: float
    spent: float


def project_lines(*, town: Town, limit: int = 3) -> list[ProjectLine]:
    """The newest projects of a town. Two queries."""
    projects = projects_of_town(town=town, limit=limit)
    sums = totals_of_projects(projects=projects)
    lines = []
    for project in projects:
        own = sums.get(project.pk, [])
        spent = sum(t.spent.minor for t in own if t.spent.currency == project.currency)
        lines.append(
            ProjectLine(
                project=project,
                totals=own,
                given=funded_share(project.goal, [t.gifts for t in own]),
                spent=min(1.0, spent / project.goal_minor),
            )
        )
    return lines


@lru_cache(maxsize=256)
def _reference(slug: str, language: str, version: int) -> tuple[Profile, list[TopicFigures]]:
    # `version` only tells answers apart: these rows change when the project's data files are loaded, not in between.
    del version
    town = town_by_slug(slug=slug)
    return town_profile(town=town, language=language), official_values_for(town=town, language=language)


def reference(*, town: Town, language: str) -> tuple[Profile, list[TopicFigures]]:
    """Profile and official figures of a town. One query, seven after the figures were loaded anew."""
    return _reference(town.slug, language, town_version(""))


HEADLINES = ("life_satisfied", "stay", "stay_young", "water_satisfied", "health_satisfied", "akimat_trust")


@dataclass(frozen=True, slots=True)
class Voices:
    """What residents said in the newest counted wave, and the wave that is open now, if any."""

    wave: Wave | None
    results: list[Result]
    open_wave: Wave | None


def voices(*, town: Town) -> Voices:
    """The headline indicators of a town. Two queries."""
    open_wave = waves().filter(town=town, state=WaveState.OPEN).order_by("-number").first()
    wave, results = newest_figures(town=town, codes=HEADLINES)
    return Voices(wave, results, open_wave)
