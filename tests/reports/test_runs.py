"""The daily run and its page: what fits, what does not, what could not be asked, who may ask for it."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from common.clock import day_of
from common.errors import DomainError
from funds.ledger.models import Fund
from funds.payments.models import BankAccount, BankLine, Movement, Statement
from funds.payments.states import AccountKind, StatementFormat
from funds.reports.actions import reconcile
from funds.reports.models import Comparison, Run
from funds.reports.permissions import can_reconcile
from funds.reports.queries import bank_comparisons, run_of
from funds.reports.states import Hop
from funds.reports.tasks import reconcile_daily
from tests.payments.stage import stage, stand_in, stripe_settings
from tests.thread import Thread
from users.states import Role

__all__ = ["stage", "stand_in", "stripe_settings"]


@pytest.fixture(autouse=True)
def english() -> object:
    with override("en"):
        yield


def account(thread: Thread, closing: int | None, day: date, *, number: str = "KZ86125KZT5004100100") -> BankAccount:
    made = BankAccount.objects.create(
        fund=thread.fund, kind=AccountKind.BANK, bank_name="Bank", holder="Fund", number=number, opened_at=thread.now
    )
    Statement.objects.create(
        account=made,
        format=StatementFormat.MT940,
        file_name="statement.sta",
        sha256=number.ljust(64, "0"),
        first_date=day,
        last_date=day,
        closing_minor=closing,
        lines_new=1,
        lines_known=0,
        imported_at=thread.now,
        imported_by=thread.the(Role.TREASURER),
    )
    return made


@pytest.mark.django_db
def test_the_bank_is_compared_with_the_ledger_of_that_day(thread: Thread) -> None:
    thread.funded(5_000)
    today = day_of(thread.now)
    made = account(thread, 5_000_00, today)
    [fits] = bank_comparisons(now=thread.now)
    assert (fits.hop, fits.outside, fits.ours, fits.remainder) == (Hop.BANK, 5_000_00, 5_000_00, 0)
    # Another account of the fund in tenge, whose statement tells more than the ledger does.
    other = account(thread, 70_00, today, number="KZ75125KZT1001300335")
    BankLine.objects.create(
        account=other,
        statement=other.statements.get(),
        position=1,
        booked_date=today,
        amount_minor=70_00,
        currency="KZT",
        fingerprint="a" * 64,
    )
    [off] = bank_comparisons(now=thread.now)
    assert (off.remainder, off.items_open, off.oldest_open) == (0, 1, today)  # it may be somebody's without a name
    [off] = bank_comparisons(now=thread.now + timedelta(days=7))
    assert (off.remainder, off.items_open, off.oldest_open) == (70_00, 1, today)
    # An account whose statements tell no balance: the fund's tenge cannot be compared, and nothing is pretended.
    made.statements.all().update(closing_minor=None)
    assert bank_comparisons(now=thread.now) == []


@pytest.mark.django_db
def test_without_cards_the_run_has_no_card_hops(thread: Thread, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    run = reconcile(now=thread.now)
    found = run_of(day=day_of(thread.now))
    assert found is not None
    assert (found.run, found.clean, run.card_reached) == (run, True, True)
    assert not Comparison.objects.filter(hop__in=[Hop.CARD, Hop.LEDGER, Hop.PAYOUT]).exists()


@pytest.mark.django_db
def test_a_silent_processor_is_said_and_asked_again(
    thread: Thread, settings: Settings, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    run = reconcile(now=thread.now)
    assert run.card_reached is False
    page = client.get(reverse("reports:reconciliation")).content.decode()
    assert "The card processor did not answer" in page


@pytest.mark.django_db
@pytest.mark.usefixtures("stripe_settings")
def test_what_nobody_can_explain_is_public_and_red(
    thread: Thread, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Movement.objects.create(
        movement_id="txn_odd", type="charge", category="charge", amount_minor=777, fee_minor=0, net_minor=777,
        currency="ISK", source_id="ch_odd", created_at=thread.now, available_at=thread.now,
    )  # fmt: skip
    reconcile(now=thread.now)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("reports:reconciliation")).content.decode().replace("\u00a0", " ")
    assert '<tr class="off">' in page
    assert "777 ISK" in page
    assert client.get(reverse("reports:run", args=[day_of(thread.now)])).status_code == 200
    assert client.get(reverse("reports:run", args=[date(2020, 1, 1)])).status_code == 404
    assert client.get("/en/reconciliation/2026-13-45/").status_code == 404


@pytest.mark.django_db
def test_the_daily_task_runs_once_a_day(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert [reconcile_daily(), reconcile_daily()] == [True, False]
    assert Run.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_ask_for_it(thread: Thread, role: Role | None) -> None:
    somebody = thread.somebody(role, everywhere=role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR))
    allowed = role in (Role.TREASURER, Role.AUDITOR, Role.ADMINISTRATOR)
    assert bool(can_reconcile(somebody, on=day_of(thread.now))) is allowed
    if not allowed:
        with pytest.raises(DomainError):
            can_reconcile(somebody, on=day_of(thread.now)).enforce()


@pytest.mark.django_db
def test_nothing_of_a_run_is_changed_by_a_second_one(fund: Fund, now: datetime, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    first = reconcile(now=now)
    second = reconcile(now=now)
    assert first.pk != second.pk
    found = run_of()
    assert found is not None
    assert found.run == second
