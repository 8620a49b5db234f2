"""Gifts that go back: each kind of return posts what the card account tells, and each state moves forward only."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client

from common.clock import day_of
from common.errors import DomainError, Forbidden
from common.money import Money
from funds.donations.actions.refunds import answer_refund, ask_for_refund, returnable
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.queries import standing_of
from funds.donations.rules import standing
from funds.donations.states import DisputeState, GiftState, RefundState, Standing
from funds.donations.tasks import sweep_refunds
from funds.ledger.actions import post
from funds.ledger.models import Balance, EarmarkBalance, Entry, Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import Movement, StripeEvent
from funds.payments.states import EventState
from funds.payments.stripe import fetch_balance
from tests.payments.stage import Stage, make_fund, make_gift, make_project, opened
from users.models import Appointment, User
from users.states import Role

pytestmark = pytest.mark.django_db
KZT = 5_000_00
FEE = 295_00


def received(stage: Stage, now: datetime, fund: Fund | None = None, **facts: object) -> Gift:
    fund = fund or make_fund(now)
    told = facts if "project" in facts else {"project": make_project(fund, now), **facts}
    gift, checkout = opened(make_gift(fund, now, **told))
    stage.pay(checkout)
    stage.fee_arrives(gift)
    tell(stage, gift)
    gift.refresh_from_db()
    return gift


def tell(stage: Stage, gift: Gift) -> None:
    """Everything that the card service has to say about a gift, whatever was said before."""
    payment = stage.payment_of(gift)
    told = [event.to_dict() for event in stage.sdk().v1.events.list({"limit": 100})]
    for event in reversed(told):
        thing = event["data"]["object"]
        if payment in {thing.get("id"), thing.get("payment_intent")}:
            stage.deliver(event)
    gift.refresh_from_db()


def lines(kind: Kind) -> list[tuple[str, int, str, bool]]:
    rows = Entry.objects.filter(transaction__kind=kind).order_by("id")
    found = rows.values_list("account__code", "amount_minor", "currency", "account__earmark_id")
    return [(code, minor, currency, earmark is not None) for code, minor, currency, earmark in found]


def equals_the_card_account() -> bool:
    """The stand-in serves all tests, so only what this test's movements brought is compared."""
    ledger: dict[str, int] = {}
    for code, minor in Balance.objects.filter(account__code="stripe").values_list("account__currency", "amount_minor"):
        ledger[code] = ledger.get(code, 0) + minor
    account: dict[str, int] = {}
    for code, net in Movement.objects.values_list("currency", "net_minor"):
        account[code] = account.get(code, 0) + net
    return {k: v for k, v in ledger.items() if v} == {k: v for k, v in account.items() if v}


def spend_all(gift: Gift, now: datetime) -> None:
    assert gift.project is not None
    left = EarmarkBalance.objects.get(earmark=gift.project_id, currency="KZT").available_minor
    all_of_it = Money(left, "KZT")
    post(
        postings=[
            Posting(
                fund=gift.fund_id,
                kind=Kind.REDESIGNATION,
                effective_date=day_of(now),
                key="test:spent",
                lines=(
                    Line(AccountCode.MOVED, all_of_it, earmark=gift.project_id),
                    Line(AccountCode.MOVED, -all_of_it),
                ),
                subject=gift.project.decision_id,
            )
        ],
        now=now,
    )


def test_a_part_goes_back_out_of_its_purpose_and_then_the_rest(stage: Stage, now: datetime) -> None:
    gift = received(stage, now)
    stage.stand_in.control("refund", {"session": gift.checkout_session, "amount": 1_000_00})
    tell(stage, gift)
    assert lines(Kind.REFUND) == [
        ("gifts", 1_000_00, "KZT", True),
        ("stripe", -1_000_00, "KZT", False),
    ]
    assert (gift.refunded_minor, standing_of(gift)) == (1_000_00, Standing.REFUNDED_PART)
    stage.stand_in.control("refund", {"session": gift.checkout_session})
    tell(stage, gift)
    # The fee stays with the card service, so the purpose lacks it: a shortfall that everybody sees.
    assert lines(Kind.REFUND)[2:] == [
        ("gifts", 4_000_00 - FEE, "KZT", True),
        ("shortfall", FEE, "KZT", True),
        ("stripe", -4_000_00, "KZT", False),
    ]
    assert (gift.refunded_minor, standing_of(gift)) == (KZT, Standing.REFUNDED)
    assert equals_the_card_account()
    assert set(StripeEvent.objects.exclude(type="payment_intent.created").values_list("state", flat=True)) == {
        EventState.HANDLED
    }


