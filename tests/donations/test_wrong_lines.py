"""A bank line that was taken for the wrong gift without a public name: its money becomes what nobody has explained."""

from datetime import timedelta

import pytest

from common.errors import Forbidden
from funds.donations.actions import bank_lines, line_gifts, publish_batch, publish_due, purse_of
from funds.donations.actions.hand_returns import book_returns_due
from funds.donations.actions.refunds import answer_refund, returnable
from funds.donations.actions.wrong_lines import ask_to_take_back
from funds.donations.models import Batch, Gift, Refund
from funds.donations.queries import raised_by_fund
from funds.donations.queries.bank_lines import suggestions_for
from funds.donations.queries.gifts import recent_gifts
from funds.donations.queries.receipts import own_fields
from funds.donations.queries.standings import standing_of
from funds.donations.rules.explaining import What
from funds.donations.states import MatchReason, RefundReason, RefundState, Standing
from funds.ledger.states import Kind
from funds.payments.models import BankLine
from funds.payments.states import LineState
from tests.banking import a_line, announced, bank, booking, legs, refusal, reverse, said, suspense
from tests.donations.test_back_once import asked, back, came
from tests.donations.test_line_pages import entered, text
from tests.thread import Thread
from transparency.models import Opening
from users.states import Role

pytestmark = pytest.mark.django_db
UNNAMED = line_gifts.NewGift(donor_name="Hidden")


def booked_together(thread: Thread) -> tuple[Gift, BankLine]:
    """The first of three gifts without a public name that one line of the ledger holds."""
    found = [came(thread, amount, UNNAMED) for amount in (7_000, 8_000, 9_000)]
    assert publish_due(now=thread.now) == 1
    gift, line = found[0]
    gift.refresh_from_db()
    line.refresh_from_db()
    return gift, line


def test_while_it_waits_the_line_is_opened_at_once_and_taken_for_another(thread: Thread) -> None:
    gift, line = came(thread, 7_000, UNNAMED)
    bank_lines.open_again(**said(thread, line))
    gift.refresh_from_db()
    line.refresh_from_db()
    assert (line.state, line.subject_id, standing_of(gift)) == (LineState.OPEN, None, Standing.REFUNDED)
    assert Refund.objects.get().reason_code == RefundReason.OTHER_LINE
    assert (raised_by_fund(fund_id=thread.fund.pk).waiting, recent_gifts(fund_id=thread.fund.pk)) == (0, [])
    # Nothing of it is ever booked, and the line may bring another gift of the same kind.
    assert (publish_batch(purse=purse_of(gift), now=thread.now), returnable(gift).minor) == (None, 0)
    other = line_gifts.gift_from_line(new=UNNAMED, **said(thread, line))
    assert (other.pk != gift.pk, bank(thread)) == (True, 0)
    publish_batch(purse=purse_of(other), now=thread.now)
    assert bank(thread) == 7_000_00


def test_once_it_is_booked_with_others_an_approver_takes_it_out(thread: Thread) -> None:
    gift, line = booked_together(thread)
    right = announced(thread, 7_000, name_public=False)
    refund = ask_to_take_back(**said(thread, line))
    assert ask_to_take_back(**said(thread, line)).pk == refund.pk
    with pytest.raises(Forbidden):
        answer_refund(actor=thread.the(Role.TREASURER), refund_id=refund.pk, accepted=True, now=thread.now)
    back(thread, refund)
    assert ask_to_take_back(**said(thread, line)).pk == refund.pk  # it waits for others whose line was another's
    assert (book_returns_due(now=thread.now), bank(thread), suspense(thread)) == (0, 24_000_00, 0)
    assert book_returns_due(now=thread.now + timedelta(days=8)) == 1
    gift.refresh_from_db()
    line.refresh_from_db()
    assert (gift.refunded_minor, standing_of(gift)) == (7_000_00, Standing.REFUNDED)
    assert (bank(thread), suspense(thread)) == (24_000_00, -7_000_00)  # the money is there, and nobody's yet
    assert (booking(line.transaction_id).kind, line.subject_id) == (Kind.SUSPENSE, None)
    line_gifts.match_expected(gift_id=right.pk, **said(thread, line))
    right.refresh_from_db()
    # Its giver has no public name either: it clears what is not yet explained together with others of that kind.
    line.refresh_from_db()
    assert (right.transaction_id, line.subject_id, booking(line.transaction_id).kind) == (None, right.pk, Kind.SUSPENSE)
    assert publish_due(now=thread.now + timedelta(days=8)) == 1
    right.refresh_from_db()
    assert right.batch is not None
    assert legs(right.batch.transaction_id) == [("suspense", "KZT", 7_000_00, None), ("gifts", "KZT", -7_000_00, None)]
    assert (bank(thread), suspense(thread)) == (24_000_00, 0)


