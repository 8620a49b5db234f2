"""The words between two waves: each figure beside that of the town's wave before, with the same questionnaire.

Never call a figure comparable whose question, answers, population tables or weighting differ.
"""

import hashlib

import msgspec

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.indicators.rules.comparison import WaveFigure, compare
from councils.surveys.models import Wave
from councils.surveys.queries import form_of
from councils.surveys.rules import CompiledForm


def note_trends(*, wave: Wave, publication: Publication, rows: list[Estimate]) -> None:
    """Set `trend` of the indicators' rows, where the town has an earlier published wave with this questionnaire."""
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
    own = [row for row in rows if not row.option]
    found = compare(
        before=_figures(earlier, list(Estimate.objects.filter(publication=earlier, option=""))),
        after=_figures(publication, own),
    )
    for row in own:
        row.trend = found[row.indicator].change.value


def _figures(publication: Publication, rows: list[Estimate]) -> dict[str, WaveFigure | None]:
    """The figure of each indicator that is shown: the weighted one where there is one; None where it is withheld."""
    form = form_of(publication.wave.version_id)
    questions = {indicator.code: indicator.question for indicator in catalogue().indicators}
    tables = ",".join(sorted(f"{table['dimension']}:{table['source']}" for table in publication.margins))
    shown: dict[str, Estimate] = {}
    for row in rows:
        if row.weighted or row.indicator not in shown:
            shown[row.indicator] = row
    return {
        code: None
        if row.value is None or row.se is None or row.ci_low is None or row.ci_high is None
        else WaveFigure(
            value=row.value,
            se=row.se,
            low=row.ci_low,
            high=row.ci_high,
            wording=f"{row.version}:{_wording(form, questions.get(code, ''))}",
            margins=tables,
            weighting=publication.weighting,
        )
        for code, row in shown.items()
    }


def _wording(form: CompiledForm, name: str) -> str:
    """A digest of a question as people read it: its words and its answers in every language."""
    found = next((question for question in form.questions if question.name == name), None)
    if found is None:
        return ""
    read = [found.labels, found.hints, [(choice.value, choice.labels) for choice in form.choices(found)]]
    return hashlib.sha256(msgspec.json.encode(read, order="deterministic")).hexdigest()[:16]
