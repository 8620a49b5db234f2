"""The plain tables of a counted wave whose questionnaire has no indicators, as its publication keeps them."""

from collections.abc import Iterable, Iterator
from typing import Any

from councils.indicators.models import CountRun
from councils.indicators.queries import cube_of, plain_layout
from councils.indicators.rules.plain import PlainTable, asked_in, plain_tables
from councils.indicators.rules.statement import PublishedFigure
from councils.indicators.states import WeightingRefusal
from councils.surveys.models import Wave
from councils.surveys.queries import form_of


def plain_tables_of(wave: Wave, run: CountRun) -> list[dict[str, Any]]:
    """A table for each closed question; none where the catalogue knows the questionnaire."""
    if run.note != WeightingRefusal.NO_CATALOGUE:
        return []
    layout = plain_layout(version_id=wave.version_id)
    counted = cube_of(run, layout=layout)
    if counted is None:
        return []
    asked = asked_in(form_of(wave.version_id))
    return [table.as_json() for table in plain_tables(layout=layout, cube=counted.cube, asked=asked)]


def figures_in(tables: Iterable[dict[str, Any]]) -> Iterator[PublishedFigure]:
    """What the log's hash covers of these tables: every cell, its question in the place of the indicator."""
    for table in map(PlainTable.from_json, tables):
        for cell in table.cells:
            yield PublishedFigure(
                indicator=table.question,
                option=cell.option,
                weighted=False,
                value=cell.share,
                ci_low=cell.low,
                ci_high=cell.high,
                base=table.base,
            )