def test_the_page_of_the_line_asks_and_names_what_is_asked(thread: Thread) -> None:
    _gift, line = booked_together(thread)
    client, page = entered(thread.the(Role.TREASURER)), f"/en/treasury/line/{line.pk}/"
    assert "ask to take it back" in text(client.get(page))
    assert client.post(page, {"what": "take_back"})["Location"] == page
    seen = client.get(page).content.decode()
    refund = Refund.objects.get()
    assert (f"/en/treasury/refund/{refund.pk}/" in seen, "ask to take it back" in seen) == (True, False)
    asked_page = text(entered(thread.the(Role.APPROVER)).get(f"/en/treasury/refund/{refund.pk}/"))
    assert "The bank line was another" in asked_page


def test_a_line_that_was_taken_back_stays_so(thread: Thread) -> None:
    _gift, line = booked_together(thread)
    back(thread, ask_to_take_back(**said(thread, line)))
    assert book_returns_due(now=thread.now + timedelta(days=8)) == 1
    line.refresh_from_db()
    assert refusal(lambda: reverse(thread, booking(Refund.objects.get().transaction_id))) == "returned_together"
    assert refusal(lambda: reverse(thread, booking(line.transaction_id))) == "returned_together"
    assert refusal(lambda: bank_lines.open_again(**said(thread, line))) == "line_stands"
    assert refusal(lambda: ask_to_take_back(**said(thread, line))) == "no_gift_in_common"


def test_a_common_line_is_never_reversed_for_one_of_its_gifts(thread: Thread) -> None:
    gift, _line = booked_together(thread)
    assert gift.batch is not None
    line = booking(gift.batch.transaction_id)
    assert refusal(lambda: reverse(thread, line)) == "gifts_together"


def test_a_gift_with_a_line_of_its_own_is_reversed_as_before(thread: Thread) -> None:
    _gift, line = came(thread, 7_000)
    assert refusal(lambda: ask_to_take_back(**said(thread, line))) == "no_gift_in_common"


def test_a_refund_by_hand_whose_line_is_reversed_may_be_asked_for_again(thread: Thread) -> None:
    came(thread, 50_000)
    gift, _line = came(thread, 10_000)
    refund = back(thread, asked(thread, gift))
    reverse(thread, booking(refund.transaction_id))
    gift.refresh_from_db()
    refund.refresh_from_db()
    assert (refund.state, gift.refunded_minor, returnable(gift).minor) == (RefundState.FAILED, 0, 10_000_00)
    assert standing_of(gift) == Standing.REFUND_FAILED
    back(thread, asked(thread, gift))
    gift.refresh_from_db()
    assert (gift.refunded_minor, standing_of(gift), bank(thread)) == (10_000_00, Standing.REFUNDED, 50_000_00)


def test_a_large_crowd_is_booked_whole(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funds.donations.actions.publishing._LARGEST", 4)
    gifts = [came(thread, 1_000 + number, UNNAMED)[0] for number in range(6)]
    first = gifts[0]
    publish_batch(purse=purse_of(first), now=thread.now)
    first.refresh_from_db()
    assert (first.batch is not None, Batch.objects.get().gifts_count) == (True, 4)
    # Each receipt opens its own sealed field.
    sealed = dict(Opening.objects.values_list("field", "value"))
    together = list(Gift.objects.filter(batch=first.batch))
    opened = {gift.pk: sealed[name] for gift in together for name in own_fields(gift) or ()}
    assert opened == {gift.pk: f"{gift.amount_minor} KZT, Hidden" for gift in together}
    came(thread, 2_000, UNNAMED)
    assert publish_due(now=thread.now) == 1  # the other two and this one
    assert sorted(Batch.objects.values_list("gifts_count", flat=True)) == [3, 4]
    for number in range(11):
        came(thread, 3_000 + number, UNNAMED)
    assert publish_due(now=thread.now) == 3  # 4, 4 and 3
    assert Gift.objects.filter(batch=None).count() == 0


def test_a_refund_that_was_sent_from_the_bank_is_suggested_as_such(thread: Thread) -> None:
    came(thread, 50_000)
    gift, _line = came(thread, 10_000)
    refund = back(thread, asked(thread, gift))
    line = a_line(thread, "-10000,00", "Возврат", name="MARAT")
    [best, *_others] = suggestions_for(line=line)
    told = (best.candidate.what, best.candidate.id, best.candidate.name, best.sure)
    assert told == (What.REFUND, refund.transaction_id, "Marat", False)
    assert best.reasons == (MatchReason.BY_HAND, MatchReason.NAME, MatchReason.NEAR)
    client, page = entered(thread.the(Role.TREASURER)), f"/en/treasury/line/{line.pk}/"
    assert "Gift given back, line of the ledger" in text(client.get(page))
    assert client.post(page, {"what": "refund", "id": str(refund.transaction_id)}).status_code == 302
    line.refresh_from_db()
    assert (line.state, line.transaction_id) == (LineState.MATCHED, refund.transaction_id)
