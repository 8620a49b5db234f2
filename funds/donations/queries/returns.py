"""Gifts that go back, as the treasurer, the approvers and the auditor see them. Nobody looks gifts up by name."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.errors import NotFound
from funds.donations.models import Gift, Refund
from funds.donations.rules.papers import receipt_number
from funds.donations.states import GiftState, Method, RefundState


def gift_by_code(*, fund_id: UUID, code: str) -> Gift | None:
    """A received gift of a fund by its receipt's address or number, its transfer's code, or the processor's number."""
    bare = code.strip()
    last = bare.rstrip("/").rpartition("/")[2]
    known = Q(receipt_code=last) | Q(payment_intent=bare) | Q(reference_code=bare.upper())
    received = Gift.objects.filter(fund_id=fund_id, state=GiftState.SUCCEEDED)
    return received.filter(known).first() or _by_number(received, bare)


def _by_number(received: QuerySet[Gift], typed: str) -> Gift | None:
    """The number that a receipt shows: the line's own, or signs made from the gift's id (rules.receipt_number)."""
    slug, _dash, signs = typed.lower().rpartition("-")
    if not slug:
        return None
    if signs.isdecimal():
        return received.filter(fund__town__slug=slug, transaction__seq=int(signs[:18])).first()
    wanted = f"{slug}-{signs.upper()}"
    unnamed = received.filter(fund__town__slug=slug, transaction__isnull=True)
    for gift_id in unnamed.values_list("pk", flat=True).iterator(chunk_size=2000):
        if receipt_number(slug=slug, seq=None, gift=gift_id) == wanted:
            return received.filter(pk=gift_id).first()
    return None


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
