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

Key = tuple[str, str]  # indicator, option: "" is the indicator itself, else a need


def wave_figures(publication: Publication, rows: Sequence[Estimate]) -> dict[Key, WaveFigure | None]:
    """The figure of each key that is shown: the weighted one where there is one; None where it is withheld."""
    form = form_of(publication.wave.version_id)
    questions = _questions()
    tables = ",".join(sorted(f"{table['dimension']}:{table['source']}" for table in publication.margins))
    shown: dict[Key, Estimate] = {}
    for row in rows:
        key = (row.indicator, row.option)
        if row.weighted or key not in shown:
            shown[key] = row
    return {
        (code, option): None
        if row.value is None or row.se is None or row.ci_low is None or row.ci_high is None
        else WaveFigure(
            value=row.value,
            se=row.se,
            low=row.ci_low,
            high=row.ci_high,
            wording=f"{row.version}:{','.join(_wording(form, name) for name in questions.get(code, ()))}",
            margins=tables,
            weighting=publication.weighting,
        )
        for (code, option), row in shown.items()
    }


def _questions() -> dict[str, tuple[str, ...]]:
    """What was asked for a figure, by code: a share of those who name a need also rests on the question of needs."""
    known = catalogue()
    found: dict[str, tuple[str, ...]] = {one.code: (one.question,) for one in known.indicators}
    for one in known.shares_of_needs:
        found[one.code] = tuple(dict.fromkeys((one.options_of or one.question, one.question)))
    return found


def _wording(form: CompiledForm, name: str) -> str:
    """A digest of a question as people read it: its words and its answers in every language."""
    found = next((question for question in form.questions if question.name == name), None)
    if found is None:
        return ""
    read = [found.labels, found.hints, [(choice.value, choice.labels) for choice in form.choices(found)]]
    return hashlib.sha256(msgspec.json.encode(read, order="deterministic")).hexdigest()[:16]
