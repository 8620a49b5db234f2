"""Announced transfers that have not come. They are no money, and no sum of them stands anywhere."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.clock import day_of, now
from common.formats import date_short, money
from funds.donations.queries.bank_lines import PAGE, expected_gifts
from funds.donations.queries.ways import purpose_words
from funds.ledger.queries import fund_of_town
from funds.payments.permissions import can_keep_bank, can_read_bank
from funds.payments.views.accounts import person


def _key_or_none(told: str) -> UUID | None:
    try:
        return UUID(told)
    except ValueError:
        return None


@never_cache
@login_required
@require_safe
def expected(request: HttpRequest, slug: str) -> HttpResponse:
    """The list for the treasurer; the auditor reads it without names."""
    user, fund = person(request), fund_of_town(slug=slug)
    can_read_bank(user, fund.town, on=day_of(now())).enforce()
    keeps = bool(can_keep_bank(user, fund.town, on=day_of(now())))
    language = get_language() or settings.LANGUAGE_CODE
    found = expected_gifts(fund=fund, before=_key_or_none(request.GET.get("after", "")), limit=PAGE + 1)
    rows, more = found[:PAGE], len(found) > PAGE
    context = {
        "town": fund.town,
        "rows": [
            {
                "code": gift.reference_code,
                "name": (gift.donor_name or "–") if keeps else "–",
                "amount": money(gift.amount_minor, gift.currency),
                "purpose": purpose_words(project=gift.project, need=gift.need),
                "day": date_short(gift.created_at, language),
                "way": gift.get_method_display(),
            }
            for gift in rows
        ],
        "pager": {
            "previous_url": "",
            "next_url": f"?after={rows[-1].pk}" if more else "",
            "position": "",
        },
    }
    return render(request, "donations/expected.html", context)
