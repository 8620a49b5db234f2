"""A monthly gift behind its secret address: see it, change it, end it. No account, no password, works without scripts.

Whoever has the address may do what stands here and nothing else: no page shows a card or an e-mail address, and every
change is told by letter. Never cached, never indexed, never told to another site.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from common.clock import day_of, now
from common.errors import DomainError
from common.pace import HOUR, may_go_on
from funds.donations import actions, queries
from funds.donations.forms.fields import WHOLE_FUND
from funds.donations.forms.monthly import AmountForm, DesignationForm, LinkForm, PauseForm, SureForm
from funds.donations.models import MonthlyGift
from funds.donations.rules import submission_key
from funds.donations.states import MonthlyState
from funds.donations.tasks import links_soon
from funds.payments.rules import UnexpectedFactError, UnknownCurrencyError
from funds.payments.stripe import is_configured

CHANGES_AN_HOUR: Final = 30
ASKED_AN_HOUR: Final = 10
LETTERS_AN_HOUR: Final = 3
_LOOK_SECONDS: Final = 2

DONE: Final[dict[str, Promise]] = {
    "amount": _("The new amount holds from the next month on."),
    "pause": _("Your monthly gift is paused."),
    "resume": _("Your monthly gift goes on."),
    "designation": _("The next months go where you chose."),
    "cancel": _("Your monthly gift has ended. Nothing more is charged."),
}


def _private(answer: HttpResponse) -> HttpResponse:
    """Nobody outside learns the address. Within the site it is told: a browser that tells nothing at all sends forms
    from nowhere, and the protection against forged forms refuses them.
    """
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "same-origin"
    return answer


@never_cache
@require_safe
def monthly(request: HttpRequest, token: str) -> HttpResponse:
    """The monthly gift, what it has brought, and the ways to change it."""
    gift = queries.monthly_by_token(token=token)
    page = ""
    if gift.state == MonthlyState.PENDING:
        page = _look(gift)
        gift = queries.monthly_by_token(token=token)
    done = DONE.get(request.GET.get("done", ""), "")
    return _private(render(request, "donations/monthly.html", {**_context(gift, token), "done": done, "page": page}))


def _context(gift: MonthlyGift, token: str) -> dict[str, Any]:
    return {
        "gift": gift,
        "token": token,
        "town": gift.fund.town,
        "purpose": queries.purpose_words(project=gift.project, need=gift.need),
        "payments": [
            (one, queries.purpose_words(project=one.project, need=one.need))
            for one in queries.payments_of_monthly(monthly=gift)
        ],
        "running": gift.state in queries.RUNNING,
        "cards": is_configured(),
        "idle_since": queries.idle_since(fund_id=gift.fund_id, today=day_of(now())),
    }


def _look(gift: MonthlyGift) -> str:
    """Ask Stripe at most every other second whether the first month is paid: the page to pay on, "" when none waits."""
    key = f"donations:monthly:{gift.pk}"
    try:
        known: str | None = cache.get(key)
    except RedisError:
        known = None
    if known is not None:
        return known
    try:
        page = actions.catch_up_monthly(monthly_id=gift.pk, now=now())
    except (DomainError, UnexpectedFactError, UnknownCurrencyError):
        page = ""
    try:
        cache.set(key, page, timeout=_LOOK_SECONDS)
    except RedisError:
        return page
    return page


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its form, its action, and the words around it. `danger` colours the button of what ends something."""

    name: str
    title: Promise
    text: Promise
    button: Promise
    form: Callable[[HttpRequest, MonthlyGift], Form]
    act: Callable[[MonthlyGift, Any], None]
    danger: bool = False


def _new_amount(gift: MonthlyGift, form: AmountForm) -> None:
    amount = form.cleaned_data["own_amount"]
    wish = submission_key(form.cleaned_data["submission"], f"amount={amount.minor}")
    actions.change_monthly_amount(monthly=gift, amount=amount, wish=wish, now=now())


def _pause(gift: MonthlyGift, form: PauseForm) -> None:
    until = form.cleaned_data["until"]
    wish = submission_key(form.cleaned_data["submission"], f"until={until}")
    actions.pause_monthly(monthly=gift, until=until, wish=wish, now=now())


def _resume(gift: MonthlyGift, form: SureForm) -> None:
    actions.resume_monthly(monthly=gift, wish=submission_key(form.cleaned_data["submission"], "resume"), now=now())


def _redesignate(gift: MonthlyGift, form: DesignationForm) -> None:
    purpose = queries.purpose_words(project=form.project, need=form.need)
    actions.redesignate_monthly(monthly=gift, project=form.project, need=form.need, purpose=purpose, now=now())


def _cancel(gift: MonthlyGift, _form: SureForm) -> None:
    actions.cancel_monthly(monthly=gift, now=now())


