"""The order of a town's needs as it was published, with the shares behind it. Published figures only."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries.counts import catalogue
from councils.indicators.queries.publications import Result, WaveResults, gathered
from councils.indicators.rules.needs_order import Order
from councils.indicators.rules.needs_plan import NAMED, SEVERE, STRAINED
from councils.indicators.states import WeightingRefusal
from councils.surveys.models import Wave
from councils.surveys.queries import form_of, waves
from councils.surveys.states import WaveState
from towns.models import Town


@dataclass(frozen=True, slots=True)
class NeedShares:
    """What was published of one need; a share that the vintage does not have is None."""

    named: Result | None
    severe: Result | None
    strained: Result | None


@dataclass(frozen=True, slots=True)
class NeedsOrder:
    """The order of a vintage and the published shares of every need that residents could name, in the question's order.

    `hardship` is severity for the whole town.
    """

    wave: Wave
    publication: Publication
    order: Order
    shares: Mapping[str, NeedShares]
    hardship: Result | None


def order_in(results: WaveResults) -> NeedsOrder:
    """The order that stands in the figures of a vintage. No query."""
    by_code = {code: {one.option: one for one in results.answers.get(code, ())} for code in (NAMED, SEVERE, STRAINED)}
    plan = catalogue().needs
    code = plan.hardship if plan else ""
    return NeedsOrder(
        wave=results.wave,
        publication=results.publication,
        order=Order.from_json(results.publication.needs),
        shares={
            need: NeedShares(one, by_code[SEVERE].get(need), by_code[STRAINED].get(need))
            for need, one in by_code[NAMED].items()
        },
        hardship=next((one for one in results.indicators if one.indicator.code == code), None),
    )


def order_of_town(*, town: Town) -> NeedsOrder | None:
    """The order in the newest published figures of a town; None before the first. Three queries."""
    found = (
        Publication.objects.filter(wave__town=town, wave__state=WaveState.CLOSED, replaced_by__isnull=True)
        .exclude(weighting_note=WeightingRefusal.NO_CATALOGUE)
        .order_by("-wave__number")
        .first()
    )
    return _read(found) if found else None


def order_of_publication(publication_id: UUID) -> NeedsOrder:
    """The order of one vintage, also of one that was corrected since. Three queries."""
    return _read(Publication.objects.get(pk=publication_id))


def _read(found: Publication) -> NeedsOrder:
    wave = waves().get(pk=found.wave_id)
    plan = catalogue().needs
    codes = [NAMED, SEVERE, STRAINED, *([plan.hardship] if plan else [])]
    rows = list(Estimate.objects.filter(publication=found, indicator__in=codes).order_by("id"))
    return order_in(gathered(wave=wave, publication=found, newest=found.number, rows=rows))


def need_names(*, wave: Wave, language: str) -> dict[str, str]:
    """What residents could name, as the question said it in this language, by code; {} where nobody was asked."""
    plan, form = catalogue().needs, form_of(wave.version_id)
    question = next((one for one in form.questions if plan and one.name == plan.question), None)
    if question is None:
        return {}
    return {choice.value: form.words(choice.labels, language) for choice in form.choices(question)}
