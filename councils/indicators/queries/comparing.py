"""What two waves of a town are compared by: each figure with its wording, population tables and weighting.

Withheld figures are None here; nothing may be compared that is not public.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from councils.indicators.models import Estimate, Publication
from councils.indicators.queries.counts import catalogue
from councils.indicators.rules.comparison import WaveFigure
from councils.surveys.queries import form_of
from councils.surveys.rules import CompiledForm


def wave_figures(publication: Publication, rows: Sequence[Estimate]) -> dict[str, WaveFigure | None]:
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
