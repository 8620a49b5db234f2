"""Where the files of a vintage stand, for ever. A name or an address here must never change its meaning."""

from typing import Final, Literal, get_args
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

FileName = Literal[
    "summary.xlsx",
    "summary.csv",
    "summary.json",
    "summary.pdf",
    "datapackage.json",
    "dataset.jsonld",
    "passport.txt",
]
FILE_NAMES: Final[tuple[FileName, ...]] = get_args(FileName)
MEDIA_TYPES: Final[dict[FileName, str]] = {
    "summary.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "summary.csv": "text/csv",
    "summary.json": "application/json",
    "summary.pdf": "application/pdf",
    "datapackage.json": "application/json",
    "dataset.jsonld": "application/ld+json",
    "passport.txt": "text/plain",
}


def site(path: str) -> str:
    """A path of this site as a whole address."""
    return f"{settings.SITE_URL}{path}"


def page_of(wave_id: UUID, *, language: str = "kk") -> str:
    """The page of a wave's results."""
    with override(language):
        return site(reverse("indicators:wave", args=[wave_id]))


def file_of(wave_id: UUID, number: int, name: FileName, *, language: str = "kk") -> str:
    """The lasting address of one file of one vintage."""
    with override(language):
        return site(reverse("indicators:vintage_file", args=[wave_id, number, name]))
