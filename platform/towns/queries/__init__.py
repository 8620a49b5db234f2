"""Every read of the room, ready for a page: names, order and numbers in the reader's language.

Nothing here writes, and no page should compose its own query over these tables.
"""

from towns.queries.figures import Figure, IndicatorFigures, TopicFigures, general_figures, official_values_for
from towns.queries.map import Layer, MapPoint, TownMap, town_map
from towns.queries.places import (
    MarginTable,
    OblastTowns,
    Profile,
    TownLine,
    TownsFound,
    margin_tables,
    margins_for,
    town_by_slug,
    town_choices,
    town_profile,
    towns_list,
    towns_version,
)
from towns.queries.programs import known_town, town_for_programs, towns_for_programs

__all__ = [
    "Figure",
    "IndicatorFigures",
    "Layer",
    "MapPoint",
    "MarginTable",
    "OblastTowns",
    "Profile",
    "TopicFigures",
    "TownLine",
    "TownMap",
    "TownsFound",
    "general_figures",
    "known_town",
    "margin_tables",
    "margins_for",
    "official_values_for",
    "town_by_slug",
    "town_choices",
    "town_for_programs",
    "town_map",
    "town_profile",
    "towns_for_programs",
    "towns_list",
    "towns_version",
]
