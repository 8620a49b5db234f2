"""From Stripe's event to one posting, whatever arrives, in which order, how often, and how many look at once."""

from datetime import datetime
from uuid import uuid4

import pytest

from audit.models import Record
from common.clock import day_of
from common.money import Money
from funds.donations import actions
from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.ledger.actions import post
from funds.ledger.models import EarmarkBalance, Entry, Transaction
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import Movement, StripeEvent
from funds.payments.rules import Payment, PaymentStatus, UnexpectedFactError
from funds.payments.states import EventState
from funds.payments.stripe import fetch_checkout, fetch_payment
from tests.payments.stage import DECLINED, Stage, make_fund, make_gift, make_project, opened

KZT = 5_000_00
FEE = 14_500 + 15_000  # 2.9 % + 150 tenge, as the stand-in charges


def entries(gift: Gift) -> list[tuple[str, str, int, bool]]:
    """(kind, account, amount, tied to the gift's project) of everything booked for a gift."""
    rows = Entry.objects.filter(transaction__subject_id=gift.pk).order_by("id")
    found = rows.values_list(
        "transaction__kind", "account__code", "amount_minor", "account__earmark_id", "transaction__subject_id"
    )
    return [(kind, code, minor, earmark == gift.project_id) for kind, code, minor, earmark, _subject in found]


def paid(stage: Stage, now: datetime, *, project: bool = True) -> Gift:
    fund = make_fund(now)
    gift, checkout = opened(make_gift(fund, now, project=make_project(fund, now) if project else None))
    stage.pay(checkout)
    return gift


def ledger_lines(gift: Gift) -> list[str]:
    return list(Transaction.objects.filter(subject_id=gift.pk).order_by("seq").values_list("kind", flat=True))


@pytest.mark.django_db
def test_an_event_settles_a_gift_with_one_balanced_posting_and_one_audit_entry(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    [event] = [event for event in stage.events_of(gift) if event["type"] == "checkout.session.completed"]
    assert stage.deliver(event).status_code == 200
    gift.refresh_from_db()
    payment = fetch_payment(payment_id=stage.payment_of(gift))
    assert payment.paid_at is not None
    assert gift.transaction is not None
    assert (gift.state, gift.succeeded_at, gift.payment_intent) == (GiftState.SUCCEEDED, payment.paid_at, payment.id)
    assert (gift.transaction.key, gift.transaction.effective_date) == (
        f"stripe:{payment.id}:succeeded",
        day_of(payment.paid_at),
    )
    assert entries(gift) == [(Kind.GIFT, AccountCode.STRIPE, KZT, False), (Kind.GIFT, AccountCode.GIFTS, -KZT, True)]
    noted = Record.objects.filter(object_id=str(gift.pk)).order_by("id")
    assert [(record.action, record.actor_id, record.detail) for record in noted] == [
        ("donations.start", None, {}),
        ("donations.settle", None, {"seq": gift.transaction.seq}),
        ("donations.receipt", None, {}),  # to the address that was typed at Stripe
    ]
    assert StripeEvent.objects.get().state == EventState.HANDLED


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["as it happened", "backwards", "fee first"])
def test_all_events_in_any_order_and_each_three_times_book_the_gift_and_its_fee_once(
    stage: Stage, now: datetime, order: str
) -> None:
    gift = paid(stage, now)
    stage.fee_arrives(gift)
    events = stage.events_of(gift)
    if order == "backwards":
        events.reverse()
    elif order == "fee first":
        events.sort(key=lambda event: event["type"] != "charge.updated")
    assert {event["type"] for event in events} == {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    }
    for _ in range(3):
        assert [stage.deliver(event).status_code for event in events] == [200] * 5
    gift.refresh_from_db()
    assert (gift.state, gift.fee_minor, gift.next_check_at) == (GiftState.SUCCEEDED, FEE, None)
    assert entries(gift) == [
        (Kind.GIFT, AccountCode.STRIPE, KZT, False),
        (Kind.GIFT, AccountCode.GIFTS, -KZT, True),
        (Kind.FEE, AccountCode.FEES, FEE, True),
        (Kind.FEE, AccountCode.STRIPE, -FEE, False),
    ]
    assert EarmarkBalance.objects.get().available_minor == KZT - FEE
    states = dict(StripeEvent.objects.values_list("type", "state"))
    assert states.pop("payment_intent.created") == EventState.IGNORED
    assert set(states.values()) == {EventState.HANDLED}
    assert StripeEvent.objects.count() == 5


