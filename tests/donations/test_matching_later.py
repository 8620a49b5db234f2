"""What a pledge adds follows its gifts: a dispute that was won, room under the cap, a statement that was read late."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from django.utils.translation import override

from common.clock import KAZAKHSTAN, day_of
from common.money import Money
from funds.donations.actions.line_gifts import NewGift, gift_from_line
from funds.donations.actions.matching import match_gifts, pledge, withdraw_pledge
from funds.donations.models import Gift, Match, Pledge
from funds.donations.queries.matching import waiting_pledges
from funds.donations.states import PledgeState
from tests.banking import a_line, said
from tests.payments.stage import at_once
from tests.thread import BIN, Thread
from users.states import Role

TENGE = 100


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def promised(thread: Thread, cap: int = 100_000) -> Pledge:
    moment = thread.now - timedelta(days=20)
    return pledge(
        actor=thread.the(Role.ENTERPRISE),
        fund=thread.fund,
        project=None,
        enterprise="Steel works",
        enterprise_bin=BIN,
        percent=100,
        cap=Money(cap * TENGE, "KZT"),
        starts_date=day_of(moment),
        ends_date=day_of(thread.now + timedelta(days=30)),
        now=moment,
    )


def amounts(found: Pledge) -> tuple[int, list[int]]:
    found.refresh_from_db()
    shares = Match.objects.filter(pledge=found).order_by("gift_id").values_list("amount_minor", flat=True)
    return found.matched_minor // TENGE, [share // TENGE for share in shares]


@pytest.mark.django_db
def test_a_gift_whose_dispute_was_won_is_matched_again(thread: Thread) -> None:
    found = promised(thread)
    gift = thread.gift(None, 10_000, name="Marat")
    match_gifts(pledge_id=found.pk, now=thread.now)
    for taken, matched in ((10_000, 0), (0, 10_000)):
        Gift.objects.filter(pk=gift.pk).update(disputed_minor=taken * TENGE)
        assert [match_gifts(pledge_id=found.pk, now=thread.now) for _ in range(2)] == [1, 0]
        assert amounts(found) == (matched, [matched])


@pytest.mark.django_db
def test_what_goes_back_leaves_room_for_the_gifts_that_found_none(thread: Thread) -> None:
    found = promised(thread, cap=15_000)
    first, *_ = [thread.gift(None, 10_000, name="Marat") for _ in range(3)]
    match_gifts(pledge_id=found.pk, now=thread.now)
    assert amounts(found) == (15_000, [10_000, 5_000, 0])
    Gift.objects.filter(pk=first.pk).update(refunded_minor=8_000 * TENGE)
    assert waiting_pledges(on=day_of(thread.now)) == [found.pk]
    match_gifts(pledge_id=found.pk, now=thread.now)
    assert amounts(found) == (15_000, [2_000, 10_000, 3_000])
    assert match_gifts(pledge_id=found.pk, now=thread.now) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("state", [PledgeState.ENDED, PledgeState.WITHDRAWN])
def test_what_is_over_still_follows_its_gifts_and_then_rests(thread: Thread, state: PledgeState) -> None:
    found = promised(thread)
    gift = thread.gift(None, 10_000, name="Marat")
    match_gifts(pledge_id=found.pk, now=thread.now)
    Pledge.objects.update(state=state)
    long_after = day_of(thread.now + timedelta(days=300))
    for kept in (7_000, 9_000):
        Gift.objects.filter(pk=gift.pk).update(refunded_minor=(10_000 - kept) * TENGE)
        assert waiting_pledges(on=long_after) == [found.pk]
        match_gifts(pledge_id=found.pk, now=thread.now)
        assert amounts(found) == (kept, [kept])
        # A gift of which a part went back does not keep its pledge waiting for ever.
        assert waiting_pledges(on=long_after) == []


@pytest.mark.django_db
def test_a_gift_of_its_days_is_matched_though_it_is_heard_of_after_the_last_one(thread: Thread) -> None:
    found = promised(thread)
    after = thread.now + timedelta(days=40)
    match_gifts(pledge_id=found.pk, now=after)
    found.refresh_from_db()
    assert found.state == PledgeState.ENDED
    thread.gift(None, 4_000, name="Marat")  # of a bank statement that was read only now
    assert waiting_pledges(on=day_of(after)) == [found.pk]
    assert match_gifts(pledge_id=found.pk, now=after) == 1
    assert (amounts(found), found.state) == ((4_000, [4_000]), PledgeState.ENDED)


@pytest.mark.django_db
def test_a_transfer_of_the_day_of_the_promise_is_matched_at_whichever_hour_that_was_made(thread: Thread) -> None:
    found = promised(thread)
    line = a_line(thread, "2000,00")
    gift_from_line(new=NewGift(donor_name="Marat", name_public=True), **said(thread, line))
    noon = datetime.combine(line.booked_date, time(12), tzinfo=KAZAKHSTAN)
    for promised_at, matched in ((noon + timedelta(days=1), (0, [])), (noon + timedelta(hours=3), (2_000, [2_000]))):
        Pledge.objects.update(pledged_at=promised_at)
        match_gifts(pledge_id=found.pk, now=thread.now)
        assert amounts(found) == matched


@pytest.mark.django_db
def test_what_gifts_called_for_before_it_was_withdrawn_stays_promised(thread: Thread) -> None:
    found = promised(thread)
    thread.gift(None, 4_000, name="Marat")  # given and published; the clock has not come round yet
    withdraw_pledge(actor=thread.the(Role.ENTERPRISE), pledge_id=found.pk, now=thread.now)
    assert (amounts(found), found.state) == ((4_000, [4_000]), PledgeState.WITHDRAWN)


@pytest.mark.usefixtures("committed_db")
def test_a_promise_clicked_twice_at_once_is_one(thread: Thread) -> None:
    thread.the(Role.ENTERPRISE)
    made = at_once(lambda: promised(thread).pk, 3)
    assert (len(set(made)), Pledge.objects.count()) == (1, 1)
