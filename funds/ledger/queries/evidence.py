"""Which checkpoint of the town's public log a page or a file of the ledger can be held against."""

import base64
from dataclasses import dataclass
from datetime import datetime

from transparency.queries import latest_checkpoint


@dataclass(frozen=True, slots=True)
class Mark:
    """The last signed checkpoint: how many entries it covers, its root in base64, when it was signed."""

    size: int
    root: str
    signed_at: datetime

    @property
    def line(self) -> str:
        """`1234 pS1v...=`: size and root, as the checkpoint itself writes them."""
        return f"{self.size} {self.root}"


def mark_of(*, slug: str) -> Mark | None:
    """The last checkpoint of a town's log; None while nothing is signed."""
    found = latest_checkpoint(slug)
    if found is None:
        return None
    return Mark(found.size, base64.b64encode(found.root).decode(), found.signed_at)
