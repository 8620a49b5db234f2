"""Letters about monthly gifts, in the giver's language and to the giver alone. Short and kind, with a link that helps.

Every letter holds the secret address of the monthly gift; nothing here may be written to a log or to a third person.
"""

from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from common.formats import date_long, money
from funds.donations.actions.mailing import send_letter
from funds.donations.models import MonthlyGift
from funds.donations.queries import token_of


def manage_address(monthly: MonthlyGift) -> str:
    """The whole address that manages a monthly gift, in its giver's language: a secret of the giver."""
    with override(monthly.language):
        path = reverse("donations:monthly", kwargs={"token": token_of(monthly)})
    return f"{settings.SITE_URL}{path}"


def tell_begun(monthly: MonthlyGift) -> None:
    """The first month is paid: thanks, and the address to keep."""
    _send(
        monthly,
        "begun",
        _("Your monthly gift has begun. Town: %(town)s"),
        _(
            "Thank you!\n\nYou give %(amount)s every month.\nTown: %(town)s\n\n"
            "Here you see what it has brought, and can lower, raise, pause or end it whenever you like:\n"
            "%(address)s\n\n"
            "Keep this letter and its address to yourself: whoever has it can change your monthly gift."
        ),
    )


def tell_failed(monthly: MonthlyGift, *, invoice_id: str, pay_url: str, bank_asks: bool) -> None:
    """A month could not be charged: one letter per bill.

    `pay_url` is where the giver pays or answers the bank; "" where there is none.
    """
    if bank_asks:
        subject = _("Your bank asks you to confirm your monthly gift. Town: %(town)s")
        opening = _(
            "Your bank wants you to confirm this month's gift of %(amount)s before it pays.\n"
            "It takes a minute on this page of the card service:\n%(pay_url)s\n\n"
        )
    else:
        subject = _("Your monthly gift could not be charged. Town: %(town)s")
        opening = _(
            "This month's gift of %(amount)s could not be charged. That happens, for example when a card has expired,"
            " and nothing is lost: the card service tries again in a few days.\n"
            "If you like, pay it now, also with another card:\n%(pay_url)s\n\n"
        )
    rest = _(
        "Town: %(town)s\n\nTo change the card, or to lower, pause or end your monthly gift:\n%(address)s\n\n"
        "If you do nothing, no debt arises: a gift stays a gift."
    )
    _send(monthly, f"failed:{invoice_id}", subject, opening, rest, pay_url=pay_url or manage_address(monthly))


def tell_changed(monthly: MonthlyGift, what: str, *, wish: str) -> None:
    """What the giver has just changed, in one sentence that is in the giver's language already; one letter per wish."""
    _send(
        monthly,
        f"changed:{wish}",
        _("Your monthly gift was changed. Town: %(town)s"),
        _(
            "%(what)s\nTown: %(town)s\n\nIf this was not you, look at your monthly gift and tell us:\n%(address)s",
        ),
        what=what,
    )


def tell_redirected(monthly: MonthlyGift, *, project_id: UUID, project: str) -> None:
    """The project has ended: the next months go to the fund as a whole, and the giver may choose anew."""
    _send(
        monthly,
        f"redirected:{project_id}",
        _("Your monthly gift now goes to the whole fund. Town: %(town)s"),
        _(
            "The project that you give to collects no more gifts: %(project)s\n"
            "From now on your %(amount)s a month go to the fund as a whole, where it is needed most.\n"
            "Town: %(town)s\n\n"
            "You can choose another project, pause or end your monthly gift:\n%(address)s"
        ),
        project=project,
    )


def tell_idle(monthly: MonthlyGift, *, since: date, after: datetime | None) -> None:
    """The fund has paid nothing for a while: the giver should know, and may pause. `after`: the last such letter."""
    _send(
        monthly,
        f"idle:{after}",
        _("The fund you give to has not spent anything for a while. Town: %(town)s"),
        _(
            "The fund has paid nothing since this day: %(date)s\nTown: %(town)s\n\n"
            "Your %(amount)s a month are kept for it, and every line stands in the public ledger. We tell you because"
            " you may prefer to wait until it is used: you can pause, and your gift begins again on a day that you"
            " choose.\n%(address)s"
        ),
        date=date_long(since, monthly.language),
    )


def send_links(*, email: str, monthlies: list[MonthlyGift], language: str) -> None:
    """The addresses of all monthly gifts that were begun with an e-mail address, to that address."""
    with override(language):
        lines = [
            gettext("Town: %(town)s, every month: %(amount)s\n%(address)s")
            % {
                "town": monthly.fund.town.name_in(language),
                "amount": money(monthly.amount_minor, monthly.currency),
                "address": manage_address(monthly),
            }
            for monthly in monthlies
        ]
        subject = gettext("The links to your monthly gifts")
        opening = gettext("Somebody, most likely you, asked for the links to the monthly gifts of this address.")
        ending = gettext("Keep them to yourself: whoever has such a link can change the gift.")
    send_mail(subject, "\n\n".join([opening, *lines, ending]), None, [email])


def _send(monthly: MonthlyGift, letter: str, subject: Promise, *parts: Promise, **facts: str) -> None:
    with override(monthly.language):
        told = {
            "town": monthly.fund.town.name_in(monthly.language),
            "amount": money(monthly.amount_minor, monthly.currency),
            "address": manage_address(monthly),
            **facts,
        }
        head = str(subject) % told
        body = "".join(str(part) for part in parts) % told
    send_letter(to=monthly.donor_email, subject=head, body=body, row_id=monthly.pk, letter=letter)
