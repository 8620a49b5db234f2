"""A gift without a public name leaves no trace that anybody else could read: no page, file, API answer, log line,
letter or leftover of a task tells who gave it, nor its sum, whatever befalls it. A named gift beside it is found by the
same search, so the search can fail.
"""

import functools
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery.signals import task_prerun
from django.core import mail
from django.core.cache import cache, caches
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from audit.models import Record
from common import clock
from common.money import Money
from config.settings import base
from funds.donations.actions import publish_due
from funds.donations.actions.hand_returns import book_returns_due
from funds.donations.models import Gift
from funds.ledger.models import Fund, Transaction
from funds.payments.models import BankLine, PayoutShare
from funds.payments.tasks.card import book_movements
from funds.projects.models import Project
from tests.addresses import DONOR, ROWS, VISITOR, address_of
from tests.donations import nameless
from tests.donations.nameless import NAMED, NAMED_SUM, read, traces
from tests.payments.stage import Stage, eager, stage, stand_in, stripe_settings
from tests.things import OBJECTS
from tests.things_of_the_town import person
from towns.models import Town
from transparency.models import Entry as LogEntry
from transparency.models import Log
from users.states import Role

__all__ = ["eager", "stage", "stand_in", "stripe_settings"]
HERE = ("ledger:", "donations:", "projects:", "portal:", "spending:", "reports:")
OF_OTHERS = (DONOR, Role.AUDITOR.value, Role.CHAIR.value)
GETS = sorted(
    name
    for name, row in ROWS.items()
    # The slip of a counted box, which the demo world has one of; and the demo's own doors.
    if row.method == "GET" and row.object != "answered_cash_count" and not name.startswith("demo:")
)


class Search:
    """The demo town with its hidden gifts, and everything that can be read of it."""

    def __init__(self, made: nameless.Nameless, town: Town) -> None:
        self.made, self.town = made, town
        with override("en"):
            self.addresses = {name: address_of(ROWS[name], town) for name in GETS}

    def public(self, *languages: str) -> Iterator[tuple[str, str]]:
        """What a visitor reads: every address, and every line of the ledger and the log by itself."""
        pages = [self.addresses[name] for name in GETS if VISITOR in ROWS[name].allowed]
        slug, entries = self.town.slug, LogEntry.objects.filter(log_id=Log.objects.get(slug=self.town.slug).pk).count()
        with override("en"):
            seqs = Transaction.objects.filter(fund__town=self.town).order_by("-seq").values_list("seq", flat=True)
            pages += [reverse("ledger:transaction", args=[slug, seq]) for seq in seqs[:60]]
            pages += [reverse("portal:proof", args=[slug, index]) for index in range(max(0, entries - 5), entries)]
        for language in languages:
            for page in pages:
                if language == "en" or page.startswith("/en/"):
                    told = page.replace("/en/", f"/{language}/", 1)
                    yield told, read(Client().get(told))

    def of_others(self) -> Iterator[tuple[str, str]]:
        """What people with an account or a role read besides; the treasurer alone knows the givers."""
        for role in OF_OTHERS:
            client = Client()
            client.force_login(person(role))
            for name in GETS:
                if VISITOR not in ROWS[name].allowed and role in ROWS[name].allowed:
                    yield f"{role} {name}", read(client.get(self.addresses[name]))

    def found(self, texts: Iterator[tuple[str, str]], *, staff: bool = False) -> list[tuple[str, str]]:
        """Where a trace stands, and which. `staff` may read sums, and what the card service calls things."""
        words, sums = self.made.words(), set() if staff else self.made.sums()
        words |= set() if staff else self.made.card_names()
        return [(where, one) for where, text in texts for one in traces(text, words, sums)]

    def control(self, texts: Iterator[tuple[str, str]]) -> dict[str, int]:
        """The same search for the named gift: on how many pages and files each of its two traces stands."""
        seen = list(texts)
        amount = {Money(NAMED_SUM, "KZT")}
        return {
            "name": sum(bool(traces(text, {NAMED}, set())) for _where, text in seen),
            "sum": sum(bool(traces(text, set(), amount)) for _where, text in seen),
        }


@pytest.mark.soak
def test_a_gift_without_a_name_leaves_no_trace(
    demo: Town, stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the site's own settings have it: these tell requests at lower levels, and those are never switched on.
    for quiet, told in base.LOGGING["loggers"].items():  # type: ignore[attr-defined]
        caplog.set_level(told["level"], logger=quiet)
    caplog.set_level(logging.INFO)
    cache.clear()
    sent: list[str] = []

    def note(**facts: object) -> None:
        sent.append(f"{facts['task']} {facts['args']} {facts['kwargs']}")

    task_prerun.connect(note, weak=False, dispatch_uid="no-trace")
    try:
        made = nameless.world(stage, Fund.objects.get(town=demo), Project.objects.filter(fund__town=demo)[0])
        control = Gift.objects.get(donor_name=NAMED)
        for name, make in OBJECTS.items():  # each thing once
            monkeypatch.setitem(OBJECTS, name, functools.cache(make))
        monkeypatch.setitem(OBJECTS, "gift", lambda _town: control)
        search = Search(made, demo)
        texts = list(search.public("en"))
        assert len(texts) > 100
        seen = search.control(iter(texts))
        found = {"waiting": search.found(iter(texts))}
        nameless.booked(made)
        publish_due(now=clock.now())
        book_movements()
        assert PayoutShare.objects.filter(transaction__isnull=False).count() >= 2
        found["booked"] = search.found(search.public("en"))
        lines = nameless.gone_back(made)
        publish_due(now=clock.now())
        assert book_returns_due(now=clock.now()) == 1
        found["gone back"] = search.found(search.public("kk", "ru", "de", "en"))
        publish_due(now=clock.now() + timedelta(days=8))
        assert BankLine.objects.filter(pk__in=[line.pk for line in lines], transaction=None).count() == 0
        found["in the end"] = search.found(search.public("en"))
    finally:
        task_prerun.disconnect(dispatch_uid="no-trace")
    assert not Gift.objects.filter(donor_name=nameless.NAME, batch=None).exists()
    found["other people"] = search.found(search.of_others(), staff=True)
    found["behind"] = search.found(_behind(caplog, sent))
    others = [letter for letter in mail.outbox if letter.to != [nameless.EMAIL]]
    found["letters"] = search.found((str(letter.to), f"{letter.subject}\n{letter.body}") for letter in others)
    assert found == {where: [] for where in found}
    assert others
    assert (seen["name"] >= 3, seen["sum"] >= 8) == (True, True)


def _behind(caplog: pytest.LogCaptureFixture, sent: list[str]) -> Iterator[tuple[str, str]]:
    """What no page shows: lines of the application's log, records of the audit, entries of the public log, what tasks
    were given (and a broker held), and the cache."""
    assert caplog.records
    assert sent
    yield from (("log line", f"{one.getMessage()} {one.exc_text or ''}") for one in caplog.records)
    yield from (("audit", str(row)) for row in Record.objects.values_list())
    yield from (("public log", bytes(entry.body).decode()) for entry in LogEntry.objects.all())
    yield from (("task", one) for one in sent)
    yield "cache", str(list(vars(caches["default"]).items()))
