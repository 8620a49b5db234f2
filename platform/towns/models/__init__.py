"""The tables of the room: places (oblasts, towns, aliases, listings, margins) and what official sources say of them."""

from towns.models.official import OfficialIndicator, OfficialPhrase, OfficialSource, OfficialUnit, OfficialValue
from towns.models.places import Alias, Margin, Oblast, Town, TownListing

__all__ = [
    "Alias",
    "Margin",
    "Oblast",
    "OfficialIndicator",
    "OfficialPhrase",
    "OfficialSource",
    "OfficialUnit",
    "OfficialValue",
    "Town",
    "TownListing",
]
