"""Chair and secretary write the list: refusals that keep what was typed, one list a sending, nothing that changes."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from common import clock
from common.errors import DomainError, Forbidden
from common.ids import random_id
from councils.indicators.queries.order import NeedsOrder
from councils.priorities.actions import publish_list, save_draft
from councils.priorities.models import Priority, PriorityDraft, PriorityList
from councils.priorities.rules import Entry
from tests.payments.stage import text_of
from tests.priorities.conftest import WHY, signed_in, typed
from tests.things_of_the_town import person
from towns.models import Town
from transparency.queries import entries_about
from transparency.rules.canonical import read_canonical

pytestmark = pytest.mark.xdist_group("demo")


def address(town: Town) -> str:
    with override("en"):
        return reverse("priorities:write", args=[town.slug])


def by_evidence(evidence: NeedsOrder) -> list[str]:
    return [one.need for one in evidence.order.places]


def test_the_form_begins_at_the_evidence(client: Client, demo: Town, evidence: NeedsOrder) -> None:
    page = signed_in(client, "secretary").get(address(demo)).content.decode()
    for place, need in enumerate(by_evidence(evidence), start=1):
        assert f'name="place_{need}" value="{place}"' in page
    assert 'value="draft"' in page
    assert 'value="publish"' not in page


def test_the_secretary_prepares_and_the_chair_publishes(client: Client, demo: Town, evidence: NeedsOrder) -> None:
    needs = by_evidence(evidence)
    sent = typed(evidence, needs, {}, "draft") | {"text": "After two sittings."}
    assert signed_in(client, "secretary").post(address(demo), sent).status_code == 302
    assert client.post(address(demo), typed(evidence, needs, {})).status_code == 403
    assert PriorityList.objects.filter(council__town=demo).count() == 1
    chair = signed_in(client, "chair")
    page = chair.get(address(demo))
    assert "Draft saved by" in text_of(page.content)
    assert "After two sittings." in page.content.decode()
    assert 'value="publish"' in page.content.decode()
    assert chair.post(address(demo), typed(evidence, needs, {})).status_code == 302
    newest = PriorityList.objects.get(council__town=demo, number=2)
    assert (newest.judged, newest.departed) == (len(needs), 0)
    assert list(newest.priorities.order_by("place").values_list("need", flat=True)) == needs
    assert not PriorityDraft.objects.exists()


def test_a_departure_without_a_reason_is_refused_and_what_was_typed_is_kept(
    client: Client, demo: Town, evidence: NeedsOrder
) -> None:
    first, *others = by_evidence(evidence)[::-1]
    sent = typed(evidence, [first, *others], {first: "So."})
    answer = signed_in(client, "chair").post(address(demo), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This place departs from the evidence: write why" in text_of(answer.content)
    assert f'name="place_{first}" value="1"' in page
    assert ">\nSo.</textarea>" in page
    assert PriorityList.objects.filter(council__town=demo).count() == 1


def test_a_need_left_out_against_the_evidence_is_counted_with_its_reason(
    client: Client, demo: Town, evidence: NeedsOrder
) -> None:
    needs = by_evidence(evidence)
    kept = needs[1:9]
    missing = [one.need for one in evidence.order.places if one.need not in kept and one.worst <= len(kept)]
    assert missing == needs[:1]
    sent = typed(evidence, kept, dict.fromkeys(needs, WHY))
    assert signed_in(client, "chair").post(address(demo), sent).status_code == 302
    left_out = Priority.objects.get(list__number=2, place__isnull=True)
    assert (left_out.need, left_out.departs, left_out.reason) == (needs[0], True, WHY)


def test_the_list_stands_in_the_towns_log_and_is_published_once(demo: Town, evidence: NeedsOrder) -> None:
    key, facts = random_id(), {"town": demo, "publication_id": evidence.publication.pk, "text": "", "language": "en"}
    entries = [Entry(need, place) for place, need in enumerate(by_evidence(evidence), start=1)]
    moment = clock.now()
    for _ in range(2):
        found = publish_list(
            actor=person("chair"),
            entries=entries,
            decided_date=clock.day_of(moment),
            submission=key,
            now=moment,
            **facts,  # type: ignore[arg-type]
        )
    assert (found.pk, PriorityList.objects.filter(council__town=demo).count()) == (key, 2)
    [entry] = entries_about(key)
    body = read_canonical(bytes(entry.body))
    assert (entry.kind, body["what"], body["places"], body["departures"]) == (
        "decision",
        "priorities",
        by_evidence(evidence),
        [],
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"publication_id": random_id()}, "evidence_changed"),
        ({"entries": []}, "places_missing"),
        ({"entries": [Entry("palace", 1)]}, "unknown_need"),
        ({"decided_date": clock.day_of(clock.now()).replace(year=2099)}, "day_wrong"),
        ({"town": "rudny"}, "no_council"),
    ],
)
def test_what_cannot_be_published(changed: dict[str, object], code: str, demo: Town, evidence: NeedsOrder) -> None:
    moment = clock.now()
    facts: dict[str, object] = {
        "actor": person("chair"),
        "town": demo,
        "entries": [Entry(need, place) for place, need in enumerate(by_evidence(evidence), start=1)],
        "publication_id": evidence.publication.pk,
        "decided_date": clock.day_of(moment),
        "text": "",
        "language": "en",
        "submission": random_id(),
        "now": moment,
    } | changed
    if facts["town"] == "rudny":
        facts |= {"town": Town.objects.get(slug="rudny"), "actor": person("administrator")}
        with pytest.raises(Forbidden):
            publish_list(**facts)  # type: ignore[arg-type]
        return
    with pytest.raises(DomainError) as refusal:
        publish_list(**facts)  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert PriorityList.objects.filter(council__town=demo).count() == 1


@pytest.mark.parametrize("key", ["resident", "councillor", "akimat"])
def test_nobody_else_prepares(key: str, demo: Town) -> None:
    with pytest.raises(Forbidden):
        save_draft(actor=person(key), town=demo, entries=[Entry("water", 1)], now=clock.now())


def test_the_database_refuses_changes_and_departures_without_a_reason(adopted: PriorityList) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        PriorityList.objects.filter(pk=adopted.pk).update(departed=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        Priority.objects.filter(list=adopted).delete()
    wrong: list[dict[str, object]] = [
        {"place": 9, "best": 1, "worst": 2, "departs": False},
        {"place": 9, "best": 1, "worst": 2, "departs": True},
        {"place": None, "best": 1, "worst": 2, "departs": False},
        {"place": 9, "best": 8, "worst": 9, "departs": True, "reason": WHY},
        {"place": None, "best": None, "worst": None, "departs": True, "reason": WHY},
    ]
    for facts in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            Priority.objects.create(list=adopted, need="palace", **facts)


def test_nobody_slips_a_need_into_a_published_list(adopted: PriorityList) -> None:
    with pytest.raises(DatabaseError, match="is published and stays as it is"), transaction.atomic():
        Priority.objects.create(list=adopted, need="palace", place=99, departs=False)


@pytest.mark.parametrize("blank", ["\u3164", "\u2800", "\ufe0f", "\u0301", "."])
def test_a_reason_is_made_of_letters(client: Client, demo: Town, evidence: NeedsOrder, blank: str) -> None:
    needs = by_evidence(evidence)[::-1]
    sent = typed(evidence, needs, dict.fromkeys(needs, blank * 30))
    assert signed_in(client, "chair").post(address(demo), sent).status_code == 422
    assert PriorityList.objects.filter(council__town=demo).count() == 1
