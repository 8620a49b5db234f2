"""Offers of work and things: made by anybody, answered by the fund, thanked for once, never money, never indiscreet."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from common.errors import DomainError
from common.ids import random_id
from funds.ledger.models import Transaction
from funds.projects.actions import accept_offer, decline_offer, deliver_offer, make_offer, withdraw_offer
from funds.projects.models import Offer
from funds.projects.queries import offers_of_fund
from funds.projects.rules import may_move
from funds.projects.rules.offers import likely_projects
from funds.projects.states import OfferKind, OfferState
from tests.thread import Thread
from users.states import Role

S = OfferState


def offered(thread: Thread, **change: Any) -> Offer:
    facts: dict[str, Any] = {
        "project": None,
        "kind": OfferKind.SKILL,
        "title": "Two days of an electrician",
        "text": "I can mend lamps.",
        "available_through": None,
        "giver_name": "Aigerim S.",
        "giver_email": "aigerim@example.com",
        "name_public": False,
        "language": "en",
        "giver": None,
        "submission_key": uuid4(),
    }
    return make_offer(fund=thread.fund, now=thread.now, **{**facts, **change})


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def form(**change: str) -> dict[str, str]:
    return {
        "kind": "goods", "title": "Ten chairs", "text": "Good wooden chairs.", "purpose": "", "available_through": "",
        "giver_name": "", "giver_email": "giver@example.com", "submission": str(random_id()), **change,
    }  # fmt: skip


@pytest.mark.django_db
def test_an_offer_is_taken_up_given_and_thanked_for(thread: Thread) -> None:
    offer, project = offered(thread), thread.project()
    secretary = thread.the(Role.SECRETARY)
    booked = Transaction.objects.count()
    taken = accept_offer(offer_id=offer.pk, project=project, answer="Come on Monday.", actor=secretary, now=thread.now)
    assert (taken.state, taken.project, taken.answer, taken.answered_by) == (
        S.ACCEPTED,
        project,
        "Come on Monday.",
        secretary,
    )
    given = deliver_offer(offer_id=offer.pk, actor=thread.the(Role.TREASURER), now=thread.now)
    assert (given.state, given.delivered_at) == (S.DELIVERED, thread.now)
    # No offer ever moves money.
    assert Transaction.objects.count() == booked


@pytest.mark.django_db
@pytest.mark.parametrize(
    "role", [None, *(role for role in Role if role not in (Role.CHAIR, Role.SECRETARY, Role.TREASURER))]
)
def test_nobody_else_answers(thread: Thread, role: Role | None) -> None:
    offer, project = offered(thread), thread.project()
    other = thread.somebody(role, everywhere=role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR))
    for act in (
        lambda: accept_offer(offer_id=offer.pk, project=project, answer="", actor=other, now=thread.now),
        lambda: decline_offer(offer_id=offer.pk, answer="No", actor=other, now=thread.now),
        lambda: deliver_offer(offer_id=offer.pk, actor=other, now=thread.now),
    ):
        assert refusal(act) == "forbidden"


@pytest.mark.django_db
def test_an_offer_goes_forward_only(thread: Thread) -> None:
    offer, project, chair = offered(thread), thread.project(), thread.the(Role.CHAIR)
    withdraw_offer(follow_code=offer.follow_code, now=thread.now)
    assert refusal(
        lambda: accept_offer(offer_id=offer.pk, project=project, answer="", actor=chair, now=thread.now)
    ) == ("offer_moved_on")
    assert refusal(lambda: deliver_offer(offer_id=offered(thread).pk, actor=chair, now=thread.now)) == "offer_moved_on"
    moves = {(old, new) for old in S for new in S if may_move(old, new)}
    assert moves == {
        (S.OFFERED, S.ACCEPTED), (S.OFFERED, S.DECLINED), (S.OFFERED, S.WITHDRAWN),
        (S.ACCEPTED, S.DELIVERED), (S.ACCEPTED, S.DECLINED), (S.ACCEPTED, S.WITHDRAWN),
    }  # fmt: skip


@pytest.mark.django_db
def test_of_two_who_answer_at_once_the_second_hears_that_it_was_not_their_answer(thread: Thread) -> None:
    offer, chair = offered(thread), thread.the(Role.CHAIR)
    lamps = thread.project()
    bridge = thread.project(title="Bridge", decision=thread.decision(thread.need("The bridge has no railing at all.")))
    for _click in range(2):
        accept_offer(offer_id=offer.pk, project=lamps, answer="Come on Monday.", actor=chair, now=thread.now)
    for project, answer in ((bridge, "Come on Monday."), (lamps, "Come on Friday.")):
        other = thread.the(Role.SECRETARY)
        act = partial(accept_offer, offer_id=offer.pk, project=project, answer=answer, actor=other, now=thread.now)
        assert refusal(act) == "offer_moved_on"
    offer.refresh_from_db()
    assert (offer.project, offer.answer, offer.answered_by) == (lamps, "Come on Monday.", chair)


@pytest.mark.django_db
def test_declining_needs_words(thread: Thread) -> None:
    offer, chair = offered(thread), thread.the(Role.CHAIR)
    assert refusal(lambda: decline_offer(offer_id=offer.pk, answer=" ", actor=chair, now=thread.now)) == "no_reason"
    with pytest.raises(IntegrityError, match="offer_declined_why"), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(state=S.DECLINED)
    with pytest.raises(IntegrityError, match="offer_accepted_for_a_project"), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(state=S.ACCEPTED)


@pytest.mark.django_db
def test_the_form_makes_one_offer_however_often_it_is_sent(thread: Thread, client: Client) -> None:
    address, sent = reverse("projects:offer_new", args=[thread.town.slug]), form()
    first, second = client.post(address, sent), client.post(address, sent)
    offer = Offer.objects.get()
    own = reverse("projects:follow", args=[offer.follow_code])
    assert (first.status_code, first["Location"], second["Location"]) == (302, own, own)
    assert [letter.to for letter in mail.outbox] == [["giver@example.com"]]
    assert offer.follow_code in mail.outbox[0].body
    page = client.get(own).content.decode()
    assert "Ten chairs" in page
    client.post(reverse("projects:offer_withdraw", args=[offer.follow_code]))
    offer.refresh_from_db()
    assert offer.state == S.WITHDRAWN
    assert client.get(reverse("projects:offer", args=[offer.pk])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "money"}, "kind"),
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"text": "turned \u202e round"}, "text"),
        ({"giver_email": "nobody"}, "giver_email"),
        ({"name_public": "on"}, "giver_name"),
        ({"available_through": "soon"}, "available_through"),
        ({"available_through": "2020-01-01"}, "available_through"),
    ],
)
def test_wrong_words_are_refused_and_kept(thread: Thread, client: Client, change: dict[str, str], field: str) -> None:
    answer = client.post(reverse("projects:offer_new", args=[thread.town.slug]), form(**change))
    assert (answer.status_code, Offer.objects.count()) == (422, 0)
    page = answer.content.decode()
    assert set(re.findall(r'id="id_(\w+)_error"', page)) == {field}
    assert f'value="{change.get("giver_email", "giver@example.com")}"' in page


@pytest.mark.django_db
def test_no_page_tells_who_offered_without_a_name(thread: Thread, client: Client) -> None:
    hidden, shown = offered(thread), offered(thread, name_public=True, title="A van", giver_name="Marat K.")
    listed = client.get(reverse("projects:offers", args=[thread.town.slug])).content.decode()
    one = client.get(reverse("projects:offer", args=[hidden.pk])).content.decode()
    for page in (listed, one):
        assert "Aigerim" not in page
        assert "example.com" not in page
        assert hidden.follow_code not in page
    assert "Marat K." in listed
    assert "Marat K." in client.get(reverse("projects:offer", args=[shown.pk])).content.decode()


@pytest.mark.django_db
def test_the_list_is_paged_and_costs_the_same_for_one_and_three(
    thread: Thread, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    offered(thread)
    with django_assert_num_queries(1):
        offers_of_fund(fund_id=thread.fund.pk)
    for _n in range(24):
        offered(thread)
    with django_assert_num_queries(1):
        first = offers_of_fund(fund_id=thread.fund.pk)
    second = offers_of_fund(fund_id=thread.fund.pk, before=first[-1].id)
    assert (len(first), len(second)) == (20, 5)
    assert len({one.id for one in (*first, *second)}) == 25


@pytest.mark.django_db
def test_answering_through_the_page_mails_the_giver(thread: Thread, client: Client) -> None:
    offer, project = offered(thread), thread.project()
    client.force_login(thread.the(Role.CHAIR))
    address = reverse("projects:offer_answer", args=[offer.pk])
    wrong = client.post(address, {"verdict": "accept", "project": "", "answer": ""})
    assert (wrong.status_code, re.findall(r'id="id_(\w+)_error"', wrong.content.decode())) == (422, ["project"])
    for _click in range(2):
        right = client.post(address, {"verdict": "accept", "project": str(project.pk), "answer": "Gladly."})
        assert right["Location"] == reverse("projects:offers", args=[thread.town.slug])
    assert [(letter.to, "Gladly." in letter.body) for letter in mail.outbox] == [(["aigerim@example.com"], True)]
    for _click in range(2):
        assert client.post(address, {"verdict": "delivered", "answer": ""}).status_code == 302
    assert len(mail.outbox) == 2


def test_an_offer_is_led_to_the_projects_that_share_its_words() -> None:
    lamps, roof, square = (UUID(int=number) for number in (1, 2, 3))
    projects = {
        lamps: "Уличное освещение: новые фонари на улице Мира",
        roof: "Ремонт крыши школы на улице Абая",
        square: "Жаңа алаң және көше шамдары",
    }
    found = likely_projects(offer="Помогу с ремонтом освещения, есть фонарь", projects=projects)
    assert found == {lamps: ("освещения", "фонарь"), roof: ("ремонтом",)}
    assert likely_projects(offer="шамдарды жөндеймін", projects=projects) == {square: ("шамдарды",)}
    # What all of them say tells none apart.
    assert likely_projects(offer="улицами", projects={lamps: projects[lamps], roof: projects[roof]}) == {}
    assert likely_projects(offer="Two days", projects=projects) == {}


@pytest.mark.django_db
def test_whoever_answers_is_shown_the_likely_project_first(thread: Thread, client: Client) -> None:
    thread.project()
    likely = thread.project()
    type(likely).objects.filter(pk=likely.pk).update(title="Electricians for the school")
    offer = offered(thread)
    client.force_login(thread.the(Role.TREASURER))
    page = client.get(reverse("projects:offer_answer", args=[offer.pk])).content.decode()
    assert ("Projects that it may suit" in page, "electrician</span>" in page) == (True, True)
    assert page.index("Electricians for the school</option>") < page.index("</option>", page.index("Choose one") + 30)
