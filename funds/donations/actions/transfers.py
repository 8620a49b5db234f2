"""Announced transfers: what somebody means to send from a bank or Kaspi, under a reference code of its own.

An announced gift is no money: nothing here posts it, and no sum counts it before a bank's line has brought it.
"""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import Money
from councils.needs.models import Need
from funds.donations.actions.designations import earmark_of_need
from funds.donations.actions.gifts import note
from funds.donations.models import Gift, Pledge
from funds.donations.permissions import can_give
from funds.donations.rules import Giver, may_move
from funds.donations.rules.references import new_code
from funds.donations.rules.transfers import EXPECTED_FOR
from funds.donations.states import GiftState, Method, TieToTown
from funds.ledger.models import LARGEST, Fund
from funds.payments.models import BankAccount
from funds.payments.states import AccountKind
from funds.projects.models import Project
from users.models import User

TRANSFERS: Final = {Method.BANK: AccountKind.BANK, Method.KASPI: AccountKind.KASPI}
_TRIES: Final = 20


@transaction.atomic
def expect_transfer(
    *,
    fund: Fund,
    project: Project | None,
    need: Need | None,
    amount: Money,
    giver: Giver,
    donor_name: str,
    donor_email: str,
    name_public: bool,
    message: str,
    tie_to_town: TieToTown | str,
    language: str,
    donor: User | None,
    submission_key: UUID,
    method: Method,
    now: datetime,
) -> Gift:
    """Write down what somebody means to transfer, with the code to write on it; the same `submission_key`, the same
    gift.

    Refuses what `can_give` refuses, a way for which the fund shows no account, and an amount of nothing.
    """
    can_give(fund=fund, project=project, need=need, by_card=False).enforce()
    accounts = BankAccount.objects.filter(fund=fund, kind=TRANSFERS[method], public=True, closed_at=None)
    if method == Method.KASPI:  # it takes no other currency than its account's
        accounts = accounts.filter(currency=amount.currency)
    if not accounts.exists():
        raise DomainError("no_account", _("This fund has no such account at the moment. Choose another way."))
    if not 0 < amount.minor <= LARGEST:
        raise DomainError("amount_not_positive", _("The amount must be more than zero."), field="amount")
    known = Gift.objects.filter(submission_key=submission_key).first()
    if known is not None:
        return known
    if need is not None:
        earmark_of_need(fund=fund, need=need)
    try:
        with transaction.atomic():
            gift = Gift.objects.create(
                receipt_code=secrets.token_urlsafe(32),
                submission_key=submission_key,
                fund=fund,
                project=project,
                need=need,
                method=method,
                amount_minor=amount.minor,
                currency=amount.currency,
                expected_minor=amount.minor,
                reference_code=free_code(),
                donor_name=donor_name,
                donor_email=donor_email,
                name_public=name_public,
                name_for_council=giver.name_for_council,
                donor_kind=giver.kind,
                company_bin=giver.company_bin,
                origin=giver.origin,
                country=giver.country,
                message=message,
                tie_to_town=tie_to_town,
                language=language,
                donor=donor,
                created_at=now,
            )
    except IntegrityError:
        # The other click of a double click was quicker.
        return Gift.objects.get(submission_key=submission_key)
    note(gift, "donations.expect", now, actor=donor)
    return gift


def free_code() -> str:
    """A reference code that neither a gift nor a pledge has."""
    for _try in range(_TRIES):
        code = new_code(secrets.token_bytes(16))
        taken = Gift.objects.filter(reference_code=code).exists() or Pledge.objects.filter(reference_code=code).exists()
        if not taken:
            return code
    raise RuntimeError("no free reference code was found")


@transaction.atomic
def expire_expected(*, now: datetime, limit: int = 500) -> int:
    """Wait no longer for transfers announced more than 90 days ago; how many. One that comes later is still matched."""
    due = Gift.objects.filter(
        state=GiftState.PENDING, method__in=TRANSFERS, created_at__lt=now - EXPECTED_FOR
    ).order_by("created_at")
    gifts = list(due.select_for_update(of=("self",), skip_locked=True).select_related("fund__town")[:limit])
    for gift in gifts:
        if may_move(GiftState(gift.state), GiftState.EXPIRED):
            gift.state = GiftState.EXPIRED
            gift.save(update_fields=["state"])
            note(gift, "donations.expire", now)
    return len(gifts)
