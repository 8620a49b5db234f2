"""A gift and its card payment: open the hosted page, ask Stripe where it stands, take the step that its facts allow.

Network first, then one short transaction; never a network call inside one. Nothing here enqueues.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, override

from common.money import Money
from funds.donations.actions.gifts import expire_gift, fail_gift
from funds.donations.actions.publishing import publish_due, purse_of, waiting_gifts
from funds.donations.actions.settling import settle_gifts
from funds.donations.models import Gift
from funds.donations.rules import NEVER_OPENED, next_check
from funds.payments.rules import Checkout, CheckoutStatus, Payment, PaymentStatus
from funds.payments.stripe import create_checkout, fetch_checkout, fetch_payment

_AT_ONCE: Final = 150  # gifts in one transaction


def receipt_address(gift: Gift) -> str:
    """The whole address of a gift's receipt in the donor's language: a secret of the donor."""
    with override(gift.language):
        path = reverse("donations:receipt", kwargs={"receipt_code": gift.receipt_code})
    return f"{settings.SITE_URL}{path}"


def open_checkout(*, gift: Gift) -> Checkout:
    """The hosted payment page of a gift; asked again, it is the same page. Raises `DomainError` when Stripe is away.

    The gift stays as it is then, and the person may simply try again.
    """
    with override(gift.language):
        title = gift.project.title if gift.project else gettext("Gift to the community foundation")
    back = receipt_address(gift)
    checkout = create_checkout(
        reference=gift.pk,
        amount=Money(gift.amount_minor, gift.currency),
        title=title,
        email=gift.donor_email,
        language=gift.language,
        success_url=back,
        cancel_url=back,
    )
    _remember(gift_id=gift.pk, checkout=checkout)
    return checkout


def catch_up(*, gift: Gift, now: datetime) -> Checkout | None:
    """Ask Stripe where a gift stands and bring the row forward; the page as Stripe knows it, None if never opened.

    Safe beside a webhook, a worker and a reader who do the same. Raises what `bring_forward` and Stripe's errors raise.
    """
    if gift.checkout_session is None and gift.payment_intent is not None:
        payment = fetch_payment(payment_id=gift.payment_intent)
        bring_forward(gift_id=gift.pk, payment=payment, checkout=None, now=now)
        return None
    if gift.checkout_session is None:
        if now - gift.created_at > NEVER_OPENED:
            expire_gift(gift_id=gift.pk, now=now)
        return None
    checkout = fetch_checkout(checkout_id=gift.checkout_session)
    bring_forward(gift_id=gift.pk, payment=checkout.payment, checkout=checkout, now=now)
    return checkout


def bring_forward(*, gift_id: UUID, payment: Payment | None, checkout: Checkout | None, now: datetime) -> None:
    """Let a gift take the step that these facts allow. Old facts change nothing.

    Raises `UnexpectedFactError` when the payment is not exactly this gift's.
    """
    if checkout is not None:
        _remember(gift_id=gift_id, checkout=checkout)
    if payment is not None:
        bring_many_forward(payments={gift_id: payment}, now=now)
    if checkout is not None and checkout.status == CheckoutStatus.EXPIRED:
        expire_gift(gift_id=gift_id, now=now)


def bring_many_forward(*, payments: Mapping[UUID, Payment], now: datetime) -> None:
    """The same for many gifts at once: the gift's id -> its payment. What waited long enough is published."""
    paid = {key: one for key, one in payments.items() if one.status == PaymentStatus.SUCCEEDED}
    for keys in _portions(sorted(paid)):
        settle_gifts(payments={key: paid[key] for key in keys}, now=now)
    for key, one in payments.items():
        if one.status in {PaymentStatus.FAILED, PaymentStatus.CANCELLED}:
            fail_gift(gift_id=key, now=now)
    waiting = waiting_gifts().filter(pk__in=paid)
    publish_due(now=now, purses={purse_of(gift) for gift in waiting})


def _portions(keys: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]


@transaction.atomic
def claim_waiting_gifts(*, now: datetime, limit: int = 100) -> list[Gift]:
    """Gifts to ask Stripe about now. Each is due again later, so a killed sweep loses none; no audit entry."""
    due = Gift.objects.select_for_update(skip_locked=True).filter(next_check_at__lte=now).order_by("next_check_at")
    gifts = list(due[:limit])
    for gift in gifts:
        gift.next_check_at = next_check(since=gift.succeeded_at or gift.created_at, now=now)
    Gift.objects.bulk_update(gifts, ["next_check_at"])
    return gifts


def _remember(*, gift_id: UUID, checkout: Checkout) -> None:
    """Note which payment page is the gift's: an address elsewhere, so no audit entry."""
    Gift.objects.filter(pk=gift_id, checkout_session__isnull=True).update(checkout_session=checkout.id)
