"""The words between two waves: each figure beside that of the town's wave before, with the same questionnaire.

Never call a figure comparable whose question, answers, population tables or weighting differ.
"""

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries.comparing import wave_figures
from councils.indicators.rules.comparison import Obstacle, compare
from councils.indicators.rules.needs_plan import NAMED, SEVERE, STRAINED
from councils.indicators.states import ObsStatus
from councils.surveys.models import Wave

NEEDS = frozenset({NAMED, SEVERE, STRAINED})


def note_trends(*, wave: Wave, publication: Publication, rows: list[Estimate]) -> None:
    """Set `trend` of the indicators' rows and of the shares of needs, where the town has an earlier published wave
    with this questionnaire.

    A figure that is otherwise normal, and the answers to its question, are marked as a break in the series where
    wording, population tables or weighting differ.
    """
    earlier = (
        Publication.objects.filter(
            wave__town=wave.town_id,
            wave__questionnaire=wave.questionnaire_id,
            wave__number__lt=wave.number,
            replaced_by__isnull=True,
        )
        .select_related("wave")
        .order_by("-wave__number")
        .first()
    )
    if earlier is None:
        return
    before = list(Estimate.objects.filter(publication=earlier))
    # Two families of tests: were they one, how many needs are asked about would change what is said of an indicator.
    for compared in (_of_the_town, _of_a_need):
        own = [row for row in rows if compared(row)]
        found = compare(
            before=wave_figures(earlier, [row for row in before if compared(row)]), after=wave_figures(publication, own)
        )
        for row in own:
            row.trend = found[row.indicator, row.option].change.value
        for row in rows:
            one = found.get((row.indicator, row.option)) or found.get((row.indicator, ""))
            broken = one is not None and one.obstacle is not None and one.obstacle is not Obstacle.MISSING
            if broken and row.obs_status == ObsStatus.NORMAL:
                row.obs_status = ObsStatus.BREAK.value


def _of_the_town(row: Estimate) -> bool:
    return not row.option


def _of_a_need(row: Estimate) -> bool:
    return row.indicator in NEEDS
