"""What the open-data page tells of the files of surveys: columns in words, code lists, licence, examples.

It asks the database for nothing: the page changes with the build alone.
"""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from councils.indicators.actions.files import COLUMNS, FILE_NAMES, LICENCE_TITLE, LICENCE_URL, Column, FileName

_WAVE: Final = "WAVE"
# The same question to the same file in three languages: the weighted figure of one indicator.
_EXAMPLES: Final = (
    ("curl", "curl '{site}/api/v1/indicators/?town=temirtau&indicator=stay&weighted=true'"),
    (
        "Python",
        (
            "import pandas\n"
            'rows = pandas.read_csv("{file}", dtype={{"WEIGHTED": str}})\n'
            'rows[(rows.WEIGHTED == "1") & rows.OPTION.isna()][["NAME_EN", "OBS_VALUE", "CI_LOW", "CI_HIGH"]]'
        ),
    ),
    (
        "R",
        (
            'rows <- read.csv("{file}", fileEncoding = "UTF-8-BOM")\n'
            'subset(rows, WEIGHTED == 1 & OPTION == "", c(NAME_EN, OBS_VALUE, CI_LOW, CI_HIGH))'
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class OpenData:
    """What the page shows; addresses hold the word WAVE where a wave's id belongs."""

    columns: tuple[Column, ...]
    coded: tuple[Column, ...]
    files: tuple[FileName, ...]
    newest: str
    lasting: str
    licence: str
    licence_url: str
    examples: list[tuple[str, str]]


def open_data() -> OpenData:
    """The words and addresses of the page's part about surveys."""
    folder = f"{settings.SITE_URL}/kk/indicators/{_WAVE}"
    return OpenData(
        columns=COLUMNS,
        coded=tuple(column for column in COLUMNS if column.codes),
        files=FILE_NAMES,
        newest=f"{folder}/summary.csv",
        lasting=f"{folder}/v1/summary.csv",
        licence=LICENCE_TITLE,
        licence_url=LICENCE_URL,
        examples=[
            (name, text.format(site=settings.SITE_URL, file=f"{folder}/summary.csv")) for name, text in _EXAMPLES
        ],
    )
