"""A monthly gift from its page to its payments: each bill is one gift, a failed month one kind letter, an end final."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from common.clock import now as this_moment
from common.errors import DomainError, Forbidden
from common.formats import money
from common.money import Money
from funds.donations import actions
from funds.donations.models import Gift, MonthlyGift
from funds.donations.queries import token_of
from funds.donations.states import GiftState, MonthlyState
from funds.donations.tasks import follow_purposes, forget_unbegun_monthlies, sweep_monthlies
from funds.ledger.models import Fund, Transaction
from funds.ledger.states import Kind
from funds.projects.states import ProjectState
from tests.donations.months import ASKS_EACH_TIME, FAILS_LATER, Months, make_monthly
from tests.payments.stage import Stage, at_once, make_fund, make_project, text_of


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


@pytest.fixture
def months(fund: Fund, stage: Stage) -> Months:
    """A monthly gift whose page is open."""
    return Months(stage, make_monthly(fund, this_moment()))


def gifts() -> list[tuple[int, str, str]]:
    rows = Gift.objects.filter(state=GiftState.SUCCEEDED).order_by("succeeded_at", "pk")
    return [(gift.amount_minor, gift.currency, gift.donor_name) for gift in rows]


def subjects() -> list[str]:
    return [str(letter.subject) for letter in mail.outbox]


def test_the_first_month_is_a_gift_of_its_own_and_the_giver_gets_the_link(months: Months) -> None:
    months.begin()
    months.deliver()
    monthly = MonthlyGift.objects.get()
    assert (monthly.state, monthly.subscription) == (MonthlyState.ACTIVE, months.subscription)
    assert gifts() == [(20_00, "EUR", "Aigul")]
    gift = Gift.objects.get()
    assert (gift.monthly, gift.name_public, gift.donor_email) == (monthly, True, "aigul@example.com")
    assert Transaction.objects.filter(kind=Kind.GIFT).count() == 1
    begun = [letter for letter in mail.outbox if letter.subject.startswith("Your monthly gift has begun")]
    assert len(begun) == 1
    assert f"http://testserver/en/give/monthly/{token_of(monthly)}/" in begun[0].body


def test_each_month_s_receipt_names_the_covered_fee(stage: Stage, fund: Fund, client: Client) -> None:
    months = Months(stage, make_monthly(fund, this_moment(), amount=Money(103_25, "EUR"), covers_fee=True))
    months.begin()
    months.deliver()
    gift = Gift.objects.get()
    assert (gift.covers_fee, gift.amount_minor, gift.fee_estimate_minor) == (True, 103_25, 3_25)
    page = text_of(client.get(f"/en/give/gift/{gift.receipt_code}/").content)
    more = money(3_25, "EUR").replace("\u00a0", " ")
    assert f"Of it for the card service's fee, about {more} You covered the fee." in page


def test_events_twice_and_in_any_order_are_one_gift_and_one_letter(months: Months) -> None:
    months.begin()
    events = months.events()
    for event in [*reversed(events), *events]:
        assert months.stage.deliver(event).status_code == 200
    assert gifts() == [(20_00, "EUR", "Aigul")]
    assert len([one for one in subjects() if "has begun" in one]) == 1


def test_each_renewal_is_one_more_gift(months: Months) -> None:
    months.begin()
    months.deliver()
    for _month in range(2):
        months.renew()
        months.deliver()
    assert gifts() == [(20_00, "EUR", "Aigul")] * 3
    assert len(set(Gift.objects.values_list("invoice", flat=True))) == 3


def test_lost_events_are_found_by_the_sweep(months: Months) -> None:
    months.begin()
    months.renew()
    MonthlyGift.objects.update(next_check_at=this_moment() - timedelta(minutes=1))
    assert sweep_monthlies() == 1
    assert (MonthlyGift.objects.get().state, gifts()) == (MonthlyState.ACTIVE, [(20_00, "EUR", "Aigul")] * 2)
    assert sweep_monthlies() == 0  # due again tomorrow


def test_a_page_that_nobody_paid_on_ends_the_wish(months: Months) -> None:
    actions.open_monthly_checkout(monthly=months.monthly)
    months.monthly.refresh_from_db()
    months.stage.sdk().v1.checkout.sessions.expire(months.monthly.checkout_session or "")
    actions.catch_up_monthly(monthly_id=months.monthly.pk, now=this_moment())
    monthly = MonthlyGift.objects.get()
    assert (monthly.state, monthly.next_check_at, gifts()) == (MonthlyState.CANCELLED, None, [])


def test_a_failed_month_is_told_once_with_the_page_to_pay_on(months: Months) -> None:
    months.begin(card=FAILS_LATER)
    months.deliver()
    mail.outbox.clear()
    months.renew()
    months.deliver()
    assert MonthlyGift.objects.get().state == MonthlyState.PAST_DUE
    [letter] = mail.outbox
    assert letter.subject.startswith("Your monthly gift could not be charged")
    assert months.invoices()[0].hosted_invoice_url in letter.body
    assert token_of(MonthlyGift.objects.get()) in letter.body
    # The next try fails too: the same bill, no second letter.
    months.stage.stand_in.control("advance", {"object": months.invoices()[0].id})
    months.deliver()
    assert len(mail.outbox) == 1
    # Somebody pays it on its page with another card: the month is a gift, and all is well again.
    months.stage.stand_in.control("collect", {"invoice": months.invoices()[0].id, "card": "4242424242424242"})
    months.deliver()
    assert (MonthlyGift.objects.get().state, len(gifts())) == (MonthlyState.ACTIVE, 2)


def test_the_banks_step_is_asked_for_in_its_own_words(months: Months) -> None:
    months.begin(card=ASKS_EACH_TIME)
    months.deliver()
    mail.outbox.clear()
    months.renew()
    months.deliver("invoice.payment_action_required")
    months.deliver()
    assert [letter.subject for letter in mail.outbox] == [
        "Your bank asks you to confirm your monthly gift. Town: Temirtau"
    ]
    assert months.invoices()[0].hosted_invoice_url in mail.outbox[0].body


def test_a_failure_whose_events_were_lost_is_told_by_the_sweep(months: Months) -> None:
    months.begin(card=FAILS_LATER)
    months.deliver()
    mail.outbox.clear()
    months.renew()
    MonthlyGift.objects.update(next_check_at=this_moment() - timedelta(minutes=1))
    sweep_monthlies()
    assert [one for one in subjects() if "could not be charged" in one] != []
    assert MonthlyGift.objects.get().state == MonthlyState.PAST_DUE


def test_what_ended_at_stripe_has_ended_here_and_stays_so(months: Months) -> None:
    months.begin()
    months.deliver()
    before = months.events()
    months.stage.sdk().v1.subscriptions.cancel(months.subscription)
    months.deliver()
    assert MonthlyGift.objects.get().state == MonthlyState.CANCELLED
    for event in before:
        months.stage.deliver(event)
    monthly = MonthlyGift.objects.get()
    assert (monthly.state, monthly.next_check_at) == (MonthlyState.CANCELLED, None)
    assert monthly.ended_at is not None


def test_a_project_that_ended_leaves_the_gift_to_the_whole_fund_and_the_giver_is_told(fund: Fund, stage: Stage) -> None:
    project = make_project(fund, this_moment())
    months = Months(stage, make_monthly(fund, this_moment(), project=project))
    months.begin()
    months.deliver()
    assert Gift.objects.get().project == project
    project.state = ProjectState.CLOSED
    project.save()
    mail.outbox.clear()
    assert follow_purposes() == 1
    assert MonthlyGift.objects.get().project is None
    [letter] = mail.outbox
    assert letter.subject == "Your monthly gift now goes to the whole fund. Town: Temirtau"
    assert project.title in letter.body
    months.renew()
    months.deliver()
    assert [gift.project for gift in Gift.objects.order_by("created_at")] == [project, None]
    assert follow_purposes() == 0


def test_the_month_goes_where_the_giver_wants_it_at_that_moment(fund: Fund, stage: Stage) -> None:
    project = make_project(fund, this_moment())
    months = Months(stage, make_monthly(fund, this_moment()))
    months.begin()
    months.deliver()
    monthly = MonthlyGift.objects.select_related("fund__town").get()
    actions.redesignate_monthly(monthly=monthly, project=project, need=None, purpose=project.title, now=this_moment())
    months.renew()
    months.deliver()
    assert [gift.project for gift in Gift.objects.order_by("created_at")] == [None, project]


def test_a_wish_without_an_address_or_outside_the_limits_is_refused(fund: Fund, stage: Stage) -> None:
    for facts, code in (
        ({"donor_email": ""}, "address_missing"),
        ({"amount": Money(1, "EUR")}, "amount_out_of_range"),
        ({"amount": Money(10**12, "EUR")}, "amount_out_of_range"),
    ):
        with pytest.raises(DomainError) as refused:
            make_monthly(fund, this_moment(), **facts)
        assert refused.value.code == code
    project = make_project(fund, this_moment())
    project.state = ProjectState.CLOSED
    project.save()
    with pytest.raises(Forbidden):
        make_monthly(fund, this_moment(), project=project)
    assert MonthlyGift.objects.count() == 0


def test_what_was_written_on_a_wish_that_never_began_is_forgotten_after_a_month(fund: Fund, stage: Stage) -> None:
    old = this_moment() - timedelta(days=31)
    never, begun = make_monthly(fund, old), make_monthly(fund, old, donor_email="begun@example.com")
    MonthlyGift.objects.filter(pk=never.pk).update(state=MonthlyState.CANCELLED)
    MonthlyGift.objects.filter(pk=begun.pk).update(state=MonthlyState.CANCELLED, subscription="sub_ended")
    assert (forget_unbegun_monthlies(), forget_unbegun_monthlies()) == (1, 0)
    never.refresh_from_db()
    begun.refresh_from_db()
    assert (never.donor_email, never.donor_name, never.name_public, never.link_version) == ("", "", False, 2)
    assert (begun.donor_email, begun.link_version) == ("begun@example.com", 1)


@pytest.mark.usefixtures("committed_db")
def test_four_workers_at_the_same_bill_book_one_gift_and_write_one_letter(stage: Stage) -> None:
    months = Months(stage, make_monthly(make_fund(this_moment()), this_moment()))
    months.begin()
    at_once(lambda: actions.catch_up_monthly(monthly_id=months.monthly.pk, now=this_moment()), 4)
    assert (gifts(), Transaction.objects.filter(kind=Kind.GIFT).count()) == ([(20_00, "EUR", "Aigul")], 1)
    assert len([one for one in subjects() if "has begun" in one]) == 1
