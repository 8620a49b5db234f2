"""Every read of this room that more than one page needs: for counting, and of what was published."""

from councils.indicators.queries.counts import (
    batches_of,
    catalogue,
    codes_in,
    cube_of,
    fits_catalogue,
    layout_for,
    plain_layout,
    unpublished_waves,
)
from councils.indicators.queries.publications import (
    Result,
    WaveResults,
    newest_figures,
    publications_of,
    published_wave,
    results_of,
    wave_version,
)

__all__ = [
    "Result",
    "WaveResults",
    "batches_of",
    "catalogue",
    "codes_in",
    "cube_of",
    "fits_catalogue",
    "layout_for",
    "newest_figures",
    "plain_layout",
    "publications_of",
    "published_wave",
    "results_of",
    "unpublished_waves",
    "wave_version",
]
