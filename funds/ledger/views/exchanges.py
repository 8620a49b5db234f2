"""Booking that the bank or the card processor has exchanged currencies, at the two sums that really moved."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.formats import number
from common.money import EXPONENTS, Money
from funds.ledger import actions, permissions, queries
from funds.ledger.actions import Rehearsal
from funds.ledger.forms import ExchangeForm
from funds.ledger.rules.corrections import Exchange, exchange_posting
from funds.ledger.views.steps import Facts, person, two_steps


def _units(amount: Money) -> Decimal:
    return Decimal(amount.minor).scaleb(-EXPONENTS[amount.currency])


def rate_of(exchange: Exchange, language: str) -> str:
    """`1 EUR = 500.0000 KZT`: what one whole unit of the given currency brought."""
    rate = number(_units(exchange.got) / _units(exchange.given), language, 4)
    return f"1 {exchange.given.currency} = {rate} {exchange.got.currency}"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def exchange(request: HttpRequest, slug: str) -> HttpResponse:
    """The treasurer books an exchange that the bank's statement shows."""
    user, moment = person(request), now()
    fund = queries.fund_of_town(slug=slug)
    today = day_of(moment)
    permissions.can_exchange(user, fund.town, on=today).enforce()
    form = ExchangeForm(
        request.POST if request.method == "POST" else None,
        places=queries.money_places(fund_id=fund.pk),
        earmarks=queries.earmarks_of(fund_id=fund.pk),
        today=today,
    )
    context: dict[str, object] = {
        "fund": fund,
        "town": fund.town,
        "title": _("Exchange currencies"),
        "lead": _("Write both sums as they stand on the bank statement. The rate is what really happened."),
        "button": _("Book the exchange"),
        "back_url": reverse("ledger:fund", args=[slug]),
    }

    def rehearse(facts: Facts) -> Rehearsal:
        wished: Exchange = facts["exchange"]
        actions.refuse_unfit_exchange(exchange=wished, day=facts["day"], today=today)
        actions.refuse_uncovered_exchange(fund=fund, exchange=wished)
        context["facts"] = [(_("Rate"), rate_of(wished, get_language() or "kk"))]
        posting = exchange_posting(
            fund=fund.pk, submission=facts["submission"], exchange=wished, day=facts["day"], memo=facts["memo"]
        )
        return actions.rehearse(posting=posting, now=moment)

    def write(facts: Facts) -> str:
        seq = actions.record_exchange(
            actor=user,
            fund=fund,
            exchange=facts["exchange"],
            day=facts["day"],
            memo=facts["memo"],
            submission=facts["submission"],
            now=moment,
        )
        return reverse("ledger:transaction", args=[slug, seq])

    return two_steps(request, form=form, rehearse=rehearse, write=write, context=context)
