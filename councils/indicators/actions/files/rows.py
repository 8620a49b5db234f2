"""A vintage as rows of the one column set, and as CSV and flat JSON. All other files are made of these rows.

A hidden figure has no value to leak: the database holds none. Numbers are never rounded differently in two files.
"""

import json
from collections.abc import Iterator

from django.utils.translation import override

from common.clock import day_of
from common.exports import csv_lines
from councils.indicators.actions.files.columns import (
    AGES,
    ANNUAL,
    IRREGULAR,
    NAMES,
    NOT_APPLICABLE,
    TOTAL,
    age_code,
)
from councils.indicators.models import Estimate, OfficialFigure
from councils.indicators.queries import Result, catalogue
from councils.indicators.queries.exports import Summary
from councils.indicators.rules.catalogue import Indicator
from councils.indicators.states import ConfStatus, ObsStatus, Unit
from councils.surveys.queries import form_of
from councils.surveys.rules import CompiledForm

Row = tuple[str | float | int | None, ...]


def rows(summary: Summary) -> Iterator[Row]:
    """Every published figure, raw and weighted: indicators, answers of their questions; then the official figures."""
    results = summary.results
    form = form_of(results.wave.version_id)
    everything = [*results.indicators, *(result for answers in results.answers.values() for result in answers)]
    for result in everything:
        for estimate in (result.weighted, result.raw):
            if estimate is not None:
                yield _row(summary, form, result, estimate)
    known = {one.code: one for one in catalogue().indicators}
    for figure in summary.officials:
        if figure.indicator in known:
            yield _official(summary, known[figure.indicator], figure)


def _row(summary: Summary, form: CompiledForm, result: Result, estimate: Estimate) -> Row:
    wave, publication, indicator = summary.results.wave, summary.results.publication, result.indicator
    town = wave.town
    asked = indicator.options_of or indicator.question
    closed = day_of(wave.closed_at) if wave.closed_at else wave.closes_date
    return (
        IRREGULAR,
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


def _official(summary: Summary, indicator: Indicator, figure: OfficialFigure) -> Row:
    """A share beside the residents' one, of a whole year, with its own source and no interval."""
    town, publication = summary.results.wave.town, summary.results.publication
    told: dict[str, str | float | int | None] = {
        "FREQ": ANNUAL,
        "REF_AREA": town.kato,
        "TOWN_KK": town.name_kk,
        "TOWN_RU": town.name_ru,
        "TOWN_EN": town.name_en,
        "INDICATOR": indicator.code,
        "NAME_KK": indicator.name["kk"],
        "NAME_RU": indicator.name["ru"],
        "NAME_EN": indicator.name["en"],
        "WEIGHTED": NOT_APPLICABLE,
        "SEX": TOTAL,
        "AGE": age_code(indicator.ages),
        "TIME_PERIOD": str(figure.year),
        "OBS_VALUE": round(float(figure.value) / 100, 6),
        "UNIT_MEASURE": Unit.SHARE.value,
        "OBS_STATUS": (ObsStatus.PROVISIONAL if figure.provisional else ObsStatus.NORMAL).value,
        "CONF_STATUS": ConfStatus.FREE.value,
        "INDICATOR_VERSION": indicator.version,
        "WEIGHTED_AT": publication.published_at.isoformat(timespec="seconds"),
        "SOURCE": figure.source,
        "VINTAGE": publication.number,
    }
    numbers = ("SE", "CI_LOW", "CI_HIGH", "N", "N_EFF", "DEFF")
    return tuple(told.get(name, None if name in numbers else "") for name in NAMES)


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
