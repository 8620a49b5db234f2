"""A gift without a public name: booked with others, told by a band, and found nowhere by name, address or sum."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from audit.models import Record
from common.money import Money
from config.settings import base
from funds.donations import actions, queries
from funds.donations.models import Batch, Gift
from funds.donations.rules import band, commitment_text
from funds.ledger.models import Entry, Fund, Transaction
from funds.payments.models import Movement
from funds.payments.rules import MovementFact, Payment, PaymentStatus
from funds.projects.models import Project
from tests.payments.stage import Stage, make_fund, make_gift, make_project, opened, text_of
from transparency.models import Entry as LogEntry

pytestmark = pytest.mark.django_db
ODD = 7_773_31
FORMS = ("777331", "7773,31", "7 773,31", "7\u00a0773,31", "7\u202f773,31", "7,773.31", "7773.31", "7.773,31")
SECRETS = ("Zhansaya Sadykova", "zhansaya@example.com", *FORMS)


def received(fund: Fund, now: datetime, minor: int, project: Project | None = None, **facts: object) -> Gift:
    told = {"donor_name": "", "name_public": False, "project": project, "amount": Money(minor, "KZT"), **facts}
    gift = make_gift(fund, now, **told)
    moved = MovementFact(
        f"txn_{gift.pk.hex}", "charge", "charge", minor, 150_00, "KZT", now, now, payment_id=f"pi_{gift.pk.hex}"
    )
    payment = Payment(
        f"pi_{gift.pk.hex}", gift.pk, PaymentStatus.SUCCEEDED, gift_amount(gift), f"ch_{gift.pk.hex}", now, moved
    )
    actions.bring_forward(gift_id=gift.pk, payment=payment, checkout=None, now=now)
    gift.refresh_from_db()
    return gift


def gift_amount(gift: Gift) -> Money:
    return Money(gift.amount_minor, gift.currency)


@pytest.mark.parametrize(
    ("minor", "low", "high"),
    [
        (1, 1, 2),
        (1_00, 1_00, 2_00),
        (1_99, 1_00, 2_00),
        (2_00, 2_00, 5_00),
        (4_99, 2_00, 5_00),
        (7_773_31, 5_000_00, 10_000_00),
    ],
)
def test_bands_go_by_one_two_and_five(minor: int, low: int, high: int) -> None:
    assert band(Money(minor, "KZT")) == (Money(low, "KZT"), Money(high, "KZT"))


def test_the_third_gift_of_a_purpose_publishes_all_three_in_one_line(now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    first = [received(fund, now, minor, project) for minor in (ODD, 1_000_00)]
    received(fund, now, 3_000_00)  # another purpose
    assert (Entry.objects.count(), Batch.objects.count()) == (0, 0)
    third = received(fund, now, 2_000_00, project)
    batch = Batch.objects.get()
    assert [gift.batch_id for gift in Gift.objects.filter(pk__in=[one.pk for one in (*first, third)])] == [batch.pk] * 3
    total = ODD + 1_000_00 + 2_000_00
    rows = Entry.objects.order_by("id").values_list("transaction__kind", "account__code", "amount_minor")
    assert list(rows) == [
        ("gift", "stripe", total),
        ("gift", "gifts", -total),
        ("fee", "fees", 450_00),
        ("fee", "stripe", -450_00),
    ]
    assert set(Transaction.objects.values_list("subject_id", flat=True)) == {batch.pk}
    states = Movement.objects.filter(payment_id__in=[one.payment_intent for one in (*first, third)])
    assert set(states.values_list("state", flat=True)) == {"booked"}


def test_the_oldest_gift_waits_seven_days_at_most(now: datetime) -> None:
    fund = make_fund(now)
    gift = received(fund, now, ODD)
    assert actions.publish_due(now=now + timedelta(days=6)) == 0
    assert actions.publish_due(now=now + timedelta(days=7)) == 1
    assert actions.publish_due(now=now + timedelta(days=7)) == 0
    gift.refresh_from_db()
    assert gift.batch is not None
    assert gift.batch.gifts_count == 1


def test_totals_tell_what_is_booked_and_lists_tell_bands(now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    received(fund, now, 1_000_00, project, donor_name="Aigul", name_public=True)
    for minor in (ODD, 6_000_00):
        received(fund, now, minor, project)
    raised = queries.raised_by_projects(project_ids=[project.pk])[project.pk]
    assert (raised.gifts, raised.waiting, raised.amounts) == (1, 2, (Money(1_000_00, "KZT"),))
    shown = queries.gifts_of_project(project_id=project.pk)
    assert [(one.amount, one.seq) for one in shown if one.band] == [(None, None)] * 2
    received(fund, now, 9_000_00, project)
    raised = queries.raised_by_projects(project_ids=[project.pk])[project.pk]
    total = Money(1_000_00 + ODD + 6_000_00 + 9_000_00, "KZT")
    assert (raised.gifts, raised.waiting, raised.amounts) == (4, 0, (total,))
    bands = {one.band for one in queries.gifts_of_project(project_id=project.pk) if one.band}
    assert bands == {(Money(5_000_00, "KZT"), Money(10_000_00, "KZT"))}
    seqs = {one.seq for one in queries.gifts_of_project(project_id=project.pk) if one.band}
    assert seqs == {Batch.objects.get().transaction.seq}


def test_the_line_commits_to_each_gift_and_opens_none(now: datetime) -> None:
    fund = make_fund(now)
    for minor in (ODD, 1_000_00, 2_000_00):
        received(fund, now, minor, donor_name="Zhansaya Sadykova")
    body = bytes(LogEntry.objects.filter(kind="transaction").order_by("index")[0].body).decode()
    assert body.count('"gift_') == 3
    assert all(secret not in body for secret in SECRETS)
    assert commitment_text(Money(ODD, "KZT"), "A") == "777331 KZT, A"


def test_nothing_tells_who_gave_or_how_much(
    client: Client, stage: Stage, now: datetime, caplog: pytest.LogCaptureFixture, settings: Settings, tmp_path: Path
) -> None:
    # As the site's own settings have it: the SDK tells requests at lower levels, and those are never switched on.
    assert base.LOGGING["loggers"]["stripe"] == {"level": "WARNING"}  # type: ignore[index]
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, logger="stripe")
    fund = make_fund(now)
    project = make_project(fund, now)
    for minor in (ODD, 2_345_00):
        gift, checkout = opened(
            make_gift(
                fund,
                now,
                project=project,
                amount=Money(minor, "KZT"),
                donor_name="Zhansaya Sadykova",
                donor_email="zhansaya@example.com",
                name_public=False,
            )
        )
        stage.pay(checkout)
        stage.fee_arrives(gift)
        for event in stage.events_of(gift):
            stage.deliver(event)
    seen = _everything(client, project)
    assert len(Batch.objects.all()) == 0
    received(fund, now, 1_000_00, project)
    assert Batch.objects.get().gifts_count == 3
    seen |= _everything(client, project)
    seen["django's log"] = "\n".join(record.getMessage() for record in caplog.records)
    seen["audit"] = "\n".join(str(row) for row in Record.objects.values_list())
    seen["public log"] = "\n".join(bytes(entry.body).decode() for entry in LogEntry.objects.all())
    seen["ledger"] = "\n".join(str(row) for row in Entry.objects.values_list("amount_minor", "transaction__memo"))
    found = [(where, secret) for where, text in seen.items() for secret in SECRETS if secret in text]
    assert found == []


def _everything(client: Client, project: Project) -> dict[str, str]:
    """Every public page, file and API answer in which a gift could stand."""
    need = project.decision.need_id
    paths = [
        *(f"/{language}/ledger/temirtau/" for language in ("kk", "ru", "de", "en")),
        "/en/towns/temirtau/",
        f"/en/projects/project/{project.pk}/",
        "/en/projects/temirtau/",
        f"/en/chain/{need}/",
        "/en/donors/temirtau/",
        "/en/ledger/temirtau/ledger.csv",
        "/en/ledger/temirtau/ledger.json",
        "/api/v1/ledger/?town=temirtau",
        "/en/",
        *(f"/en/ledger/temirtau/{seq}/" for seq in Transaction.objects.values_list("seq", flat=True)),
    ]
    seen = {}
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        body = b"".join(answer) if answer.streaming else answer.content
        seen[path] = f"{text_of(body)} {body.decode(errors='replace')}"
    return seen
