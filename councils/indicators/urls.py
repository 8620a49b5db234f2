"""Addresses of published results, their files and the archive of all towns. A file's address stays for ever."""

import re

from django.urls import path, register_converter

from councils.indicators.actions.files import FILE_NAMES, FileName
from councils.indicators.views import (
    answers,
    archives,
    compare,
    counting,
    entries,
    maps,
    order,
    pages,
    summaries,
    towns,
)


class FileNames:
    """The names of files that a vintage has."""

    regex = "|".join(re.escape(name) for name in FILE_NAMES)

    def to_python(self, value: str) -> FileName:
        return next(name for name in FILE_NAMES if name == value)

    def to_url(self, value: str) -> str:
        return value


register_converter(FileNames, "file_of_a_vintage")

app_name = "indicators"
urlpatterns = [
    path("catalogue.jsonld", summaries.catalogue, name="catalogue"),
    path("archive/", archives.archive, name="archive"),
    path("archive/<uuid:export_id>/", archives.export, name="export"),
    path(f"archive/<uuid:export_id>/{archives.FILE_NAME}", archives.export_file, name="export_file"),
    path("counting/", counting.everywhere, name="counting_all"),
    path("map/", maps.town_figures, name="map"),
    path("town/<slug:slug>/", towns.town, name="town"),
    path("town/<slug:slug>/needs/", order.order, name="needs"),
    path("<uuid:wave_id>/", pages.wave, name="wave"),
    path("town/<slug:slug>/official/", entries.official, name="official"),
    path("town/<slug:slug>/counting/", counting.town_counts, name="counting"),
    path("town/<slug:slug>/compare/", compare.compare, name="compare"),
    path("norms/", entries.norm, name="norms"),
    path("<uuid:wave_id>/correct/", entries.correct, name="correct"),
    path("<uuid:wave_id>/v<int:number>/", towns.vintage, name="vintage"),
    path("<uuid:wave_id>/summary.xlsx", summaries.file, {"name": "summary.xlsx"}, name="xlsx"),
    path("<uuid:wave_id>/summary.csv", summaries.file, {"name": "summary.csv"}, name="csv"),
    path("<uuid:wave_id>/answers.csv", answers.csv_file, name="answers"),
    path("<uuid:wave_id>/<file_of_a_vintage:name>", summaries.file, name="file"),
    path("<uuid:wave_id>/v<int:number>/<file_of_a_vintage:name>", summaries.vintage_file, name="vintage_file"),
]
