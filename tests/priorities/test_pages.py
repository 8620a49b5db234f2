"""What everybody reads: the list beside the evidence, reasons, how often councils depart; the API says the same."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from common import clock
from common.ids import random_id
from councils.indicators.queries.order import NeedsOrder
from councils.meetings.models import Decision
from councils.needs.models import Need
from councils.needs.queries import counts_by_category
from councils.priorities.actions import publish_list
from councils.priorities.models import Priority, PriorityList
from councils.priorities.rules import Entry
from tests.payments.stage import text_of
from tests.things_of_the_town import person
from towns.models import Town

pytestmark = pytest.mark.xdist_group("demo")


def words(client: Client, name: str, *args: object) -> str:
    with override("en"):
        answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return text_of(answer.content)


def replace(town: Town, evidence: NeedsOrder) -> PriorityList:
    moment = clock.now()
    return publish_list(
        actor=person("chair"),
        town=town,
        entries=[Entry(one.need, one.place) for one in evidence.order.places],
        publication_id=evidence.publication.pk,
        decided_date=clock.day_of(moment),
        text="We follow the residents.",
        language="en",
        submission=random_id(),
        now=moment,
    )


def test_the_list_stands_beside_the_evidence_with_the_reason_of_its_departure(
    client: Client, demo: Town, adopted: PriorityList
) -> None:
    page = words(client, "portal:priorities", demo.slug)
    [departing] = Priority.objects.filter(list=adopted, departs=True)
    assert (departing.need, departing.place) == ("lighting", 1)
    assert page.count("departs from the evidence") == 1
    assert departing.reason in page
    assert f"1 of {adopted.judged} (" in page
    assert f"between place {departing.best} and place {departing.worst}" in page
    assert "Needs accepted" in page


def test_each_need_says_how_many_accepted_needs_stand_behind_it(client: Client, demo: Town) -> None:
    filed = counts_by_category(town=demo)
    assert filed == {"lighting": 1, "roads": 1, "transport": 1, "water": 1}
    with override("en"):
        page = client.get(reverse("portal:priorities", args=[demo.slug])).content.decode()
        listed = reverse("needs:list", args=[demo.slug])
    assert f'href="{listed}?category=lighting">1</a>' in page


def test_a_new_list_replaces_the_old_one_which_stays_readable(
    client: Client, demo: Town, adopted: PriorityList, evidence: NeedsOrder
) -> None:
    newest = replace(demo, evidence)
    page = words(client, "portal:priorities", demo.slug)
    assert "We follow the residents." in page
    assert f"0 of {newest.judged} (0%)" in page
    assert f"1 of {newest.judged + adopted.judged} (" in page
    old = words(client, "portal:priority_list", adopted.pk)
    assert "A newer list has replaced this one." in old
    assert Priority.objects.get(list=adopted, departs=True).reason in old


def test_departures_are_counted_for_every_town(client: Client, demo: Town, adopted: PriorityList) -> None:
    page = words(client, "portal:priorities_of_towns")
    assert page.count(f"1 of {adopted.judged} (") == 3  # the town's newest, all of the town's, all councils'
    assert "1 councils with a list" in page or "councils with a list of priorities 1" in page
    others = page.partition("Councils that have not published a list yet")[2]
    assert (demo.name_in("en") in others, "Ridder" in others) == (False, True)


def test_needs_and_decisions_name_the_place(client: Client, demo: Town, adopted: PriorityList) -> None:
    decision = Decision.objects.filter(council__town=demo, need__category="lighting")[0]
    told = "What this need is about has place 1 on the council's list of priorities"
    assert told in words(client, "meetings:detail", decision.pk)
    assert told in words(client, "needs:detail", decision.need_id)
    unlisted = Need.objects.get(town=demo, category="transport")
    listed = Priority.objects.filter(list=adopted, need="transport").exists()
    assert listed == ("has place" in words(client, "needs:detail", unlisted.pk))


def test_a_town_without_a_list_says_so(client: Client, demo: Town) -> None:
    assert "The council has not published a list of priorities yet." in words(client, "portal:priorities", "rudny")
    with override("en"):
        assert client.get(reverse("portal:priority_list", args=[random_id()])).status_code == 404


def test_programs_read_the_same(client: Client, demo: Town, adopted: PriorityList, evidence: NeedsOrder) -> None:
    newest = replace(demo, evidence)
    found = client.get("/api/v1/priorities/", {"town": demo.slug}).json()
    assert [(one["id"], one["judged"], one["departed"]) for one in found["results"]] == [
        (str(adopted.pk), adopted.judged, 1),
        (str(newest.pk), newest.judged, 0),
    ]
    first = found["results"][0]["priorities"][0]
    told = Priority.objects.get(list=adopted, place=1)
    assert first == {
        name: getattr(told, name) for name in ("need", "place", "evidence", "best", "worst", "departs", "reason")
    }
    one = client.get("/api/v1/priorities/", {"limit": 1}).json()
    assert one["next_after"] == str(adopted.pk)
    rest = client.get("/api/v1/priorities/", {"after": one["next_after"]}).json()
    assert ([row["id"] for row in rest["results"]], rest["next_after"]) == ([str(newest.pk)], None)
    assert client.get("/api/v1/priorities/", {"town": "rudny"}).json()["results"] == []
    assert client.get("/api/v1/priorities/", {"town": "nowhere"}).status_code == 404
    assert client.get("/api/v1/priorities/", {"limit": 0}).status_code == 400


def test_few_queries_however_long_the_history(client: Client, demo: Town, evidence: NeedsOrder) -> None:
    def counted(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    with override("en"):
        paths = [
            reverse("portal:priorities", args=[demo.slug]),
            reverse("portal:priorities_of_towns"),
            "/api/v1/priorities/",
        ]
    for path in paths:
        counted(path)  # what a process reads once
    once = [counted(path) for path in paths]
    for _ in range(2):
        replace(demo, evidence)
    assert [counted(path) for path in paths] == once
    assert once[0] <= 12
    assert once[1] <= 5
    assert once[2] <= 3
