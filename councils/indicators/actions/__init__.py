"""Every write of the room: counting closed waves, publishing their figures, correcting them, what stands beside them,
archives."""

from councils.indicators.actions.correcting import correct
from councils.indicators.actions.counting import count_some, recount
from councils.indicators.actions.exporting import ask_for_all, clean_exports, fail_export, make_part
from councils.indicators.actions.norms import enter_norm
from councils.indicators.actions.officials import enter_official
from councils.indicators.actions.publishing import count_wave, publish

__all__ = [
    "ask_for_all",
    "clean_exports",
    "correct",
    "count_some",
    "count_wave",
    "enter_norm",
    "enter_official",
    "fail_export",
    "make_part",
    "publish",
    "recount",
]