def test_a_refund_that_fails_comes_back_to_the_purpose_shortfall_first(stage: Stage, now: datetime) -> None:
    gift = received(stage, now)
    spend_all(gift, now)
    made = stage.stand_in.control("refund", {"session": gift.checkout_session})
    tell(stage, gift)
    assert lines(Kind.REFUND) == [("shortfall", KZT, "KZT", True), ("stripe", -KZT, "KZT", False)]
    stage.stand_in.control("fail_refund", {"refund": made["id"]})
    for _ in range(2):
        tell(stage, gift)
    assert lines(Kind.REFUND_FAILED) == [("shortfall", -KZT, "KZT", True), ("stripe", KZT, "KZT", False)]
    assert (gift.refunded_minor, Refund.objects.get().state) == (0, RefundState.FAILED)
    assert standing_of(gift) == Standing.REFUND_FAILED
    assert equals_the_card_account()


def test_what_was_exchanged_goes_back_at_the_rate_of_that_moment(stage: Stage, now: datetime) -> None:
    with stage.settling_in("EUR", rate_drift=0.05):
        gift = received(stage, now)
        stage.stand_in.control("refund", {"session": gift.checkout_session})
        tell(stage, gift)
    cost = -Movement.objects.get(type="refund").amount_minor
    found = lines(Kind.REFUND)
    assert found[:2] == [("gifts", KZT, "KZT", True), ("moved", -KZT, "KZT", True)]
    assert found[-1] == ("stripe", -cost, "EUR", False)
    assert sum(minor for code, minor, _currency, _tied in found[2:-1]) == cost
    assert {code for code, *_rest in found[2:-1]} == {"moved", "shortfall"}
    assert equals_the_card_account()


@pytest.mark.parametrize(
    ("end", "state", "told"),
    [
        ("won", DisputeState.WON, Standing.DISPUTE_WON),
        ("lost", DisputeState.LOST, Standing.DISPUTE_LOST),
        ("prevented", DisputeState.LOST, Standing.DISPUTE_LOST),
    ],
)
def test_a_dispute_takes_the_money_with_a_fee_and_brings_it_back_when_won(
    stage: Stage, now: datetime, end: str, state: DisputeState, told: Standing
) -> None:
    gift = received(stage, now)
    made = stage.stand_in.control("dispute", {"session": gift.checkout_session})
    tell(stage, gift)
    fee = Movement.objects.get(type="adjustment").fee_minor
    assert fee > 0
    assert lines(Kind.DISPUTE) == [
        ("gifts", KZT - FEE, "KZT", True),
        ("shortfall", FEE, "KZT", True),
        ("stripe", -KZT, "KZT", False),
        ("fees", fee, "KZT", False),  # the fund as a whole bears it
        ("stripe", -fee, "KZT", False),
    ]
    assert (gift.disputed_minor, standing_of(gift)) == (KZT, Standing.DISPUTED)
    stage.stand_in.control("close_dispute", {"dispute": made["id"], "as": end})
    tell(stage, gift)
    assert (Dispute.objects.get().state, standing_of(gift)) == (state, told)
    won = [("gifts", -(KZT - FEE), "KZT", True), ("shortfall", -FEE, "KZT", True), ("stripe", KZT, "KZT", False)]
    assert lines(Kind.DISPUTE_WON) == (won if end == "won" else [])
    assert gift.disputed_minor == (0 if end == "won" else KZT)
    assert equals_the_card_account()


def test_an_inquiry_takes_nothing_and_a_warning_is_noted_once(stage: Stage, now: datetime) -> None:
    gift = received(stage, now)
    made = stage.stand_in.control("dispute", {"session": gift.checkout_session, "inquiry": True})
    stage.stand_in.control("fraud_warning", {"session": gift.checkout_session})
    tell(stage, gift)
    assert (lines(Kind.DISPUTE), standing_of(gift)) == ([], Standing.DISPUTED)
    stage.stand_in.control("close_dispute", {"dispute": made["id"], "as": "warning_closed"})
    tell(stage, gift)
    assert (Dispute.objects.get().state, standing_of(gift)) == (DisputeState.AVERTED, Standing.WARNED)
    assert gift.warned_at is not None


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"state": GiftState.EXPIRED}, Standing.EXPIRED),
        ({"warned": True}, Standing.WARNED),
        ({"refunds": [(RefundState.PENDING, 5)]}, Standing.REFUND_PENDING),
        ({"refunds": [(RefundState.SUCCEEDED, 5), (RefundState.FAILED, 5)]}, Standing.REFUNDED_PART),
        ({"refunds": [(RefundState.SUCCEEDED, 5)] * 2, "disputes": [DisputeState.OPEN]}, Standing.REFUNDED),
        ({"refunds": [(RefundState.CANCELED, 10)]}, Standing.SUCCEEDED),
        ({"disputes": [DisputeState.WON, DisputeState.OPEN]}, Standing.DISPUTED),
        ({"disputes": [DisputeState.AVERTED]}, Standing.SUCCEEDED),
    ],
)
def test_a_standing_follows_from_its_facets(facts: dict[str, object], told: Standing) -> None:
    assert standing(**{"state": GiftState.SUCCEEDED, "amount_minor": 10, **facts}) == told  # type: ignore[arg-type]


