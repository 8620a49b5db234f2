"""The money map: both sides are the same sum, and they are the ledger's own sums."""

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.formats import money
from common.money import Money
from funds.ledger import queries
from funds.ledger.models import Earmark, Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.rules.corrections import correction_key
from funds.ledger.rules.flows import Flow, LostMoneyError, MoneyMap, Movement, Role, money_map
from funds.ledger.rules.picture import Node, tall, wide
from funds.ledger.states import AccountCode, Kind
from tests.ledger.books import book as booked_with_its_word
from tests.ledger.books import voted

SUMS = st.lists(st.integers(min_value=1, max_value=10**12), min_size=1, max_size=7)


def sides(found: MoneyMap) -> tuple[dict[tuple[Role, str], int], dict[tuple[Role, str], int]]:
    def told(flows: tuple[Flow, ...]) -> dict[tuple[Role, str], int]:
        return {(flow.role, flow.label or (flow.account or "")): flow.minor for flow in flows}

    return told(found.sources), told(found.uses)


def book(
    fund: Fund, now: datetime, kind: Kind, *lines: Line, reverses: UUID | None = None, subject: UUID | None = None
) -> UUID:
    posting = Posting(
        fund=fund.pk,
        kind=kind,
        effective_date=now.date(),
        key=correction_key(uuid4()),
        lines=lines,
        reverses=reverses,
        subject=uuid4() if kind == Kind.REFUND else subject,
    )
    return booked_with_its_word(now, posting)[0].transaction_id


def kzt(minor: int) -> Money:
    return Money(minor, "KZT")


@pytest.mark.django_db
def test_a_year_of_everything_adds_up_in_every_period(fund: Fund, now: datetime) -> None:
    lamps, bridge = (Earmark.objects.create(fund=fund, label=label).pk for label in ("Lamps", "Bridge"))
    days = iter(now - timedelta(days=20 - number) for number in range(20))
    book(fund, next(days), Kind.OPENING, Line(AccountCode.BANK, kzt(5_000)), Line(AccountCode.OPENING, kzt(-5_000)))
    book(fund, next(days), Kind.GIFT, Line(AccountCode.STRIPE, kzt(9_000)), Line(AccountCode.GIFTS, kzt(-9_000), lamps))
    book(
        fund, next(days), Kind.GIFT, Line(AccountCode.STRIPE, kzt(4_000)), Line(AccountCode.GIFTS, kzt(-4_000), bridge)
    )
    book(fund, next(days), Kind.GIFT, Line(AccountCode.CASH, kzt(1_000)), Line(AccountCode.GIFTS, kzt(-1_000)))
    book(fund, next(days), Kind.FEE, Line(AccountCode.FEES, kzt(300), lamps), Line(AccountCode.STRIPE, kzt(-300)))
    book(fund, next(days), Kind.PAYOUT, Line(AccountCode.BANK, kzt(8_000)), Line(AccountCode.STRIPE, kzt(-8_000)))
    book(fund, next(days), Kind.REFUND, Line(AccountCode.GIFTS, kzt(700), bridge), Line(AccountCode.STRIPE, kzt(-700)))
    moved = book(
        fund, next(days), Kind.REDESIGNATION,
        Line(AccountCode.MOVED, kzt(1_000), bridge), Line(AccountCode.MOVED, kzt(-1_000), lamps),
        subject=voted(fund, now),
    )  # fmt: skip
    assert moved
    book(fund, next(days), Kind.SUSPENSE, Line(AccountCode.BANK, kzt(250)), Line(AccountCode.SUSPENSE, kzt(-250)))
    whole = queries.flows(fund_id=fund.pk, currency="KZT")
    assert sides(whole) == (
        {
            (Role.GIFTS, "Lamps"): 9_000,
            (Role.GIFTS, "Bridge"): 4_000,
            (Role.GIFTS, ""): 1_000,
            (Role.OPENING, ""): 5_000,
            (Role.UNEXPLAINED, ""): 250,
        },
        {
            (Role.FEES, ""): 300,
            (Role.REFUNDS, ""): 700,
            (Role.LEFT, "bank"): 13_250,
            (Role.LEFT, "stripe"): 4_000,
            (Role.LEFT, "cash"): 1_000,
        },
    )
    totals = queries.overview(slug="temirtau").totals[0]
    left = sum(flow.minor for flow in whole.uses if flow.role is Role.LEFT)
    gifts = sum(flow.minor for flow in whole.sources if flow.role is Role.GIFTS)
    assert (left, gifts - 700) == (totals.held.minor, totals.gifts.minor)
    # Any stretch: what was left before it is what is held at its beginning, and nothing is lost.
    for first in range(1, 10):
        for last in range(first, 10):
            found = queries.flows(fund_id=fund.pk, currency="KZT", span=queries.Span(first, last))
            assert sum(flow.minor for flow in found.sources) == sum(flow.minor for flow in found.uses) == found.total
    parts = [queries.flows(fund_id=fund.pk, currency="KZT", span=queries.Span(n, n)) for n in range(1, 10)]
    for before, after in pairwise(parts):
        ends = sum(flow.minor for flow in before.uses if flow.role is Role.LEFT)
        assert ends == sum(flow.minor for flow in after.sources if flow.role is Role.HELD)
    assert queries.flows(fund_id=fund.pk, currency="EUR").total == 0