@pytest.mark.django_db
def test_a_fee_that_arrives_later_is_booked_later(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    for event in stage.events_of(gift):
        stage.deliver(event)
    gift.refresh_from_db()
    assert (gift.state, gift.fee_minor, ledger_lines(gift)) == (GiftState.SUCCEEDED, None, [Kind.GIFT])
    assert gift.next_check_at is not None
    stage.fee_arrives(gift)
    stage.deliver(stage.events_of(gift)[-1])
    gift.refresh_from_db()
    assert (gift.fee_minor, ledger_lines(gift)) == (FEE, [Kind.GIFT, Kind.FEE])


@pytest.mark.django_db
def test_a_gift_to_the_whole_fund_bears_its_fee_there(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now, project=False)
    stage.fee_arrives(gift)
    actions.catch_up(gift=gift, now=now)
    assert [code for _kind, code, _minor, _tied in entries(gift)] == ["stripe", "gifts", "fees", "stripe"]
    assert EarmarkBalance.objects.filter(earmark__isnull=False).count() == 0
    assert EarmarkBalance.objects.get().available_minor == KZT - FEE


@pytest.mark.django_db
def test_the_fund_bears_the_fee_of_a_project_whose_money_is_spent(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    actions.catch_up(gift=gift, now=now)
    all_of_it = Money(KZT, "KZT")
    spent = Posting(
        fund=gift.fund_id,
        kind=Kind.FEE,
        effective_date=now.date(),
        key="test:nothing-is-left",
        lines=(Line(AccountCode.FEES, all_of_it, earmark=gift.project_id), Line(AccountCode.STRIPE, -all_of_it)),
    )
    post(postings=[spent], now=now)
    stage.fee_arrives(gift)
    actions.catch_up(gift=gift, now=now)
    actions.catch_up(gift=gift, now=now)
    assert entries(gift)[2:] == [
        (Kind.FEE, AccountCode.FEES, FEE, False),
        (Kind.FEE, AccountCode.STRIPE, -FEE, False),
    ]
    assert EarmarkBalance.objects.get(earmark=gift.project_id).available_minor == 0
    assert EarmarkBalance.objects.get(earmark=None).available_minor == -FEE


@pytest.mark.django_db
def test_a_declined_card_then_another_one(stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    gift, checkout = opened(make_gift(fund, now))
    assert stage.pay(checkout, card=DECLINED).status == 402
    declined = stage.events_of(gift)
    for event in declined:
        stage.deliver(event)
    gift.refresh_from_db()
    assert (gift.state, ledger_lines(gift)) == (GiftState.FAILED, [])
    assert gift.next_check_at is not None
    stage.pay(checkout)
    for event in stage.events_of(gift):
        stage.deliver(event)
    for event in declined:  # once more, late
        stage.deliver(event)
    gift.refresh_from_db()
    assert (gift.state, ledger_lines(gift)) == (GiftState.SUCCEEDED, [Kind.GIFT])


@pytest.mark.django_db
def test_a_page_that_nobody_paid_expires(stage: Stage, now: datetime) -> None:
    gift, checkout = opened(make_gift(make_fund(now), now))
    stage.page_closes(checkout)
    [event] = stage.events_of(gift)
    stage.deliver(event)
    gift.refresh_from_db()
    assert (event["type"], gift.state, gift.next_check_at) == ("checkout.session.expired", GiftState.EXPIRED, None)


@pytest.mark.django_db
def test_stale_facts_change_nothing(stage: Stage, now: datetime) -> None:
    gift, checkout = opened(make_gift(make_fund(now), now))
    stage.pay(checkout, card=DECLINED)
    before = fetch_checkout(checkout_id=checkout.id)
    stage.pay(checkout)
    actions.catch_up(gift=gift, now=now)
    actions.bring_forward(gift_id=gift.pk, payment=before.payment, checkout=before, now=now)
    actions.expire_gift(gift_id=gift.pk, now=now)
    gift.refresh_from_db()
    assert gift.state == GiftState.SUCCEEDED


@pytest.mark.django_db
def test_an_event_of_somebody_else_at_the_same_stripe_account_is_ignored(stage: Stage, now: datetime) -> None:
    session = stage.sdk().v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {"currency": "eur", "unit_amount": 900, "product_data": {"name": "A T-shirt"}},
                }
            ],
            "success_url": "http://testserver/",
            "cancel_url": "http://testserver/",
        }
    )
    stage.stand_in.pay(session.url or "")
    told = [event.to_dict() for event in stage.sdk().v1.events.list({"limit": 4})]
    for event in told:
        stage.deliver(event)
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {EventState.IGNORED}
    assert Transaction.objects.count() == 0


