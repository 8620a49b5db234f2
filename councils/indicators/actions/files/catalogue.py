"""Entries for catalogues of open data: DCAT-AP as JSON-LD for one dataset and for the site, the passport of
data.egov.kz. They describe published vintages and never a wave that is open.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from common.clock import day_of
from councils.indicators.actions.files.addresses import MEDIA_TYPES, FileName, file_of, page_of
from councils.indicators.actions.files.columns import COLUMNS, LICENCE_TITLE, LICENCE_URL
from councils.indicators.actions.files.package import as_text, measured
from councils.indicators.actions.files.rows import as_csv, as_json
from councils.indicators.actions.files.words import caution, title_words
from councils.indicators.models import Publication
from councils.indicators.queries.exports import Summary, Vintage

CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
_FORMATS: Final[dict[FileName, str]] = {
    "summary.xlsx": "XLSX",
    "summary.csv": "CSV",
    "summary.json": "JSON",
    "summary.pdf": "PDF",
}
LANGUAGES: Final = {"kk": "KAZ", "ru": "RUS", "de": "DEU", "en": "ENG"}


def dataset(summary: Summary) -> bytes:
    """The DCAT-AP entry of one vintage, with the hash and length of its plain files."""
    contents: dict[FileName, bytes] = {"summary.csv": as_csv(summary), "summary.json": as_json(summary)}
    return as_text({"@context": CONTEXT} | _dataset(summary.results.publication, contents))


def site_catalogue(vintages: Iterable[Vintage]) -> bytes:
    """The catalogue of the site: every published wave with its newest vintage, each an entry with its distributions."""
    return as_text(
        {
            "@context": CONTEXT,
            "@id": f"{settings.SITE_URL}/#catalogue",
            "@type": "dcat:Catalog",
            "dct:title": _in_languages(lambda _language: _("Asar: open data of single-industry towns")),
            "dct:description": _in_languages(lambda _language: caution()),
            "dct:publisher": _publisher(),
            "dct:language": _languages(),
            "dct:license": {"@id": LICENCE_URL},
            "foaf:homepage": {"@id": settings.SITE_URL},
            "dcat:dataset": [_dataset(vintage.publication, {}) for vintage in vintages],
        }
    )


def passport(summary: Summary) -> bytes:
    """The passport that data.egov.kz asks for, in Kazakh and then in Russian, as text to be copied."""
    parts = []
    publication, wave = summary.results.publication, summary.results.wave
    for language in ("kk", "ru"):
        with override(language):
            lines = [
                (_("Name of the data set"), title_words(wave, language)),
                (_("Description"), caution()),
                (_("Owner"), "Asar"),
                (_("Town"), f"{wave.town.name_in(language)} ({wave.town.kato})"),
                (_("Kept up to date"), _("after each survey; corrections as new editions")),
                (_("As of"), day_of(publication.published_at).isoformat()),
                (_("Edition"), str(publication.number)),
                (_("Licence"), f"{LICENCE_TITLE} ({LICENCE_URL})"),
                (_("Address"), page_of(wave.pk, language=language)),
                ("CSV", file_of(wave.pk, publication.number, "summary.csv")),
                ("JSON", file_of(wave.pk, publication.number, "summary.json")),
                (_("Fields"), ""),
            ]
            text = [f"{label}: {words}".rstrip() for label, words in lines]
            text += [f"  {column.name} ({column.kind}): {column.words}" for column in COLUMNS]
            parts.append("\n".join(text))
    return ("\n\n".join(parts) + "\n").encode()


def _dataset(publication: Publication, contents: Mapping[FileName, bytes]) -> dict[str, Any]:
    wave = publication.wave
    entry: dict[str, Any] = {
        "@id": file_of(wave.pk, publication.number, "dataset.jsonld"),
        "@type": "dcat:Dataset",
        "dct:title": _in_languages(lambda language: title_words(wave, language)),
        "dct:description": _in_languages(lambda _language: caution()),
        "dct:identifier": f"{wave.pk}/v{publication.number}",
        "dcat:version": str(publication.number),
        "dcat:landingPage": {"@id": page_of(wave.pk)},
        "dct:publisher": _publisher(),
        "dct:issued": _typed(publication.published_at.isoformat(timespec="seconds"), "dateTime"),
        "dct:modified": _typed(publication.published_at.isoformat(timespec="seconds"), "dateTime"),
        "dct:language": _languages(),
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/IRREG"},
        "dcat:theme": [{"@id": f"{_AUTHORITY}/data-theme/SOCI"}, {"@id": f"{_AUTHORITY}/data-theme/REGI"}],
        "dcat:keyword": [
            {"@language": language, "@value": wave.town.name_in(language)} for language in ("kk", "ru", "en")
        ],
        "dct:spatial": {"@type": "dct:Location", "dct:identifier": wave.town.kato, "dct:title": wave.town.name_en},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed(wave.opens_date.isoformat(), "date"),
            "dcat:endDate": _typed(wave.closes_date.isoformat(), "date"),
        },
    }
    entry["dcat:distribution"] = [_distribution(publication, name, contents.get(name)) for name in _FORMATS]
    if publication.number > 1:
        before = file_of(wave.pk, publication.number - 1, "dataset.jsonld")
        entry["dcat:previousVersion"] = {"@id": before}
    return entry


def _distribution(publication: Publication, name: FileName, content: bytes | None) -> dict[str, Any]:
    address = file_of(publication.wave_id, publication.number, name)
    found: dict[str, Any] = {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dct:format": {"@id": f"{_AUTHORITY}/file-type/{_FORMATS[name]}"},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{MEDIA_TYPES[name]}"},
        "dcat:accessURL": {"@id": page_of(publication.wave_id)},
        "dcat:downloadURL": {"@id": address},
        "dct:license": {"@id": LICENCE_URL},
    }
    if content is not None:
        facts = measured(content)
        found["dcat:byteSize"] = _typed(str(facts["bytes"]), "nonNegativeInteger")
        found["spdx:checksum"] = {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": _typed(facts["hash"].removeprefix("sha256:"), "hexBinary"),
        }
    return found


def _publisher() -> dict[str, Any]:
    return {"@id": f"{settings.SITE_URL}/#publisher", "@type": "foaf:Agent", "foaf:name": "Asar"}


def _in_languages(words: Callable[[str], str]) -> list[dict[str, str]]:
    found = []
    for language in LANGUAGES:
        with override(language):
            found.append({"@language": language, "@value": words(language)})
    return found


def _languages() -> list[dict[str, str]]:
    return [{"@id": f"{_AUTHORITY}/language/{code}"} for code in LANGUAGES.values()]


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@type": f"xsd:{kind}", "@value": value}
