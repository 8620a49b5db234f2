"""The daily comparison of every two sides that tell of the same money. What does not fit is published, never hidden.

A run is written once and never changed: a difference that was explained later shows in a later run.
"""

from typing import Final

from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from funds.ledger.models import Fund
from funds.reports.states import Hop

_NEVER_OPEN: Final = (Hop.LEDGER, Hop.BANK)
OFF: Final = ~Q(remainder_minor=0) | Q(hop__in=_NEVER_OPEN, items_open__gt=0)
"""The comparisons in red. Transfers that have not arrived are open by nature; what nobody has explained is not."""


class Run(models.Model):
    """One reconciliation of everything, on the evening of `day` in Kazakhstan or when somebody asked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    card_reached = models.BooleanField()  # False: the card processor did not answer, so its hops were not compared

    class Meta:
        indexes = [models.Index(fields=["-finished_at", "-id"], name="run_latest")]


class Comparison(models.Model):
    """One hop in one currency. `remainder_minor = outside - ours`, published in red unless it is zero.

    `fund` is None where the card account of all funds is compared. Both sides are stored without what was received and
    is to be published with others later, and without bank lines that nobody has explained for some days: their sums
    could tell one gift. `under_way_minor`, which the processor has not
    told of yet, is left out of `ours_minor` too.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="comparisons")
    hop = models.CharField(max_length=7, choices=Hop.choices)
    fund = models.ForeignKey(Fund, null=True, blank=True, on_delete=models.PROTECT, related_name="comparisons")
    subject = models.CharField(max_length=255, blank=True)  # the payout or bank account, where it is one of several
    currency = models.CharField(max_length=3)
    outside_minor = models.BigIntegerField()
    ours_minor = models.BigIntegerField()
    remainder_minor = models.BigIntegerField()
    under_way_minor = models.BigIntegerField(default=0)
    items_open = models.PositiveIntegerField(default=0)  # lines or movements that nobody has explained
    oldest_open_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remainder_minor=F("outside_minor") - F("ours_minor")), name="comparison_remainder"
            )
        ]
        indexes = [models.Index(fields=["run", "hop"], name="comparison_of_run")]

    @property
    def is_off(self) -> bool:
        """Whether something here is unexplained: a sum, or lines whose sums are not told yet (see OFF)."""
        return self.remainder_minor != 0 or (self.hop in _NEVER_OPEN and self.items_open > 0)
