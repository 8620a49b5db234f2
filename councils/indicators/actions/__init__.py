"""Every write of the room: counting closed waves, publishing their figures, correcting them, what stands beside them,
archives."""

from councils.indicators.actions.correcting import correct
from councils.indicators.actions.counting import count_some, recount
from councils.indicators.actions.exporting import ask_for_all, clean_exports, fail_export, make_part
from councils.indicators.actions.norms import enter_norm
from councils.indicators.actions.officials import enter_official
from councils.indicators.actions.publishing import count_wave, publish
from councils.indicators.actions.rounds import (
    ROUND_LASTS,
    ask_recount,
    begin_round,
    count_anew,
    end_round,
    note_failure,
)

__all__ = [
    "ROUND_LASTS",
    "ask_for_all",
    "ask_recount",
    "begin_round",
    "clean_exports",
    "correct",
    "count_anew",
    "count_some",
    "count_wave",
    "end_round",
    "enter_norm",
    "enter_official",
    "fail_export",
    "make_part",
    "note_failure",
    "publish",
    "recount",
]
