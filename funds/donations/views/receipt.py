"""The receipt that only its donor can open, and its proof. Parse, one action or query, render; never cached.

The receipt page may be where a gift is first found to be paid: it asks Stripe itself and settles, beside the webhook.
"""

from dataclasses import dataclass
from typing import Any, Final

import segno
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from markupsafe import Markup
from redis.exceptions import RedisError

from common.clock import now
from common.errors import DomainError
from funds.donations import actions, queries
from funds.donations.models import Gift
from funds.donations.rules import reload_seconds
from funds.donations.states import GiftState
from funds.donations.tasks import thank
from funds.payments.rules import Checkout, CheckoutStatus, PaymentStatus, UnexpectedFactError, UnknownCurrencyError
from transparency.queries import log_url, proof_file
from transparency.queries.seals import proof_link, seal_of
from transparency.rules.pictures import qr_picture

_LOOK_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What a receipt page found when it asked Stripe. `way` is one of the waiting ways, `url` the page to pay on."""

    way: str
    url: str = ""


@never_cache
@require_safe
def receipt(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """Where Stripe sends the donor back to, and the receipt for ever after. The address is the key."""
    moment = now()
    gift = queries.gift_by_receipt_code(receipt_code=receipt_code)
    look = Look("")
    if gift.state in {GiftState.PENDING, GiftState.FAILED}:
        look = _look(gift)
        gift = queries.gift_by_receipt_code(receipt_code=receipt_code)
        if gift.state == GiftState.SUCCEEDED:
            thank(gift)
    response = render(request, "donations/receipt.html", _receipt_context(request, gift, look))
    if gift.state == GiftState.PENDING and look.way == "waiting":
        seconds = reload_seconds(waited=moment - gift.created_at)
        if seconds is not None:
            response["Refresh"] = str(seconds)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _receipt_context(request: HttpRequest, gift: Gift, look: Look) -> dict[str, Any]:
    town = gift.fund.town
    again = {"project": str(gift.project_id) if gift.project_id else "", "currency": gift.currency}
    context: dict[str, Any] = {"gift": gift, "town": town, "look": look, "again": again}
    if gift.transaction is not None:
        context |= {
            "seal": seal_of(slug=town.slug, index=gift.transaction.log_index),
            "number": f"{town.slug}-{gift.transaction.seq}",
            "arrives_minor": None if gift.fee_minor is None else gift.amount_minor - gift.fee_minor,
            "qr": _qr(f"{settings.SITE_URL}{request.path}"),
        }
    return context


def _booked(receipt_code: str) -> tuple[str, int]:
    """The log and the index of a gift's line. 404 until the gift has arrived."""
    gift = queries.gift_by_receipt_code(receipt_code=receipt_code)
    if gift.transaction is None:
        raise Http404
    return gift.fund.town.slug, gift.transaction.log_index


def _private(answer: HttpResponse) -> HttpResponse:
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_safe
def proof(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """The proof of the donor's own line, with what the ledger keeps sealed about the donor. The address is the key."""
    slug, index = _booked(receipt_code)
    answer = HttpResponse(proof_file(slug, index, with_openings=True), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{index}.tlog-proof"'
    return _private(answer)


@never_cache
@require_safe
def proof_check(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """On to the page that checks, with the whole proof behind `#`: the browser keeps that part to itself."""
    slug, index = _booked(receipt_code)
    link = proof_link(slug=slug, index=index, with_openings=True)
    return _private(HttpResponseRedirect(f"{reverse('portal:verify')}#{link}"))


@never_cache
@require_safe
def proof_qr(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """The same proof as a QR code."""
    slug, index = _booked(receipt_code)
    link = proof_link(slug=slug, index=index, with_openings=True)
    page = f"{settings.SITE_URL}{reverse('portal:verify')}"
    picture = qr_picture(page=page, link=link, file=f"{log_url(slug)}/proof/{index}.tlog-proof")
    return _private(HttpResponse(picture, content_type="image/svg+xml"))


def _look(gift: Gift) -> Look:
    """Ask Stripe at most every other second per gift, however often its page is loaded."""
    key = f"donations:look:{gift.pk}"
    known = _remembered(key)
    if known is not None:
        return known
    try:
        look = _meaning(actions.catch_up(gift=gift, now=now()))
    except (DomainError, UnexpectedFactError, UnknownCurrencyError):
        look = Look("waiting")
    try:
        cache.set(key, (look.way, look.url), timeout=_LOOK_SECONDS)
    except RedisError:
        return look
    return look


def _remembered(key: str) -> Look | None:
    try:
        known = cache.get(key)
    except RedisError:
        return None
    return Look(*known) if known else None


def _meaning(checkout: Checkout | None) -> Look:
    if checkout is None:
        return Look("never_opened")
    if checkout.status != CheckoutStatus.OPEN:
        return Look("waiting")
    tried = checkout.payment is not None and checkout.payment.status == PaymentStatus.FAILED
    return Look("declined" if tried else "unpaid", checkout.url)


def _qr(address: str) -> Markup:
    """The address as a QR code: SVG attributes alone, black on white in every colour scheme."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None))  # noqa: S704