@pytest.mark.django_db
def test_an_event_about_a_gift_that_is_not_here_stays_in_the_inbox_and_says_so(stage: Stage, now: datetime) -> None:
    gift = paid(stage, now)
    event, gift_payment = stage.events_of(gift)[-1], stage.payment_of(gift)
    Gift.objects.filter(pk=gift.pk).delete()
    stage.deliver(event)
    stored = StripeEvent.objects.get()
    assert stored.state == EventState.FAILED
    assert stored.error == f"{gift_payment} names the gift {gift.pk}, which is not in this database"


@pytest.mark.django_db
def test_a_settlement_in_another_currency_is_exchanged_at_the_rate_that_really_happened(
    stage: Stage, now: datetime
) -> None:
    with stage.settling_in("EUR"):
        gift = paid(stage, now)
        stage.fee_arrives(gift)
    for event in stage.events_of(gift):
        stage.deliver(event)
    gift.refresh_from_db()
    movement = Movement.objects.get()
    assert (movement.state, movement.currency, movement.fund_id) == ("booked", "EUR", gift.fund_id)
    settled, fee = movement.amount_minor, movement.fee_minor
    assert entries(gift) == [
        (Kind.GIFT, AccountCode.STRIPE, KZT, False),
        (Kind.GIFT, AccountCode.GIFTS, -KZT, True),
        (Kind.EXCHANGE, AccountCode.STRIPE, -KZT, False),
        (Kind.EXCHANGE, AccountCode.MOVED, KZT, True),
        (Kind.EXCHANGE, AccountCode.STRIPE, settled, False),
        (Kind.EXCHANGE, AccountCode.MOVED, -settled, True),
        (Kind.FEE, AccountCode.FEES, fee, True),
        (Kind.FEE, AccountCode.STRIPE, -fee, False),
    ]
    assert (gift.settled_currency, gift.settled_minor, gift.fee_minor) == ("EUR", settled, fee)
    assert gift.exchange_rate == movement.exchange_rate
    left = dict(EarmarkBalance.objects.filter(earmark=gift.project_id).values_list("currency", "available_minor"))
    assert left == {"KZT": 0, "EUR": settled - fee}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(KZT - 1, "KZT")},
        {"amount": Money(KZT, "EUR")},
        {"status": PaymentStatus.WAITING},
        {"paid_at": None},
        {"reference": uuid4()},
        {"reference": None},
        {"whole": False},
    ],
)
def test_a_payment_that_is_not_exactly_this_gift_is_refused(now: datetime, changes: dict[str, object]) -> None:
    gift = make_gift(make_fund(now), now)
    facts = {
        "id": "pi_1",
        "reference": gift.pk,
        "status": PaymentStatus.SUCCEEDED,
        "amount": Money(KZT, "KZT"),
        "charge_id": "ch_1",
        "paid_at": now,
        **changes,
    }
    with pytest.raises(UnexpectedFactError):
        actions.settle_gift(gift_id=gift.pk, payment=Payment(**facts), now=now)  # type: ignore[arg-type]
    assert (Gift.objects.get().state, Transaction.objects.count()) == (GiftState.PENDING, 0)
