"""The one door that Stripe knocks at. It stores and answers; it never fetches, books or waits."""

import logging
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.clock import now
from funds.payments.actions import receive_event
from funds.payments.stripe import EventRefusedError, verify_event
from funds.payments.tasks import ring

MAX_BYTES: Final = 256 * 1024  # Stripe's own events are far smaller

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored (or was before), 400 and nothing stored when it is not Stripe's or too large."""
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        logger.warning("A webhook larger than %s bytes was refused", MAX_BYTES)
        return _answer("too large", HTTPStatus.BAD_REQUEST)
    try:
        event = verify_event(body=body, signature=request.headers.get("Stripe-Signature", ""))
    except EventRefusedError as refused:
        logger.warning("A webhook was refused: %s", refused)
        return _answer("refused", HTTPStatus.BAD_REQUEST)
    if receive_event(event=event, now=now()) is not None:
        ring()
    return _answer("stored", HTTPStatus.OK)


def _answer(text: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain", status=status)
