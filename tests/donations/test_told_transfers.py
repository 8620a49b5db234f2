"""Transfers from the card account to the bank that carry gifts without a public name: told so that nobody works one
out, in the books, at the bank and in public, and whole again when one comes back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.translation import override

from common.clock import day_of
from common.money import Money
from funds.donations.actions import publish_batch, purse_of
from funds.donations.actions.arrivals import book_arrivals_due, match_payout
from funds.donations.actions.bank_lines import open_again
from funds.donations.models import Gift
from funds.ledger.models import Entry, Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from funds.payments.actions.movements import book_movement
from funds.payments.actions.payouts import remember_members, remember_payout
from funds.payments.models import BankLine, Movement, PayoutShare
from funds.payments.queries.payouts import untold_of
from funds.payments.rules import MovementFact, PayoutFact
from funds.payments.rules.account import PayoutStatus
from funds.payments.states import LineState, MovementState
from funds.reports import queries, rules
from tests.banking import a_line, reverse, said
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@dataclass
class Card:
    """The card account: gifts come, transfers leave; whole tenge."""

    thread: Thread
    left: dict[str, Movement] = field(default_factory=dict)
    carried: dict[str, list[MovementFact]] = field(default_factory=dict)

    def unnamed(self, *amounts: int) -> list[Gift]:
        """Gifts that one line of the ledger books together."""
        gifts = [self.thread.gift(None, amount, publish=False) for amount in amounts]
        batch = publish_batch(purse=purse_of(gifts[0]), now=self.thread.now)
        assert batch is not None
        assert batch.gifts_count == len(gifts)
        return gifts

    def named(self, amount: int) -> Gift:
        return self.thread.gift(None, amount, name="Marat")

    def send(self, name: str, *gifts: Gift, also: Sequence[Movement] = (), automatic: bool = True) -> bool:
        """A transfer with these gifts leaves; whether the ledger tells it at once."""
        rows = [*Movement.objects.filter(payment_id__in=[gift.payment_intent for gift in gifts]), *also]
        self.carried[name] = [_fact(row) for row in rows]
        total = sum(row.net_minor for row in rows)
        payout = remember_payout(fact=self._told(name, total, PayoutStatus.PAID, automatic), now=self.thread.now)
        if automatic:
            assert remember_members(payout_id=payout.pk, members=self.carried[name], now=self.thread.now)
        self.left[name] = self._movement(name, f"txn_{name}", "payout", -total)
        return book_movement(movement_pk=self.left[name].pk, now=self.thread.now)

    def returned(self, name: str) -> Movement:
        """The bank sends a transfer back."""
        total = -self.left[name].net_minor
        remember_payout(fact=self._told(name, total, PayoutStatus.FAILED, True), now=self.thread.now)
        back = self._movement(name, f"txn_back_{name}", "payout_failure", total)
        assert book_movement(movement_pk=back.pk, now=self.thread.now)
        back.refresh_from_db()
        return back

    def _told(self, name: str, minor: int, status: PayoutStatus, automatic: bool) -> PayoutFact:
        moment = self.thread.now - timedelta(hours=20 - len(self.left))
        return PayoutFact(
            id=name,
            amount=Money(minor, "KZT"),
            status=status,
            automatic=automatic,
            reconciled=automatic,
            arrival_date=day_of(self.thread.now),
            created_at=moment,
        )

    def _movement(self, source: str, name: str, type_: str, net: int) -> Movement:
        moment = self.thread.now - timedelta(hours=20 - len(self.left))
        return Movement.objects.create(
            movement_id=name, type=type_, category=type_, amount_minor=net, fee_minor=0, net_minor=net, currency="KZT",
            source_id=source, created_at=moment, available_at=moment,
        )  # fmt: skip

    def lines(self) -> list[int]:
        """What the ledger tells of transfers, in tenge."""
        sent = Entry.objects.filter(transaction__kind=Kind.SENT, account__code=AccountCode.TRANSIT)
        return [minor // 100 for minor in sent.order_by("pk").values_list("amount_minor", flat=True)]

    def whole(self) -> None:
        """The books, what waits and the card service say the same."""
        found = rules.ledgers(
            movements=queries.movement_sums(),
            unpublished=queries.unpublished_sums(),
            booked=queries.card_ledger_sums(),
            under_way=queries.under_way_sums(),
            waiting=queries.waiting_movements(),
        )
        assert [(one.remainder, one.items_open) for one in found] == [(0, 0)]
        hops = queries.payout_comparisons(since=day_of(self.thread.now - timedelta(days=2)))
        assert {one.remainder for one in [*hops, *queries.arrival_comparisons()]} <= {0}

    def held(self, code: AccountCode) -> int:
        return balance_of(fund=self.thread.fund, code=code, currency="KZT").minor // 100


def _fact(row: Movement) -> MovementFact:
    return MovementFact(
        id=row.movement_id, type=row.type, category=row.category, amount_minor=row.amount_minor,
        fee_minor=row.fee_minor, currency=row.currency, created_at=row.created_at, available_at=row.available_at,
        source_id=row.source_id,
    )  # fmt: skip


@pytest.fixture
def card(thread: Thread) -> Card:
    return Card(thread)


def arrives(card: Card, name: str, amount: int) -> BankLine:
    """The bank tells of a transfer, and the treasurer says which it was."""
    line = a_line(card.thread, f"{amount},00", "STRIPE PAYOUT")
    share = PayoutShare.objects.get(payout__payout_id=name)
    match_payout(share_id=share.pk, **said(card.thread, line))
    line.refresh_from_db()
    return line


def test_one_that_would_tell_a_gift_waits_for_the_next_and_arrives_with_it(card: Card, client: Client) -> None:
    one, two, three = card.unnamed(77_731, 6_222, 6_333)
    assert card.send("po_1", card.named(5_000), one) is False
    card.whole()
    assert (card.lines(), card.held(AccountCode.STRIPE)) == ([], 95_286)
    first = arrives(card, "po_1", 82_731)
    card.whole()
    assert (first.state, first.transaction, card.held(AccountCode.BANK)) == (LineState.MATCHED, None, 0)
    told = untold_of(fund=card.thread.fund)
    assert told is not None
    assert told.number == 1
    page = client.get("/en/reconciliation/").content.decode()
    assert "waits to be booked with others" in page
    assert card.send("po_2", two, three) is True
    card.whole()
    assert (card.lines(), card.held(AccountCode.TRANSIT)) == ([95_286], 95_286)
    card.left["po_1"].refresh_from_db()
    assert card.left["po_1"].state == MovementState.BOOKED
    assert book_arrivals_due(now=card.thread.now) == 0
    second = arrives(card, "po_2", 12_500)  # the bank kept a fee
    first.refresh_from_db()
    card.whole()
    assert first.transaction_id == second.transaction_id is not None
    assert (card.held(AccountCode.TRANSIT), card.held(AccountCode.BANK)) == (0, 95_231)
    assert untold_of(fund=card.thread.fund) is None
    page = client.get("/en/reconciliation/").content.decode()
    assert [sum_ in page for sum_ in ("82\u00a0731", "12\u00a0555", "in one sum with other transfers")] == [
        False,
        False,
        True,
    ]


def test_a_wrong_line_that_waits_is_opened_at_once_and_one_that_arrived_with_others_after_the_reversal(
    card: Card,
) -> None:
    one, two, three = card.unnamed(1_100, 1_200, 1_300)
    card.send("po_1", one)
    first = arrives(card, "po_1", 1_100)
    open_again(**said(card.thread, first))
    first.refresh_from_db()
    assert (first.state, first.payout_share, first.subject_id) == (LineState.OPEN, None, None)
    match_payout(share_id=PayoutShare.objects.get().pk, **said(card.thread, first))
    card.send("po_2", two, three)
    second = arrives(card, "po_2", 2_500)
    assert second.transaction is not None
    reverse(card.thread, second.transaction)
    for line in (first, second):
        share = PayoutShare.objects.get(bank_line=line)
        open_again(**said(card.thread, line))
        match_payout(share_id=share.pk, **said(card.thread, line))
    card.whole()
    assert (card.held(AccountCode.TRANSIT), card.held(AccountCode.BANK)) == (0, 3_600)
    assert Transaction.objects.filter(kind=Kind.PAYOUT).count() == 2  # the reversed one, and one for both


def test_a_transfer_of_named_gifts_and_of_whole_lines_is_told_at_once(card: Card, client: Client) -> None:
    assert card.send("po_1", card.named(5_000)) is True
    assert card.send("po_2", card.named(4_000), *card.unnamed(6_111, 6_222, 6_333)) is True
    card.whole()
    assert card.lines() == [5_000, 22_666]
    assert [one.together for one in queries.ways()] == [1, 1]
    assert "22\u00a0666" in client.get("/en/reconciliation/").content.decode()


def test_what_comes_back_is_mirrored_with_those_that_it_was_told_with_and_they_wait_anew(card: Card) -> None:
    one, two, three = card.unnamed(1_100, 1_200, 1_300)
    card.send("po_1", one)
    card.send("po_2", two, three)
    back = card.returned("po_2")
    card.whole()
    assert (card.lines(), card.held(AccountCode.STRIPE), card.held(AccountCode.TRANSIT)) == ([3_600], 3_600, 0)
    card.left["po_1"].refresh_from_db()
    assert card.left["po_1"].state == MovementState.WAITING
    # What came back leaves anew, with a later gift by somebody with a name.
    assert card.send("po_3", card.named(900), also=[back]) is True
    card.whole()
    assert card.lines() == [3_600, 4_500]
    card.left["po_1"].refresh_from_db()
    assert card.left["po_1"].state == MovementState.BOOKED


def test_what_comes_back_before_it_was_told_is_told_never(card: Card) -> None:
    one, two, three = card.unnamed(1_100, 1_200, 1_300)
    card.send("po_1", one)
    card.returned("po_1")
    card.whole()
    assert card.lines() == []
    card.left["po_1"].refresh_from_db()
    assert card.left["po_1"].state == MovementState.BOOKED
    assert card.send("po_2", one, two, three) is True
    assert card.lines() == [3_600]


def test_one_whose_gifts_wait_to_be_booked_is_in_no_sum_either(card: Card) -> None:
    gift = card.thread.gift(None, 77_731, publish=False)
    assert card.send("po_1", card.named(5_000), gift) is False
    assert (queries.movement_sums(), queries.unpublished_sums()) == ({"KZT": 0}, {"KZT": -5_000_00})
    assert card.held(AccountCode.STRIPE) == 5_000
    publish_batch(purse=purse_of(gift), now=card.thread.now)
    assert book_movement(movement_pk=card.left["po_1"].pk, now=card.thread.now) is True
    card.whole()
    assert card.lines() == [82_731]


def test_one_begun_by_hand_waits_while_few_gifts_stand_behind_it(card: Card) -> None:
    gifts = card.unnamed(1_100, 1_200)
    assert card.send("po_1", gifts[0], automatic=False) is False
    card.whole()
    more = card.unnamed(1_400)
    assert card.send("po_2", *more, automatic=False) is True
    card.whole()
    assert card.lines() == [2_500]


def test_one_begun_by_hand_carries_only_what_is_available(card: Card, client: Client) -> None:
    """Whoever takes all that is there takes one unnamed gift of three, and its sum would be told."""
    lone, *pending = card.unnamed(1_100, 1_200, 1_400)
    later = Movement.objects.filter(payment_id__in=[gift.payment_intent for gift in pending])
    later.update(available_at=card.thread.now + timedelta(days=2))
    assert card.send("po_1", card.named(5_000), lone, automatic=False) is False
    card.whole()
    later.update(available_at=card.thread.now - timedelta(hours=20, minutes=-1))
    assert card.send("po_2", *pending, automatic=False) is True
    card.whole()
    assert card.lines() == [8_700]
    client.force_login(card.thread.the(Role.TREASURER))
    page = client.get(f"/en/treasury/{card.thread.town.slug}/lines/").content.decode()
    assert "A transfer from the card account was begun by hand" in page
