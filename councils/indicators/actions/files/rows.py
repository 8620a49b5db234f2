"""A vintage as rows of the one column set, and as CSV and flat JSON. All other files are made of these rows.

A hidden figure has no value to leak: the database holds none. Numbers are never rounded differently in two files.
"""

import json
from collections.abc import Iterator

from django.utils.translation import override

from common.clock import day_of
from common.exports import csv_lines
from councils.indicators.actions.files.columns import AGES, NAMES, TOTAL, age_code
from councils.indicators.models import Estimate
from councils.indicators.queries import Result
from councils.indicators.queries.exports import Summary
from councils.indicators.states import Unit
from councils.surveys.queries import form_of
from councils.surveys.rules import CompiledForm

Row = tuple[str | float | int | None, ...]


def rows(summary: Summary) -> Iterator[Row]:
    """Every published figure, raw and weighted: first the indicators, then the answers of their questions."""
    results = summary.results
    form = form_of(results.wave.version_id)
    everything = [*results.indicators, *(result for answers in results.answers.values() for result in answers)]
    for result in everything:
        for estimate in (result.weighted, result.raw):
            if estimate is not None:
                yield _row(summary, form, result, estimate)


def _row(summary: Summary, form: CompiledForm, result: Result, estimate: Estimate) -> Row:
    wave, publication, indicator = summary.results.wave, summary.results.publication, result.indicator
    town = wave.town
    asked = indicator.options_of or indicator.question
    closed = day_of(wave.closed_at) if wave.closed_at else wave.closes_date
    return (
        "A",
        town.kato,
        town.name_kk,
        town.name_ru,
        town.name_en,
        indicator.code,
        indicator.name["kk"],
        indicator.name["ru"],
        indicator.name["en"],
        result.option,
        _option_words(form, asked, result.option, "kk"),
        _option_words(form, asked, result.option, "ru"),
        "1" if estimate.weighted else "0",
        TOTAL,
        # Answers stand for the whole town even where their indicator counts some ages.
        TOTAL if result.option else age_code(indicator.ages),
        closed.isoformat(),
        _round(estimate.value),
        Unit.SHARE.value if result.option else indicator.unit.value,
        _round(estimate.se),
        _round(estimate.ci_low),
        _round(estimate.ci_high),
        estimate.n,
        _round(estimate.n_eff),
        _round(estimate.deff),
        estimate.obs_status,
        estimate.conf_status,
        estimate.trend,
        publication.method_version,
        estimate.version,
        indicator.question,
        publication.question_version,
        publication.published_at.isoformat(timespec="seconds"),
        f"Asar, wave {wave.number}",
        publication.number,
        summary.checkpoint,
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _option_words(form: CompiledForm, question: str, option: str, language: str) -> str:
    if not option:
        return ""
    if option == TOTAL:
        with override(language):
            return str(AGES[TOTAL])
    for choice in form.choices(form.question(question)):
        if choice.value == option:
            return form.words(choice.labels, language)
    return option


def as_csv(summary: Summary, *, separator: str = ",") -> bytes:
    """UTF-8 with a byte order mark; `separator` is a comma or a semicolon."""
    return "".join(csv_lines(NAMES, rows(summary), separator=separator)).encode()


def as_json(summary: Summary) -> bytes:
    """A list of flat objects, one a line; a missing value is null."""
    lines = (
        json.dumps(
            {name: None if cell == "" else cell for name, cell in zip(NAMES, row, strict=True)}, ensure_ascii=False
        )
        for row in rows(summary)
    )
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
