"""Tables of the indicators' room: counts of closed waves, publications, what stands beside them, exports."""

from councils.indicators.models.counts import CountRun
from councils.indicators.models.exports import Export
from councils.indicators.models.officials import Norm, OfficialFigure
from councils.indicators.models.publications import Estimate, Publication

__all__ = ["CountRun", "Estimate", "Export", "Norm", "OfficialFigure", "Publication"]
