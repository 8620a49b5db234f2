"""Through which channel answers came: web, phone form, paper, helper. The result page says it beside every figure.

A channel that few used is hidden, and with it another one, by the rules of every published count. It must never be
shown per answer or per cell: who answered on paper is often one household.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from councils.indicators.rules.suppression import K_TOWN, protect, rounded_base
from councils.indicators.states import Withheld


@dataclass(frozen=True, slots=True)
class ChannelShare:
    """Part of the answers (0..1, two decimals) that came through a channel, or why it is not shown."""

    channel: str
    share: float | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class Channels:
    """Shares in the order given; `base` is the number of answers rounded to 5."""

    shares: tuple[ChannelShare, ...]
    base: int


def by_channel(*, respondents: Mapping[str, int], k: int = K_TOWN) -> Channels:
    """Shares of `respondents` (people by channel), protected with threshold `k`."""
    counts = np.array(list(respondents.values()), dtype=np.int64)
    total = int(counts.sum())
    if not len(counts):
        return Channels((), 0)
    reasons = protect(counts=counts, k=k).options
    return Channels(
        shares=tuple(
            ChannelShare(name, None if reason else round(n / total, 2), reason)
            for (name, n), reason in zip(respondents.items(), reasons, strict=True)
        ),
        base=rounded_base(n=total),
    )
