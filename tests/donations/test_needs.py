"""A gift for a need: its own purse, into the project in the same moment, to the whole fund when the need falls away."""

from uuid import UUID, uuid4

import pytest
from django.test import Client

from common.clock import now as this_moment
from common.errors import Forbidden
from common.money import Money
from councils.needs.models import Need
from councils.needs.states import NeedState, RefusalReason
from funds.donations.models import Gift
from funds.donations.queries import gifts_of_project, raised_by_projects
from funds.donations.tasks import follow_purposes
from funds.ledger.actions import post
from funds.ledger.models import Earmark, EarmarkBalance, Entry, Transaction
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.projects.actions import open_project
from funds.projects.models import Project
from funds.projects.queries import totals_of_projects
from tests.donations.months import make_monthly
from tests.payments.stage import Stage, make_gift, opened, text_of
from tests.thread import Thread
from users.states import Role

BRIDGE = "The bridge over the river has no railing, and children cross it."


def project_of(thread: Thread, need: Need) -> Project:
    """The council adopts a decision on a need, and its project is opened now."""
    return open_project(
        actor=thread.the(Role.CHAIR),
        decision=thread.decision(need),
        title="A railing",
        summary="Forty metres of railing.",
        low_carbon_note="",
        goal=Money(1_000_000_00, "KZT"),
        language="en",
        now=this_moment(),
    )


def free(earmark: UUID | None) -> dict[str, int]:
    rows = EarmarkBalance.objects.filter(available_minor__gt=0)
    rows = rows.filter(earmark__isnull=True) if earmark is None else rows.filter(earmark_id=earmark)
    return {row.currency: row.available_minor for row in rows}


def given(thread: Thread, need: Need, stage: Stage, amount: Money) -> Gift:
    """A named gift for a need, paid by card."""
    gift, checkout = opened(
        make_gift(thread.fund, this_moment(), need=need, amount=amount, donor_name="Aigul", name_public=True)
    )
    stage.pay(checkout)
    for event in stage.events_of(gift):
        stage.deliver(event)
    gift.refresh_from_db()
    return gift


def test_a_gift_for_a_need_stands_in_its_own_purse(thread: Thread, stage: Stage) -> None:
    need = thread.need(BRIDGE)
    given(thread, need, stage, Money(20_00, "EUR"))
    given(thread, need, stage, Money(5_000_00, "KZT"))
    assert free(need.pk) == {"EUR": 20_00, "KZT": 5_000_00}
    assert Earmark.objects.get(pk=need.pk).label == need.text


def test_the_money_follows_the_need_into_its_project_in_one_line_that_names_the_decision(
    thread: Thread, stage: Stage
) -> None:
    need = thread.need(BRIDGE)
    gift = given(thread, need, stage, Money(20_00, "EUR"))
    given(thread, need, stage, Money(5_000_00, "KZT"))
    monthly = make_monthly(thread.fund, this_moment(), need=need)
    project = project_of(thread, need)
    assert (free(need.pk), free(project.pk)) == ({}, {"EUR": 20_00, "KZT": 5_000_00})
    [line] = Transaction.objects.filter(kind=Kind.REDESIGNATION)
    assert line.subject_id == project.decision_id
    assert sorted(Entry.objects.filter(transaction=line).values_list("currency", "amount_minor")) == [
        ("EUR", -20_00),
        ("EUR", 20_00),
        ("KZT", -5_000_00),
        ("KZT", 5_000_00),
    ]
    gift.refresh_from_db()
    monthly.refresh_from_db()
    # What was given for the need stays so; the months to come are for the project, and its page tells of all.
    assert (gift.need, monthly.project, monthly.need) == (need, project, None)
    assert [one.amount for one in gifts_of_project(project_id=project.pk)] == [
        Money(5_000_00, "KZT"),
        Money(20_00, "EUR"),
    ]
    raised = raised_by_projects(project_ids=[project.pk])[project.pk]
    totals = totals_of_projects(projects=[project])[project.pk]
    assert [(one.gifts, one.left) for one in totals] == [
        (Money(5_000_00, "KZT"), Money(5_000_00, "KZT")),
        (Money(20_00, "EUR"), Money(20_00, "EUR")),
    ]
    assert (raised.gifts, raised.amounts) == (2, (Money(5_000_00, "KZT"), Money(20_00, "EUR")))


def test_a_need_that_nobody_gave_to_leaves_no_line(thread: Thread) -> None:
    project_of(thread, thread.need(BRIDGE))
    assert Transaction.objects.count() == 0


