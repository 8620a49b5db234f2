"""The chain of a need at each stage: what stands, what waits, what was refused, and where each link leads."""

import re
from http import HTTPStatus

import pytest
from django.test import Client

from councils.meetings.models import Decision
from councils.meetings.states import Choice
from councils.needs.actions import refuse_need
from councils.needs.models import Need
from councils.needs.states import RefusalReason
from funds.spending.states import ApprovalVerdict
from portal.chain import GIFTS_SHOWN, Chain, chain_of
from portal.demo.papers import street_at_night
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db


def chain(need: Need) -> Chain:
    return chain_of(need=Need.objects.select_related("town").get(pk=need.pk), language="en")


def stage(need: Need) -> list[tuple[str, str]]:
    """State and words of the six links, and the same words on the page."""
    links = chain(need).links
    answer = Client().get(f"/en/chain/{need.pk}/")
    assert answer.status_code == HTTPStatus.OK
    page = answer.content.decode()
    drawn = re.findall(r'<li class="link (\w+)">', page)
    assert drawn == [link.state for link in links]
    done = sum(state == "ok" for state in drawn)
    assert f"{done} of 6 links stand" in page
    for link in links:
        assert not link.url or f'href="{link.url}"' in page
        for _words, address in link.actions:
            assert f'href="{address.replace("&", "&amp;")}"' in page
    assert [link.label for link in links] == ["Need", "Decision", "Project", "Gifts", "Payment", "Proof"]
    return [(link.state, link.state_text) for link in links]


NEED = ("ok", "accepted by the council")
DECISION = ("ok", "adopted")
PROJECT = ("ok", "opened")
COLLECTING = ("wait", "collecting")
TO_COME = ("plain", "to come")


def test_a_need_that_waits_has_no_public_chain(thread: Thread) -> None:
    need = thread.filed()
    assert Client().get(f"/en/chain/{need.pk}/").status_code == HTTPStatus.NOT_FOUND
    assert chain(need).states == ["wait", "plain", "plain", "plain", "plain", "plain"]


def test_an_accepted_need(thread: Thread) -> None:
    need = thread.need()
    assert stage(need) == [NEED, *[TO_COME] * 5]
    assert chain(need).links[0].date == "2 November 2026"
    assert chain(need).links[0].text == "Street lighting"


def test_a_refused_need(thread: Thread) -> None:
    need = refuse_need(
        actor=thread.the(Role.CHAIR),
        need=thread.filed(),
        reason=RefusalReason.NOT_LOCAL,
        answer="The town cannot.",
        now=thread.now,
    )
    assert stage(need) == [("no", "refused, with a reason"), *[TO_COME] * 5]


def test_a_need_hidden_for_what_it_tells_about_somebody(thread: Thread) -> None:
    need = refuse_need(
        actor=thread.the(Role.CHAIR),
        need=thread.filed("My neighbour Askar drinks."),
        reason=RefusalReason.PERSONAL,
        answer="Please name nobody.",
        now=thread.now,
    )
    answer = Client().get(f"/en/chain/{need.pk}/")
    assert (answer.status_code, b"Askar" in answer.content) == (HTTPStatus.NOT_FOUND, False)


def test_a_rejected_decision(thread: Thread) -> None:
    decision = thread.decision(choice=Choice.AGAINST)
    assert stage(decision.need) == [NEED, ("no", "rejected"), *[TO_COME] * 4]
    link = chain(decision.need).links[1]
    assert (link.text, link.url) == (
        "in favour 0, against 3, abstained 0",
        f"/en/decisions/decision/{decision.pk}/",
    )


def test_an_adopted_decision_leads_to_the_form_that_opens_its_project(thread: Thread) -> None:
    decision = thread.decision()
    assert stage(decision.need) == [NEED, DECISION, *[TO_COME] * 4]
    [(_words, address)] = chain(decision.need).links[2].actions
    assert address == f"/en/projects/decision/{decision.pk}/open/"


def test_the_adopted_decision_counts_whatever_was_rejected_before(thread: Thread) -> None:
    need = thread.need()
    thread.decision(need, choice=Choice.AGAINST)
    thread.decision(need, choice=Choice.FOR)
    assert Decision.objects.count() == 2
    assert stage(need)[1] == DECISION


def test_a_project_without_gifts(thread: Thread) -> None:
    project = thread.project()
    assert stage(project.decision.need) == [
        NEED,
        DECISION,
        PROJECT,
        ("wait", "waiting for the first gift"),
        *[TO_COME] * 2,
    ]
    links = chain(project.decision.need).links
    assert links[2].amount.replace("\xa0", " ") == "1 000 000 ₸"
    assert links[3].actions == [("Give to this project", f"/en/give/temirtau/?project={project.pk}")]


