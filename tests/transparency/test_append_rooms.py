"""Decisions, approvals and publications stand in the town's log, and nobody's name, text or reason does."""

import json
from uuid import UUID

from councils.indicators.models import Estimate, Publication
from councils.indicators.rules.statement import PublishedFigure, figures_sha256
from councils.meetings.models import Decision, Vote
from funds.spending.models import Approval
from towns.models import Town
from transparency import queries
from transparency.models import Entry
from transparency.states import Kind
from users.models import User

Body = dict[str, object]


def bodies(ref: UUID) -> list[Body]:
    return [json.loads(bytes(entry.body)) for entry in queries.entries_about(ref)]


def test_a_decision_shows_numbers_and_votes_and_hides_people_and_words(demo: Town) -> None:
    decision = Decision.objects.filter(council__town=demo).latest("number")
    [body] = bodies(decision.pk)
    votes = list(Vote.objects.filter(decision=decision).values_list("choice", flat=True))
    assert sorted(body["votes"]) == sorted(votes)  # type: ignore[call-overload]
    assert (body["type"], body["number"], body["outcome"], body["in_favour"]) == (
        "decision",
        decision.number,
        decision.outcome,
        decision.in_favour,
    )
    [index] = [entry.index for entry in queries.entries_about(decision.pk)]
    opened = {one.field: one.value for one in queries.openings_of(demo.slug, index)}
    assert (opened["title"], opened["text"]) == (decision.title, decision.text)
    assert len([field for field in opened if field.startswith("member_")]) == len(votes)
    assert set(opened) == set(body["commitments"])  # type: ignore[call-overload]


def test_each_approval_is_an_entry_about_its_request(demo: Town) -> None:
    approval = Approval.objects.filter(request__project__fund__town=demo)[0]
    told = bodies(approval.request_id)
    assert len(told) == Approval.objects.filter(request=approval.request).count()
    assert {body["type"] for body in told} == {"approval"}
    assert [body["given"] for body in told] == list(range(1, len(told) + 1))
    assert {body["amount"] for body in told} == {approval.request.amount_minor}


def test_a_publication_is_the_hash_of_its_figures(demo: Town) -> None:
    publication = Publication.objects.filter(wave__town=demo)[0]
    rows = Estimate.objects.filter(publication=publication)
    figures = [
        PublishedFigure(r.indicator, r.option, r.weighted, r.value, r.ci_low, r.ci_high, r.n) for r in reversed(rows)
    ]
    [body] = bodies(publication.pk)
    assert (body["figures_sha256"], body["figures"]) == (figures_sha256(figures), len(figures))
    assert body["address"] == f"/indicators/{publication.wave_id}/"
    changed = [figures[0].__class__(**{**{n: getattr(figures[0], n) for n in figures[0].__slots__}, "base": 1})]
    assert figures_sha256([*changed, *figures[1:]]) != body["figures_sha256"]


def test_no_body_holds_a_person(demo: Town) -> None:
    """No name, address or id of anybody who has an account stands in any entry."""
    people = list(User.objects.all())
    secrets = {str(user.pk) for user in people} | {user.email for user in people}
    secrets |= {user.display_name for user in people if user.display_name}
    entries = [(entry.kind, bytes(entry.body).decode()) for entry in Entry.objects.exclude(kind=Kind.TRANSACTION)]
    assert {Kind.DECISION, Kind.APPROVAL, Kind.PUBLICATION} <= {Kind(kind) for kind, _ in entries}
    assert [(kind, secret) for kind, body in entries for secret in secrets if secret in body] == []