@pytest.mark.django_db
def test_a_gift_taken_back_in_a_later_period_is_told(fund: Fund, now: datetime) -> None:
    gift = book(fund, now, Kind.GIFT, Line(AccountCode.STRIPE, kzt(900)), Line(AccountCode.GIFTS, kzt(-900)))
    book(
        fund, now, Kind.REVERSAL, Line(AccountCode.STRIPE, kzt(-900)), Line(AccountCode.GIFTS, kzt(900)), reverses=gift
    )
    found = queries.flows(fund_id=fund.pk, currency="KZT", span=queries.Span(2, 2))
    assert [(flow.role, flow.of, flow.minor) for flow in found.uses] == [(Role.TAKEN_BACK, Role.GIFTS, 900)]
    assert [(flow.role, flow.minor) for flow in found.sources] == [(Role.HELD, 900)]


CHANGES = st.dictionaries(
    st.sampled_from([code for code in AccountCode if code is not AccountCode.BANK]),
    st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)),
)


# One pause of a busy machine while values are drawn is not what is tried here.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(changes=CHANGES, returned=st.integers(0, 10**9))
def test_whatever_balanced_accounts_did_nothing_is_lost(
    changes: dict[AccountCode, tuple[int, int]], returned: int
) -> None:
    movements = [Movement(code, None, "", before, after) for code, (before, after) in changes.items()]
    before, after = (-sum(pair[place] for pair in changes.values()) for place in (0, 1))
    movements.append(Movement(AccountCode.BANK, None, "", before, after))
    # Money that was returned came out of the gift account: without one nothing was.
    back: dict[UUID | None, int] = {None: returned} if AccountCode.GIFTS in changes else {}
    found = money_map(currency="KZT", movements=movements, returned=back)
    assert found.total == sum(flow.minor for flow in found.uses)
    assert all(flow.minor > 0 for flow in (*found.sources, *found.uses))


def test_accounts_that_do_not_balance_are_refused() -> None:
    with pytest.raises(LostMoneyError):
        money_map(currency="KZT", movements=[Movement(AccountCode.BANK, None, "", 0, 5)], returned={})


@given(left=SUMS, right=SUMS)
def test_bars_are_as_long_as_their_sums_and_stay_in_the_picture(left: list[int], right: list[int]) -> None:
    total = max(sum(left), sum(right))
    left, right = [*left, total - sum(left) + 1], [*right, total - sum(right) + 1]
    assert sum(left) == sum(right)
    for picture, measure in ((wide(left, right), "height"), (tall(left, right), "width")):
        for sums, nodes in ((left, picture.sources), (right, picture.uses)):
            assert len(nodes) == len(sums)
            thick = [
                (one, getattr(node, measure))
                for one, node in zip(sums, nodes, strict=True)
                if getattr(node, measure) > 1.5
            ]
            for (one, drawn), (other, also) in pairwise(thick):
                assert drawn / also == pytest.approx(one / other)
            for node in nodes:
                assert node.x >= -0.01
                assert node.y >= -0.01
                assert node.x + node.width <= picture.width + 0.01
                assert node.y + node.height <= picture.height + 0.01
                assert re.fullmatch(r"[MCLZ0-9. -]+", node.ribbon)
            apart(nodes, wide_one=picture.width == 960)


def apart(nodes: tuple[Node, ...], *, wide_one: bool) -> None:
    for one, other in pairwise(nodes):
        if wide_one:
            assert other.label_y - one.label_y >= 64
        else:
            assert other.label_x - one.label_x >= 25


def fetched(query: str = "") -> str:
    answer = Client().get(f"/en/ledger/temirtau/map/{query}")
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


@pytest.mark.django_db
def test_the_page_holds_picture_and_table(long_ledger: Fund) -> None:
    page = fetched()
    found = queries.flows(fund_id=long_ledger.pk, currency="KZT")
    assert page.count('<svg class="wide"') == page.count('<svg class="tall"') == 1
    assert page.count("<title id=") == page.count("<desc id=") == 2
    cells = re.findall(r'<td class="num">([^<]+)</td>', page)
    total = money(found.total, "KZT")
    both = ([money(flow.minor, "KZT") for flow in flows] for flows in (found.sources, found.uses))
    assert cells == [cell for side in both for cell in (*side, total)]
    assert "style=" not in page
    assert "No money moved" in fetched("?currency=USD")
    assert "No fund holds this currency" in fetched("?currency=UAH")
    assert "This is not a day" in fetched("?since=x")


@pytest.mark.django_db
def test_an_empty_ledger_has_no_picture(fund: Fund) -> None:
    page = fetched()
    assert "No money moved in this period" in page
    assert 'class="ribbon' not in page


@pytest.mark.django_db
def test_many_projects_are_drawn_together_and_listed_each(fund: Fund, now: datetime) -> None:
    for number in range(1, 12):
        earmark = Earmark.objects.create(fund=fund, label=f"Project {number}").pk
        one = kzt(number * 1_000)
        book(fund, now, Kind.GIFT, Line(AccountCode.STRIPE, one), Line(AccountCode.GIFTS, -one, earmark))
    page = fetched()
    assert page.count('class="ribbon') == 2 * (7 + 1)
    assert page.count('<span class="note">Project ') == 11
    assert money((1 + 2 + 3 + 4 + 5) * 100_000 // 100, "KZT") in page