def _with_role(gift: Gift, role: Role, now: datetime) -> User:
    user = User.objects.create_user(f"{role}@example.com")
    Appointment.objects.create(user=user, town=gift.fund.town, role=role, starts_date=day_of(now))
    return user


def test_the_treasurer_asks_an_approver_confirms_and_the_card_service_is_asked_once(
    stage: Stage, now: datetime, client: Client
) -> None:
    gift = received(stage, now)
    treasurer, approver = _with_role(gift, Role.TREASURER, now), _with_role(gift, Role.APPROVER, now)
    client.force_login(treasurer)
    found = client.get("/en/treasury/temirtau/refunds/", {"code": f"http://testserver/x/{gift.receipt_code}/"})
    assert found["Location"] == f"/en/treasury/gift/{gift.pk}/refund/"
    sent = {"amount": "1000", "reason": "Given twice", "submission": str(uuid4())}
    answers = [client.post(found["Location"], sent) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    refund = Refund.objects.get()
    page = answers[0]["Location"]
    assert (page, returnable(gift)) == (f"/en/treasury/refund/{refund.pk}/", Money(4_000_00, "KZT"))
    too_much = client.post(found["Location"], {**sent, "amount": "4000.01", "submission": str(uuid4())})
    assert too_much.status_code == 422
    assert client.post(page, {"answer": "back"}).status_code == 403
    assert stage.sdk().v1.refunds.list({"payment_intent": stage.payment_of(gift)}).data == []
    client.force_login(approver)
    with stage.capture(execute=True):
        assert client.post(page, {"answer": "back"}).status_code == 302
    sweep_refunds()
    refund.refresh_from_db()
    [made] = stage.sdk().v1.refunds.list({"payment_intent": stage.payment_of(gift)}).data
    assert (refund.refund_id, refund.state, made.amount) == (made.id, RefundState.SUCCEEDED, 1_000_00)
    tell(stage, gift)
    refund.refresh_from_db()
    assert (gift.refunded_minor, refund.transaction_id is not None, Refund.objects.count()) == (1_000_00, True, 1)
    assert f"Line {refund.transaction.seq} of the public ledger" in client.get(page).content.decode()  # type: ignore[union-attr]


def test_a_refund_that_the_card_service_refuses_is_cancelled_and_says_why(stage: Stage, now: datetime) -> None:
    gift = received(stage, now)
    treasurer, approver = _with_role(gift, Role.TREASURER, now), _with_role(gift, Role.APPROVER, now)
    asked = ask_for_refund(
        actor=treasurer, gift_id=gift.pk, amount=Money(KZT, "KZT"), reason="Wrong town", submission=uuid4(), now=now
    )
    stage.stand_in.control("refund", {"session": gift.checkout_session})  # somebody was quicker at Stripe itself
    answer_refund(actor=approver, refund_id=asked.pk, accepted=True, now=now)
    assert sweep_refunds() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.answer != "", sweep_refunds()) == (RefundState.CANCELED, True, 0)


def test_nobody_confirms_what_they_asked_for_and_a_refusal_has_its_reason(stage: Stage, now: datetime) -> None:
    gift = received(stage, now)
    both = _with_role(gift, Role.TREASURER, now)
    Appointment.objects.create(user=both, town=gift.fund.town, role=Role.APPROVER, starts_date=day_of(now))
    asked = ask_for_refund(
        actor=both, gift_id=gift.pk, amount=Money(1, "KZT"), reason="Test", submission=uuid4(), now=now
    )
    with pytest.raises(Forbidden):
        answer_refund(actor=both, refund_id=asked.pk, accepted=True, now=now)
    other = _with_role(gift, Role.APPROVER, now)
    with pytest.raises(DomainError, match="reason_missing"):
        answer_refund(actor=other, refund_id=asked.pk, accepted=False, now=now)
    answer_refund(actor=other, refund_id=asked.pk, accepted=False, answer="No reason told", now=now)
    asked.refresh_from_db()
    assert (asked.state, asked.answer, gift.refunded_minor) == (RefundState.CANCELED, "No reason told", 0)


def test_the_stand_in_balance_can_be_read(stage: Stage) -> None:
    assert all(isinstance(minor, int) for minor in fetch_balance().total.values())