def test_a_gift_that_is_paid_after_the_project_was_opened_goes_to_the_project(thread: Thread, stage: Stage) -> None:
    need = thread.need(BRIDGE)
    gift, checkout = opened(make_gift(thread.fund, this_moment(), need=need, donor_name="Aigul", name_public=True))
    project = project_of(thread, need)
    stage.pay(checkout)
    for event in stage.events_of(gift):
        stage.deliver(event)
    assert (free(need.pk), free(project.pk)) == ({}, {"KZT": 5_000_00})


def test_money_that_came_to_the_need_in_that_very_moment_is_led_on_by_the_sweep(thread: Thread) -> None:
    need = thread.need(BRIDGE)
    Earmark.objects.create(id=need.pk, fund=thread.fund, label="The bridge")
    project = project_of(thread, need)
    _cash(thread, need.pk)
    assert (follow_purposes(), follow_purposes()) == (1, 0)
    assert (free(need.pk), free(project.pk)) == ({}, {"KZT": 1_000_00})


def test_the_money_of_a_need_that_falls_away_goes_to_the_whole_fund(thread: Thread) -> None:
    need = thread.need(BRIDGE)
    Earmark.objects.create(id=need.pk, fund=thread.fund, label="The bridge")
    _cash(thread, need.pk)
    assert (follow_purposes(), free(need.pk)) == (0, {"KZT": 1_000_00})  # it still stands
    Need.objects.filter(pk=need.pk).update(
        state=NeedState.REFUSED, refusal_reason=RefusalReason.NOT_LOCAL, answer="The region mends it."
    )
    assert (follow_purposes(), follow_purposes()) == (1, 0)
    assert (free(need.pk), free(None)) == ({}, {"KZT": 1_000_00})
    assert Transaction.objects.get(kind=Kind.REDESIGNATION).subject_id == need.pk


def _cash(thread: Thread, earmark: UUID) -> None:
    amount = Money(1_000_00, "KZT")
    lines = (Line(AccountCode.CASH, amount), Line(AccountCode.GIFTS, -amount, earmark=earmark))
    day = thread.now.date()
    posting = Posting(fund=thread.fund.pk, kind=Kind.GIFT, effective_date=day, key=f"cash:{uuid4()}", lines=lines)
    post(postings=[posting], now=thread.now)


@pytest.mark.parametrize("state", [NeedState.SUBMITTED, NeedState.REFUSED])
def test_one_gives_to_accepted_needs_alone(thread: Thread, stage: Stage, state: NeedState) -> None:
    need = thread.need(BRIDGE)
    need.state = state
    with pytest.raises(Forbidden):
        make_gift(thread.fund, this_moment(), need=need)


def test_a_need_with_a_project_and_one_of_another_town_are_refused(thread: Thread, stage: Stage) -> None:
    need = thread.need(BRIDGE)
    project_of(thread, need)
    with pytest.raises(Forbidden):
        make_gift(thread.fund, this_moment(), need=need)
    other = thread.need(BRIDGE)
    other.town_id = uuid4()
    with pytest.raises(Forbidden):
        make_gift(thread.fund, this_moment(), need=other)
    assert Gift.objects.count() == 0


def test_the_form_offers_accepted_needs_and_not_those_with_a_project(
    client: Client, thread: Thread, stage: Stage
) -> None:
    need, decided = thread.need(BRIDGE), thread.need("The school has no warm water since autumn.")
    project = project_of(thread, decided)
    answer = client.get(f"/en/give/{thread.town.slug}/?need={need.pk}")
    text = text_of(answer.content)
    assert f"Need: {need.text}" in text
    assert project.title in text
    assert "warm water since autumn" not in text
    assert f'value="need-{need.pk}" id="id_purpose_2" checked' in " ".join(answer.content.decode().split())
    gone = client.get(f"/en/give/{thread.town.slug}/?need={decided.pk}")
    assert "collects no more gifts" in text_of(gone.content)
    sent = {"choice": "500000", "purpose": f"need-{need.pk}", "currency": "KZT", "submission": str(uuid4())}
    assert client.post(f"/en/give/{thread.town.slug}/", sent).status_code == 303
    assert Gift.objects.get().need == need


def test_the_chain_of_an_accepted_need_leads_to_giving_for_it(client: Client, thread: Thread) -> None:
    need = thread.need(BRIDGE)
    page = client.get(f"/en/chain/{need.pk}/").content.decode()
    assert f'href="/en/give/{thread.town.slug}/?need={need.pk}"' in page
    waiting = thread.filed("The school has no warm water since autumn.")
    assert "?need=" not in client.get(f"/en/chain/{waiting.pk}/").content.decode()
