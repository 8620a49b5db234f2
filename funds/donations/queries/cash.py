"""Counted cash as those see it who count it. The sum of a count that waits for its second person is never told, nor
that of a refused one to anybody who may count the box anew."""

from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from audit.models import Record
from common.errors import NotFound
from funds.donations.models import CashCount, Gift
from funds.ledger.models import Fund

PAGE = 50


def cash_counts(*, fund: Fund, limit: int = PAGE) -> list[CashCount]:
    """The latest counts of a fund with who counted, and the ledger's line once there is one."""
    gifts = Prefetch("gift", queryset=Gift.objects.select_related("transaction"))
    rows = CashCount.objects.filter(fund=fund).select_related("counted_by", "confirmed_by", "project")
    return list(rows.prefetch_related(gifts).order_by("-counted_date", "-id")[:limit])


def cash_count(*, count_id: UUID) -> CashCount:
    """One count with its fund; raises NotFound."""
    rows = CashCount.objects.select_related("fund__town", "project", "counted_by", "confirmed_by", "gift__transaction")
    found = rows.filter(pk=count_id).first()
    if found is None:
        raise NotFound("no_count", _("There is no such count."))
    return found


def second_sum(*, count: CashCount) -> int | None:
    """What the second person counted where it was another sum, in minor units. For the auditor's eyes alone."""
    found = Record.objects.filter(action="donations.cash_differs", object_type="cash_count", object_id=str(count.pk))
    detail = found.values_list("detail", flat=True).first()
    return None if detail is None else detail.get("counted_minor")
