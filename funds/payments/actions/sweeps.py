"""How far each sweep over Stripe's lists has read. A sweep reads a little twice rather than a moment never."""

from datetime import datetime, timedelta
from typing import Final

from funds.payments.models import Sweep

_OVERLAP: Final = timedelta(hours=1)
_FIRST: Final = timedelta(days=30)  # as long as Stripe keeps its events


def sweep_start(*, name: str, now: datetime) -> datetime:
    """From which moment on a sweep has to read: an hour before what it has read through, 30 days at first."""
    known = Sweep.objects.filter(pk=name).first()
    return now - _FIRST if known is None else known.read_through - _OVERLAP


def swept(*, name: str, read_through: datetime, now: datetime) -> None:
    """A sweep has read all that was there at `read_through`. It never goes back; no audit entry."""
    made, created = Sweep.objects.get_or_create(pk=name, defaults={"read_through": read_through, "swept_at": now})
    if not created:
        made.read_through, made.swept_at = max(made.read_through, read_through), now
        made.save(update_fields=["read_through", "swept_at"])
