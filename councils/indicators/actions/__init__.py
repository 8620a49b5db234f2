"""Every write of the room: counting closed waves, publishing their figures, correcting what was published."""

from councils.indicators.actions.correcting import correct
from councils.indicators.actions.counting import count_some, recount
from councils.indicators.actions.publishing import count_wave, publish

__all__ = ["correct", "count_some", "count_wave", "publish", "recount"]
