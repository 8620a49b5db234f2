"""Opening and closing the fund's accounts here. It opens nothing at a bank and moves no money."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from funds.ledger.models import Fund
from funds.payments.models import BankAccount
from funds.payments.permissions import can_keep_bank
from funds.payments.states import AccountKind
from users.models import User


@transaction.atomic
def open_account(
    *,
    actor: User,
    fund: Fund,
    kind: AccountKind,
    bank_name: str,
    holder: str,
    number: str,
    bic: str,
    currency: str,
    public: bool,
    now: datetime,
) -> BankAccount:
    """Keep an account of the fund's, so that statements can be imported and, if `public`, givers transfer to it."""
    can_keep_bank(actor, fund.town, on=day_of(now)).enforce()
    # Two senders of one form take turns.
    Fund.objects.select_for_update(of=("self",)).get(pk=fund.pk)
    plain = "".join(number.split()).upper()
    if BankAccount.objects.filter(fund=fund, number=plain, currency=currency).exists():
        raise DomainError("account_known", _("This account stands here already."), field="number")
    account = BankAccount.objects.create(
        fund=fund,
        kind=kind,
        bank_name=bank_name,
        holder=holder,
        number=plain,
        bic="".join(bic.split()).upper(),
        currency=currency,
        public=public,
        opened_at=now,
    )
    _tell(account, actor, "open_account", now)
    return account


@transaction.atomic
def close_account(*, actor: User, account: BankAccount, now: datetime) -> BankAccount:
    """No more imports and no more givers: the account's lines stay as they are. Safe to repeat."""
    can_keep_bank(actor, account.fund.town, on=day_of(now)).enforce()
    account = BankAccount.objects.select_for_update(of=("self",)).select_related("fund__town").get(pk=account.pk)
    if account.closed_at is None:
        account.closed_at = now
        account.save(update_fields=["closed_at"])
        _tell(account, actor, "close_account", now)
    return account


def _tell(account: BankAccount, actor: User, action: str, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=account.fund.town.slug,
        action=f"payments.{action}",
        object_type="bank_account",
        object_id=account.pk,
        detail={"kind": account.kind, "currency": account.currency},
    )
