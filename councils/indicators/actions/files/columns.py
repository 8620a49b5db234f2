"""The one column set of all files (SDMX names), in words: the data dictionary, the schema of the data package.

A column's meaning must never change under its name: files that are already published carry it.
"""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from councils.indicators.states import ConfStatus, ObsStatus, Trend, Unit

Kind = Literal["string", "number", "integer", "datetime"]

TOTAL: Final = "_T"
# Codes of SDMX, CL_FREQ 2.1: surveys come when a town asks, so they are irregular.
IRREGULAR: Final = "I"
ANNUAL: Final = "A"
NOT_APPLICABLE: Final = "_Z"
SEXES: Final = {TOTAL: _("everybody")}
AGES: Final = {
    TOTAL: _("everybody of 16 years and older"),
    "Y16T17": _("16 to 17 years"),
    "Y18T29": _("18 to 29 years"),
    "Y30T44": _("30 to 44 years"),
    "Y45T64": _("45 to 64 years"),
    "Y_GE65": _("65 years and older"),
}
LICENCE: Final = "CC-BY-4.0"
LICENCE_TITLE: Final = "Creative Commons Attribution 4.0"
LICENCE_URL: Final = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what its cells are, what it means, the codes or the `pattern` they keep to. Empty: a missing value."""

    name: str
    kind: Kind
    words: Promise | str
    codes: tuple[tuple[str, Promise | str], ...] = ()
    required: bool = False
    pattern: str = ""


def _codes(choices: type[ObsStatus | ConfStatus | Trend | Unit]) -> tuple[tuple[str, Promise | str], ...]:
    return tuple((one.value, one.label) for one in choices)


COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "FREQ",
        "string",
        _("How often there is such a figure, and so what TIME_PERIOD is."),
        ((IRREGULAR, _("whenever the town asks: TIME_PERIOD is a day")), (ANNUAL, _("annual: TIME_PERIOD is a year"))),
        required=True,
    ),
    Column("REF_AREA", "string", _("The town: its code in the classifier of territories (KATO)."), required=True),
    Column("TOWN_KK", "string", _("The town's name in Kazakh."), required=True),
    Column("TOWN_RU", "string", _("The town's name in Russian."), required=True),
    Column("TOWN_EN", "string", _("The town's name in English."), required=True),
    Column("INDICATOR", "string", _("Code of the indicator."), required=True),
    Column("NAME_KK", "string", _("The indicator's name in Kazakh."), required=True),
    Column("NAME_RU", "string", _("The indicator's name in Russian."), required=True),
    Column("NAME_EN", "string", _("The indicator's name in English."), required=True),
    Column("OPTION", "string", _("Empty: the indicator itself. Else one answer of its question, as a code.")),
    Column("OPTION_KK", "string", _("That answer in Kazakh.")),
    Column("OPTION_RU", "string", _("That answer in Russian.")),
    Column(
        "WEIGHTED",
        "string",
        _("Whether answers were weighted to the population of the town."),
        (("1", _("weighted")), ("0", _("as answered")), (NOT_APPLICABLE, _("official figure"))),
        required=True,
    ),
    Column(
        "SEX",
        "string",
        _(
            "Whose answers are counted, by sex: always everybody. Figures are not published by sex: in one town most of"
            " them would rest on too few answers, and the difference to the total would tell of small groups. Answers"
            " are weighted by sex, and how many of each sex were heard stands on the town's page."
        ),
        tuple(SEXES.items()),
        required=True,
    ),
    Column("AGE", "string", _("Whose answers are counted, by age."), tuple(AGES.items()), required=True),
    Column(
        "TIME_PERIOD",
        "string",
        _("The day on which the survey closed, in Kazakhstan; of an official figure its year."),
        required=True,
        pattern=r"\d{4}(-\d{2}-\d{2})?",
    ),
    Column("OBS_VALUE", "number", _("The figure. Empty where it is not published. Shares run from 0 to 1.")),
    Column("UNIT_MEASURE", "string", _("What the figure measures."), _codes(Unit), required=True),
    Column("SE", "number", _("Standard error of the figure, in its unit.")),
    Column("CI_LOW", "number", _("Lower end of the interval that holds in 95 of 100 surveys. It rests on a model.")),
    Column("CI_HIGH", "number", _("Upper end of that interval.")),
    Column("N", "integer", _("How many answers the figure rests on, rounded to 5.")),
    Column("N_EFF", "number", _("Effective number of answers after weighting, rounded to 5.")),
    Column("DEFF", "number", _("Design effect: the number of answers divided by the effective one.")),
    Column(
        "OBS_STATUS",
        "string",
        _("How sure the figure is. P of an official figure: its source calls it provisional."),
        _codes(ObsStatus),
        required=True,
    ),
    Column("CONF_STATUS", "string", _("Whether it is published, and why not."), _codes(ConfStatus), required=True),
    Column("TREND", "string", _("Compared with the town's wave before. Empty where there is none."), _codes(Trend)),
    Column("METHOD_VERSION", "string", _("Version of the method of counting, weighting and hiding. Empty: official.")),
    Column("INDICATOR_VERSION", "integer", _("Version of the indicator. Versions are not compared."), required=True),
    Column("QUESTION", "string", _("Name of the question in the questionnaire. Empty: official.")),
    Column("QUESTION_VERSION", "string", _("The questionnaire and its version. Empty: official.")),
    Column("WEIGHTED_AT", "datetime", _("When the figures were computed and published."), required=True),
    Column("SOURCE", "string", _("Where the figure comes from: the survey, or an official source."), required=True),
    Column("VINTAGE", "integer", _("Number of this edition; corrections count up."), required=True),
    Column(
        "CHECKPOINT",
        "string",
        _(
            "Size and root hash of the first checkpoint of the town's public log that covers this edition. Empty before"
            " it is signed."
        ),
    ),
)  # fmt: skip

NAMES: Final = tuple(column.name for column in COLUMNS)


def age_code(names: tuple[str, ...]) -> str:
    """The SDMX code of an indicator's age groups (`age_18_29`), joined where it counts several; `_T` for all."""
    if not names:
        return TOTAL
    return "+".join(_age(*name.split("_")[1:]) for name in names)


def _age(low: str, high: str) -> str:
    return f"Y_GE{low}" if high == "plus" else f"Y{low}T{high}"
