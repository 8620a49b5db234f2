"""Gifts that go back, as the treasurer, the approvers and the auditor see them. Nobody looks gifts up by name."""

from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from common.errors import NotFound
from funds.donations.models import Gift, Refund
from funds.donations.states import GiftState, Method, RefundState


def gift_by_code(*, fund_id: UUID, code: str) -> Gift | None:
    """A received gift of a fund by its receipt's address or code, its transfer's code, or the card service's number."""
    bare = code.strip()
    last = bare.rstrip("/").rpartition("/")[2]
    known = Q(receipt_code=last) | Q(payment_intent=bare) | Q(reference_code=bare.upper())
    return Gift.objects.filter(known, fund_id=fund_id, state=GiftState.SUCCEEDED).first()


def gift_to_return(*, gift_id: UUID) -> Gift:
    """A received gift with its fund and purpose; raises NotFound."""
    gift = Gift.objects.select_related("fund__town", "project", "need").filter(pk=gift_id).first()
    if gift is None or gift.state != GiftState.SUCCEEDED:
        raise NotFound("no_gift", _("There is no such gift."))
    return gift


def refund_to_answer(*, refund_id: UUID) -> Refund:
    """A refund with its gift; raises NotFound."""
    rows = Refund.objects.select_related("gift__fund__town", "asked_by", "answered_by", "transaction")
    refund = rows.filter(pk=refund_id).first()
    if refund is None:
        raise NotFound("no_refund", _("There is no such refund."))
    return refund


def refunds_of_fund(*, fund_id: UUID, limit: int = 100) -> list[Refund]:
    """The latest refunds of a fund, the newest first. One query."""
    rows = Refund.objects.filter(gift__fund_id=fund_id).select_related("gift", "transaction")
    return list(rows.order_by("-created_at", "-pk")[:limit])


def unsent_refunds() -> list[UUID]:
    """Confirmed refunds of card gifts that the card service was not asked for yet, the oldest first."""
    rows = Refund.objects.filter(
        gift__method=Method.CARD,
        answered_by__isnull=False,
        state=RefundState.PENDING,
        refund_id__isnull=True,
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:100])
