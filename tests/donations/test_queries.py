"""What others may show of gifts: names only if public, totals per currency, pages by keyset, few queries."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from common.money import Money
from funds.donations import actions, queries
from funds.donations.models import Gift
from funds.donations.queries import NOTHING_RAISED, Raised
from funds.ledger.models import Fund
from funds.payments.rules import Payment, PaymentStatus
from tests.payments.stage import make_fund, make_gift, make_project

pytestmark = pytest.mark.django_db


def given(fund: Fund, now: datetime, minutes: int = 0, **facts: object) -> Gift:
    gift = make_gift(fund, now, **facts)
    at = now + timedelta(minutes=minutes)
    amount = Money(gift.amount_minor, gift.currency)
    payment = Payment(f"pi_{gift.pk}", gift.pk, PaymentStatus.SUCCEEDED, amount, f"ch_{gift.pk}", at)
    return actions.settle_gift(gift_id=gift.pk, payment=payment, now=at)


def test_a_name_is_public_only_if_the_donor_said_so(now: datetime) -> None:
    fund = make_fund(now)
    given(fund, now, 1, donor_name="Aigul", name_public=True, message="For the lamps")
    given(fund, now, 2, donor_name="Berik", name_public=False)
    given(fund, now, 3, donor_name="", name_public=False)
    make_gift(fund, now, donor_name="Not paid", name_public=True)
    gifts = queries.recent_gifts(fund_id=fund.pk)
    with override("en"):
        shown = [(gift.donor_name, gift.name, gift.message) for gift in gifts]
    assert shown == [("", "Anonymous", ""), ("", "Anonymous", ""), ("Aigul", "Aigul", "For the lamps")]
    band = (Money(5_000_00, "KZT"), Money(10_000_00, "KZT"))
    told = [(gift.seq, gift.amount, gift.band) for gift in gifts]
    assert told == [(None, None, band), (None, None, band), (1, Money(5_000_00, "KZT"), None)]
    with override("de"):
        assert gifts[2].name == "Aigul"


def test_pages_go_on_where_the_last_one_ended(now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    for number in range(5):
        given(fund, now, number // 2, project=project, name_public=number % 2 == 0)  # some at the same moment
    given(fund, now, 9)
    seen = []
    before = None
    while page := queries.gifts_of_project(project_id=project.pk, limit=2, before=before):
        seen += [gift.id for gift in page]
        before = page[-1].place
    expected = Gift.objects.filter(project=project).order_by("-succeeded_at", "-pk").values_list("pk", flat=True)
    assert seen == list(expected)
    assert len(seen) == 5


def test_totals_are_per_currency_and_count_received_gifts_alone(now: datetime) -> None:
    fund = make_fund(now)
    lamps, pipes = make_project(fund, now), make_project(fund, now, title="Pipes")
    given(fund, now, project=lamps)
    given(fund, now, project=lamps, amount=Money(20_00, "EUR"))
    given(fund, now, project=lamps, amount=Money(5_00, "EUR"))
    given(fund, now, amount=Money(7_00, "USD"))
    make_gift(fund, now, project=pipes)
    raised = queries.raised_by_projects(project_ids=[lamps.pk, pipes.pk])
    assert raised == {lamps.pk: Raised(3, (Money(5_000_00, "KZT"), Money(25_00, "EUR")))}
    assert raised.get(pipes.pk, NOTHING_RAISED).in_currency("KZT") == Money(0, "KZT")
    whole = queries.raised_by_fund(fund_id=fund.pk)
    assert whole == Raised(4, (Money(5_000_00, "KZT"), Money(25_00, "EUR"), Money(7_00, "USD")))
    assert whole.in_currency("USD") == Money(7_00, "USD")


@pytest.mark.parametrize("gifts", [1, 3])
def test_every_list_is_one_query(now: datetime, gifts: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    for number in range(gifts):
        given(fund, now, number, project=project)
    with django_assert_num_queries(4):
        assert len(queries.recent_gifts(fund_id=fund.pk)) == gifts
        assert len(queries.gifts_of_project(project_id=project.pk)) == gifts
        assert queries.raised_by_projects(project_ids=[project.pk])[project.pk].gifts == gifts
        assert queries.raised_by_fund(fund_id=fund.pk).gifts == gifts