def test_gifts_in_several_currencies_stand_side_by_side(thread: Thread) -> None:
    project = thread.project()
    thread.gift(project, 400_000, name="Dana")
    thread.gift(project, 50, "EUR")
    assert stage(project.decision.need)[3] == COLLECTING
    found = chain(project.decision.need)
    assert found.links[3].amount.replace("\xa0", " ") == "400 000 ₸ + 50 €"
    assert (found.links[3].title, found.links[3].url) == ("2 gifts", "#gifts")
    page = Client().get(f"/en/chain/{project.decision.need_id}/").content.decode()
    assert ("Dana" in page, "Anonymous" in page, 'id="gifts"' in page) == (True, True, True)


def test_gifts_that_cover_the_cost(thread: Thread) -> None:
    project = thread.project(goal=500_000)
    thread.gift(project, 499_500)
    assert stage(project.decision.need)[3] == COLLECTING
    thread.gift(project, 500)
    assert stage(project.decision.need)[3] == ("ok", "cost covered")
    assert chain(project.decision.need).links[3].actions == []


def test_gifts_of_other_projects_do_not_count(thread: Thread) -> None:
    project, other = thread.project(), thread.project()
    thread.gift(other, 5_000)
    thread.gift(None, 5_000)
    assert stage(project.decision.need)[3] == ("wait", "waiting for the first gift")


def test_more_gifts_than_are_shown(thread: Thread) -> None:
    project = thread.project()
    for number in range(GIFTS_SHOWN):
        thread.gift(project, 1_000 + number)
    assert chain(project.decision.need).links[3].title == f"{GIFTS_SHOWN} gifts"
    thread.gift(project, 5_000)
    found = chain(project.decision.need)
    assert (found.links[3].title, len(found.gifts)) == (f"{GIFTS_SHOWN} gifts and more", GIFTS_SHOWN)


def test_a_request_waits_is_approved_paid_and_proven(thread: Thread) -> None:
    project = thread.funded()
    need = project.decision.need
    request = thread.request(project)
    before = [NEED, DECISION, PROJECT, COLLECTING]
    assert stage(need) == [*before, ("wait", "waiting for approval"), TO_COME]
    thread.decide(request)
    assert stage(need) == [*before, ("wait", "approved"), TO_COME]
    thread.pay(request)
    assert stage(need) == [*before, ("ok", "paid after approvals by others"), ("wait", "waiting for the proof")]
    thread.published(project, 50_000)
    assert stage(need)[4:] == [("ok", "paid after approvals by others"), ("wait", "more to come")]
    links = chain(need).links
    assert (links[4].title, links[4].url, links[4].amount.replace("\xa0", " ")) == (
        "2 payments",
        "#payments",
        "150 000 ₸",
    )


def test_a_published_proof_ends_the_chain(thread: Thread) -> None:
    project = thread.funded(1_000_000)
    request = thread.published(project, photo=street_at_night())
    assert stage(project.decision.need)[3:] == [
        ("ok", "cost covered"),
        ("ok", "paid after approvals by others"),
        ("ok", "published"),
    ]
    proof = chain(project.decision.need).links[5]
    assert (proof.title, proof.text) == ("Document and photo published", "Twelve lamps burn.")
    assert proof.date == "19 November 2026"
    assert [address for _words, address in proof.actions] == [
        f"/en/spending/request/{request.pk}/proof/",
        f"/en/spending/request/{request.pk}/photo/",
    ]


def test_a_refused_request(thread: Thread) -> None:
    project = thread.funded()
    thread.decide(thread.request(project), [ApprovalVerdict.REFUSE])
    assert stage(project.decision.need)[4:] == [("no", "refused"), TO_COME]


def test_a_refusal_does_not_hide_a_request_that_waits(thread: Thread) -> None:
    project = thread.funded()
    waiting = thread.request(project)
    thread.decide(thread.request(project, purpose="Twelve posts"), [ApprovalVerdict.REFUSE])
    assert stage(project.decision.need)[4] == ("wait", "waiting for approval")
    assert chain(project.decision.need).links[4].url == f"/en/spending/request/{waiting.pk}/"


def test_words_that_people_typed_are_text(thread: Thread) -> None:
    need = thread.need('<script>alert("1")</script> & the lamps are dark')
    thread.gift(thread.project(thread.decision(need)), 1_000, name="<b>Dana</b>")
    page = Client().get(f"/en/chain/{need.pk}/").content.decode()
    assert ("<script>" in page, "<b>Dana" in page, "&lt;b&gt;Dana&lt;/b&gt;" in page) == (False, False, True)