def _sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, also when that is nothing."""
    return request.POST if request.method == "POST" else None


def _designation_form(request: HttpRequest, gift: MonthlyGift) -> DesignationForm:
    chosen = str(gift.project_id) if gift.project_id else WHOLE_FUND
    if gift.need_id:
        chosen = queries.need_key(gift.need_id)
    return DesignationForm(_sent(request), purposes=queries.purposes_of(fund=gift.fund), chosen=chosen)


_AMOUNT: Final = Change(
    "amount",
    _("Give more or less each month"),
    _("The new amount holds from the next month on. Nothing is charged today, and nothing is given back."),
    _("Change the amount"),
    lambda request, gift: AmountForm(_sent(request), currency=gift.currency),
    _new_amount,
)
_PAUSE: Final = Change(
    "pause",
    _("Pause"),
    _("Nothing is charged until the day that you choose. Then your gift begins again by itself."),
    _("Pause my gift"),
    lambda request, _gift: PauseForm(_sent(request), today=day_of(now())),
    _pause,
)
_RESUME: Final = Change(
    "resume",
    _("End the pause"),
    _("The next month is charged again, on its usual day."),
    _("Go on giving"),
    lambda request, _gift: SureForm(_sent(request)),
    _resume,
)
_DESIGNATION: Final = Change(
    "designation",
    _("Choose what it is for"),
    _("Your choice holds for the next months. What you gave before stays where it is."),
    _("Change the purpose"),
    _designation_form,
    _redesignate,
)
_CANCEL: Final = Change(
    "cancel",
    _("End the monthly gift"),
    _("Nothing more is charged, from today on. What you gave stays where it is, and its receipts stay open to you."),
    _("End my monthly gift"),
    lambda request, _gift: SureForm(_sent(request)),
    _cancel,
    danger=True,
)


def _change(request: HttpRequest, token: str, change: Change) -> HttpResponse:
    """The form of one change with what it will do in words; with POST, the change and back to the monthly gift."""
    gift = queries.monthly_by_token(token=token)
    if gift.state not in queries.RUNNING:
        return _private(redirect("donations:monthly", token=token))
    form = change.form(request, gift)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if not _may_change(request):
            form.add_error(None, _("Too many changes within an hour. Please try again later."))
            status = HTTPStatus.TOO_MANY_REQUESTS
        elif form.is_valid():
            try:
                change.act(gift, form)
            except DomainError as error:
                known = {"amount": "own_amount"}.get(error.field or "", error.field or "")
                form.add_error(known if known in form.fields else None, str(error.message))
            except UnexpectedFactError:
                form.add_error(None, _("The card service sees this gift differently by now. Look at it again first."))
            else:
                done = reverse("donations:monthly", kwargs={"token": token})
                return _private(HttpResponseRedirect(f"{done}?done={change.name}", status=HTTPStatus.SEE_OTHER))
    context = {"gift": gift, "token": token, "town": gift.fund.town, "form": form, "change": change}
    return _private(render(request, "donations/monthly_change.html", context, status=status))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_amount(request: HttpRequest, token: str) -> HttpResponse:
    """Lower or raise the amount."""
    return _change(request, token, _AMOUNT)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_pause(request: HttpRequest, token: str) -> HttpResponse:
    """Pause until a day."""
    return _change(request, token, _PAUSE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_resume(request: HttpRequest, token: str) -> HttpResponse:
    """End a pause."""
    return _change(request, token, _RESUME)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_designation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose another purpose."""
    return _change(request, token, _DESIGNATION)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_cancel(request: HttpRequest, token: str) -> HttpResponse:
    """End the monthly gift."""
    return _change(request, token, _CANCEL)


@never_cache
@require_safe
def monthly_portal(request: HttpRequest, token: str) -> HttpResponse:
    """On to Stripe's own page, where the card is changed."""
    gift = queries.monthly_by_token(token=token)
    back = f"{settings.SITE_URL}{reverse('donations:monthly', kwargs={'token': token})}"
    return _private(HttpResponseRedirect(actions.portal_address(monthly=gift, back=back)))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_link(request: HttpRequest) -> HttpResponse:
    """Send me the link again. The answer is the same whether the address is known or not."""
    form = LinkForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(request, "donations/monthly_link.html", {"form": form, "sent": False}, status=status)
    if not may_go_on(request, purpose="donations.link", at_most=ASKED_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("Too many links were asked for from your network. Please try again in an hour."))
        return render(
            request, "donations/monthly_link.html", {"form": form, "sent": False}, status=HTTPStatus.TOO_MANY_REQUESTS
        )
    email = form.cleaned_data["email"]
    account = email.casefold()
    if may_go_on(request, purpose="donations.letter", at_most=LETTERS_AN_HOUR, seconds=HOUR, account=account):
        links_soon(email=email, language=get_language() or settings.LANGUAGE_CODE)
    return render(request, "donations/monthly_link.html", {"form": form, "sent": True})


def _may_change(request: HttpRequest) -> bool:
    return may_go_on(request, purpose="donations.change", at_most=CHANGES_AN_HOUR, seconds=HOUR)
