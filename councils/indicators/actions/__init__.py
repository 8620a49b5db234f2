"""Every write of the room: counting closed waves and publishing their figures."""

from councils.indicators.actions.counting import count_some, recount
from councils.indicators.actions.publishing import count_wave, publish

__all__ = ["count_some", "count_wave", "publish", "recount"]
