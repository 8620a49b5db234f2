"""The defence against people who test stolen cards: limits per network and address, and when a question is asked.

In a view, after the form is valid and before the gift is written down, in one line:
`admit(key=form.submission_key, page=form.cleaned_data["submission"], network=network_of(request), email=..., now=...)`;
and before `is_valid()`: `if is_challenged(now=now): ask(form, page=..., now=now)` (forms.defence).

Counted in PostgreSQL, so nothing is forgotten with the cache. These rows are counters and no writes about a gift: they
are not audited, hold keyed marks alone and are gone after a day.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from funds.donations.models import CheckoutTry, Gift
from funds.donations.rules.defence import BURST, HOUR, KEPT, Limits, Load, Stop, is_burst, stop_at

TOO_MANY: Final = frozenset(Stop)
"""Codes of the refusals here: a page that shows one answers 429."""
_SENTENCES: Final[Mapping[Stop, Promise]] = {
    Stop.NETWORK: _("Too many gifts were begun from your network within an hour. Please try again later."),
    Stop.EMAIL: _("Too many gifts were begun with this e-mail address within an hour. Please try again later."),
    Stop.DECLINES: _(
        "Several cards were refused one after the other. To protect card holders we open no further payment page from"
        " here for an hour. A bank transfer is possible at any time."
    ),
    Stop.USED: _("This form was sent already. Open it anew to give once more."),
}
_SALT: Final = "donations.defence"


@transaction.atomic
def admit(*, key: UUID, page: UUID, network: str, email: str, now: datetime) -> None:
    """Count one sending on its way to a payment page, or refuse it (`DomainError`, codes in `TOO_MANY`).

    `key` is the sending's own: sent twice it counts once. `network` and `email` ("" for none) are kept as marks.
    """
    marks = {"network_mark": _mark("network", network), "email_mark": _mark("email", email.casefold()) if email else ""}
    _one_at_a_time(marks)
    if CheckoutTry.objects.filter(submission_key=key).exists():
        return
    stop = stop_at(
        _load(marks, page, now),
        Limits(settings.GIFT_LIMIT_NETWORK, settings.GIFT_LIMIT_EMAIL, settings.GIFT_LIMIT_DECLINES),
        challenged=is_challenged(now=now),
    )
    if stop is not None:
        raise DomainError(stop.value, _SENTENCES[stop])
    CheckoutTry.objects.create(submission_key=key, page=page, opened_at=now, **marks)


def note_decline(*, gift_id: UUID, at: datetime) -> None:
    """A card was refused at `at` on the payment page of this gift. Told twice it counts once."""
    tries = CheckoutTry.objects.filter(submission_key__in=Gift.objects.filter(pk=gift_id).values("submission_key"))
    tries.filter(Q(declined_at__isnull=True) | Q(declined_at__lt=at)).update(declines=F("declines") + 1, declined_at=at)


def is_challenged(*, now: datetime) -> bool:
    """Whether forms ask a question at the moment (GIFT_CHALLENGE: off, on, or burst)."""
    if settings.GIFT_CHALLENGE != "burst":
        return bool(settings.GIFT_CHALLENGE == "on")
    opening, refused = Q(opened_at__gt=now - BURST), Q(declined_at__gt=now - BURST)
    counted = CheckoutTry.objects.filter(opening | refused).aggregate(
        opened=Count("pk", filter=opening), declines=Sum("declines", filter=refused, default=0)
    )
    return is_burst(opened=counted["opened"], declines=counted["declines"], burst=settings.GIFT_BURST)


@transaction.atomic
def forget_tries(*, now: datetime) -> int:
    """Delete what is older than a day; how many."""
    return CheckoutTry.objects.filter(opened_at__lt=now - KEPT).delete()[0]


def _load(marks: Mapping[str, str], page: UUID, now: datetime) -> Load:
    since = now - HOUR
    by_network = Q(network_mark=marks["network_mark"])
    by_email = Q(email_mark=marks["email_mark"]) if marks["email_mark"] else Q(pk__in=[])
    hour = CheckoutTry.objects.filter(opened_at__gt=since)
    declined = CheckoutTry.objects.filter(by_network | by_email, declined_at__gt=since)
    return Load(
        network=hour.filter(by_network).count(),
        email=hour.filter(by_email).count(),
        declines=declined.aggregate(all=Sum("declines"))["all"] or 0,
        page=CheckoutTry.objects.filter(page=page).count(),
    )


def _one_at_a_time(marks: Mapping[str, str]) -> None:
    """Whoever counts the same network or address waits: a hundred requests at once are counted one by one."""
    with connection.cursor() as cursor:
        for mark in sorted({mark for mark in marks.values() if mark}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x41534152, zlib.crc32(mark.encode()) - 2**31])


def _mark(kind: str, value: str) -> str:
    return salted_hmac(_SALT, f"{kind} {value}").hexdigest()[:32]
