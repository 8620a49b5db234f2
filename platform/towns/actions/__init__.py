"""Every write of the room. Town data comes from the project's own files; people never edit it in a form."""

from towns.actions.load import LoadReport, load_towns
from towns.actions.margins import replace_margins

__all__ = ["LoadReport", "load_towns", "replace_margins"]
