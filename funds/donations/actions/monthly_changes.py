"""What a giver changes in a monthly gift, without an account: whoever holds its address may. One form, one change.

The card service is asked first and is the truth; the giver gets a short letter about every change.
"""

from datetime import date, datetime, time
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from common.clock import KAZAKHSTAN, day_of
from common.errors import DomainError
from common.formats import date_long, money
from common.money import Money
from councils.needs.models import Need
from funds.donations.actions.designations import earmark_of_need, locked_monthly, note_monthly
from funds.donations.actions.letters import send_links, tell_changed, tell_idle
from funds.donations.actions.monthly import bring_monthly_forward, refuse_amount
from funds.donations.models import MonthlyGift
from funds.donations.permissions import can_give
from funds.donations.queries.monthly import RUNNING, monthlies_of_address
from funds.donations.rules.monthly import LONGEST_PAUSE
from funds.payments.rules import SubscriptionStatus, UnexpectedFactError
from funds.payments.stripe import (
    cancel_subscription,
    change_amount,
    create_portal_session,
    fetch_subscription,
    pause_subscription,
    resume_subscription,
)
from funds.projects.models import Project


def change_monthly_amount(*, monthly: MonthlyGift, amount: Money, wish: UUID, now: datetime) -> None:
    """Another amount from the next month on. `wish` is the form's own number: sent twice, it is one change."""
    subscription_id = _subscription_of(monthly)
    if amount.currency != monthly.currency:
        raise DomainError("other_currency", _("A monthly gift keeps its currency. Begin a new one instead."))
    refuse_amount(amount)
    fact = fetch_subscription(subscription_id=subscription_id)
    fact = change_amount(subscription=fact, amount=amount, key=str(wish))
    bring_monthly_forward(monthly_id=monthly.pk, fact=fact, now=now)
    with override(monthly.language):
        what = gettext("From the next month on you give %(amount)s a month.") % {
            "amount": money(amount.minor, amount.currency)
        }
    _tell(monthly.pk, what, wish=f"amount:{wish}")


def pause_monthly(*, monthly: MonthlyGift, until: date, wish: UUID, now: datetime) -> None:
    """Nothing is charged before that day, at the earliest tomorrow and at the latest in a year."""
    today = day_of(now)
    if not today < until <= today + LONGEST_PAUSE:
        raise DomainError("pause_out_of_range", _("Choose a day from tomorrow on, within one year."), field="until")
    moment = datetime.combine(until, time.min, tzinfo=KAZAKHSTAN)
    fact = pause_subscription(subscription_id=_subscription_of(monthly), until=moment, key=str(wish))
    bring_monthly_forward(monthly_id=monthly.pk, fact=fact, now=now)
    with override(monthly.language):
        what = gettext("Your monthly gift is paused. It begins again by itself on this day: %(date)s") % {
            "date": date_long(until, monthly.language)
        }
    _tell(monthly.pk, what, wish=f"pause:{wish}")


def resume_monthly(*, monthly: MonthlyGift, wish: UUID, now: datetime) -> None:
    """The pause ends now; the next month is charged again."""
    fact = resume_subscription(subscription_id=_subscription_of(monthly), key=str(wish))
    bring_monthly_forward(monthly_id=monthly.pk, fact=fact, now=now)
    with override(monthly.language):
        what = gettext("Your monthly gift goes on. The pause has ended.")
    _tell(monthly.pk, what, wish=f"resume:{wish}")


def cancel_monthly(*, monthly: MonthlyGift, now: datetime) -> None:
    """No month is charged any more. What was given stays given. Asked again, nothing more happens."""
    if monthly.state not in RUNNING:
        return
    subscription_id = _subscription_of(monthly)
    try:
        fact = cancel_subscription(subscription_id=subscription_id)
    except UnexpectedFactError:
        # It has ended there already: by the other click of a double click, or on Stripe's own page.
        fact = fetch_subscription(subscription_id=subscription_id)
        if fact.status != SubscriptionStatus.CANCELED:
            raise
    bring_monthly_forward(monthly_id=monthly.pk, fact=fact, now=now)
    with override(monthly.language):
        what = gettext("Your monthly gift has ended. Nothing more is charged. Thank you for what you have given.")
    _tell(monthly.pk, what, wish="cancel")


@transaction.atomic
def redesignate_monthly(
    *, monthly: MonthlyGift, project: Project | None, need: Need | None, purpose: str, now: datetime
) -> None:
    """What the next months are for; what was given before stays where it is. `purpose`: its name, for the letter."""
    can_give(fund=monthly.fund, project=project, need=need).enforce()
    row = locked_monthly(monthly.pk)
    if row.state not in RUNNING:
        raise DomainError("monthly_over", _("This monthly gift has ended. Begin a new one."))
    if (row.project, row.need) == (project, need):
        return
    if need is not None:
        earmark_of_need(fund=row.fund, need=need)
    row.project, row.need = project, need
    row.save(update_fields=["project", "need"])
    note_monthly(row, "donations.monthly_redesignated", now)
    with override(row.language):
        what = gettext("The next months of your gift are for: %(purpose)s") % {"purpose": purpose}
    # There and back again are two letters: nothing sends this one a second time but the giver's own click.
    tell_changed(row, what, wish=str(uuid4()))


def portal_address(*, monthly: MonthlyGift, back: str) -> str:
    """Stripe's own page where the giver changes the card and finds the bills; it leads `back` afterwards."""
    if not monthly.customer:
        raise DomainError("no_card_yet", _("There is no card yet. Pay the first month first."))
    return create_portal_session(customer_id=monthly.customer, return_url=back, language=monthly.language)


def mail_links(*, email: str, language: str) -> int:
    """Send all links of an address to that address; how many. Whoever asked must not be told the number."""
    monthlies = monthlies_of_address(email=email)
    if monthlies:
        send_links(email=monthlies[0].donor_email, monthlies=monthlies, language=language)
    return len(monthlies)


@transaction.atomic
def tell_of_idle_fund(*, monthly_id: UUID, since: date, told_before: datetime, now: datetime) -> bool:
    """Tell one giver, once per period, that the fund has paid nothing since that day; True when just told."""
    monthly = locked_monthly(monthly_id)
    if monthly.state not in RUNNING or (monthly.idle_notice_at is not None and monthly.idle_notice_at >= told_before):
        return False
    before, monthly.idle_notice_at = monthly.idle_notice_at, now
    monthly.save(update_fields=["idle_notice_at"])
    note_monthly(monthly, "donations.idle_notice", now)
    tell_idle(monthly, since=since, after=before)
    return True


def _subscription_of(monthly: MonthlyGift) -> str:
    if monthly.subscription is None or monthly.state not in RUNNING:
        raise DomainError("monthly_over", _("This monthly gift has ended or has not begun. Begin a new one."))
    return monthly.subscription


@transaction.atomic
def _tell(monthly_id: UUID, what: str, *, wish: str) -> None:
    tell_changed(locked_monthly(monthly_id), what, wish=wish)
