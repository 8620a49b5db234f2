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
from funds.donations.queries.receipts import line_of, own_fields, purpose_of, receipt_of, received_gift
from funds.donations.rules import reload_seconds
from funds.donations.states import GiftState, Method
from funds.donations.tasks import thank
from funds.donations.views.papers import private
from funds.donations.views.sending import sending_page, waits_for_transfer
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
    if waits_for_transfer(gift):
        return private(sending_page(request, gift))
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
    return private(response)


def _receipt_context(request: HttpRequest, gift: Gift, look: Look) -> dict[str, Any]:
    town = gift.fund.town
    again = {"project": str(gift.project_id) if gift.project_id else "", "currency": gift.currency}
    context: dict[str, Any] = {"gift": gift, "town": town, "look": look, "again": again, "purpose": purpose_of(gift)}
    if gift.state == GiftState.SUCCEEDED:
        receipt = receipt_of(gift, sealed=False)
        context |= {
            "receipt": receipt,
            "seal": seal_of(slug=town.slug, index=receipt.line.log_index) if receipt.line is not None else None,
            "qr": _qr(f"{settings.SITE_URL}{request.path}"),
            "issuer": settings.RECEIPT_ISSUER if gift.method == Method.CARD else "",
            "tax_note": settings.RECEIPT_TAX_NOTE,
        }
    return context


def _booked(receipt_code: str) -> tuple[str, int, tuple[str, ...] | None]:
    """The log, the index of a gift's line, and the sealed fields that are its giver's. 404 until it is booked."""
    gift = received_gift(receipt_code=receipt_code)
    line = line_of(gift)
    if line is None:
        raise Http404
    return gift.fund.town.slug, line.log_index, own_fields(gift)


@never_cache
@require_safe
def proof(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """The proof of the donor's own line, with what the ledger keeps sealed about the donor. The address is the key."""
    slug, index, fields = _booked(receipt_code)
    answer = HttpResponse(
        proof_file(slug, index, with_openings=True, fields=fields), content_type="text/plain; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{index + 1}.tlog-proof"'
    return private(answer)


@never_cache
@require_safe
def proof_check(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """On to the page that checks, with the whole proof behind `#`: the browser keeps that part to itself."""
    slug, index, fields = _booked(receipt_code)
    link = proof_link(slug=slug, index=index, with_openings=True, fields=fields)
    return private(HttpResponseRedirect(f"{reverse('portal:verify')}#{link}"))


@never_cache
@require_safe
def proof_qr(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """The same proof as a QR code."""
    slug, index, fields = _booked(receipt_code)
    link = proof_link(slug=slug, index=index, with_openings=True, fields=fields)
    page = f"{settings.SITE_URL}{reverse('portal:verify')}"
    picture = qr_picture(page=page, link=link, file=f"{log_url(slug)}/proof/{index}.tlog-proof")
    return private(HttpResponse(picture, content_type="image/svg+xml"))


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
