"""The demo world: built once, whole in every language, entered with one click, and only where it may exist."""

import json
import re
from collections import Counter
from http import HTTPStatus
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from common import clock
from councils.indicators.models import Publication
from councils.indicators.queries import unpublished_waves
from councils.indicators.queries.types import LEAST_ALIKE, published_axes, type_in
from councils.indicators.tasks import count_wave
from councils.needs.models import Need
from councils.surveys.models import Wave
from funds.donations.models import ForeignNotice
from funds.ledger.models import Balance, Transaction
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount
from funds.payments.statements import Table, guessed, open_file
from funds.reports.actions import reconcile
from funds.reports.queries import run_of
from funds.spending.models import Request
from portal.demo import bank, fellows, world
from portal.demo.people import BY_KEY, NEIGHBOURS, PEOPLE
from towns.models import Town
from transparency.models import Entry, Log
from transparency.queries import open_logs, policy_of
from users.models import User
from users.states import Role

LANGUAGES = ("kk", "ru", "de", "en")


def test_there_is_one_of_each_role_and_a_donor(demo: Town) -> None:
    shown = [person.role for person in PEOPLE if person.shown]
    assert set(shown) == {*Role, None}
    assert User.objects.filter(email__endswith="@demo.example", appointments=None).get() == User.objects.get(
        email=BY_KEY["donor"].email
    )


def test_it_holds_every_stage_of_the_thread(demo: Town) -> None:
    assert set(Need.objects.values_list("state", flat=True)) == {"submitted", "accepted", "refused"}
    assert set(Wave.objects.filter(town=demo).values_list("state", flat=True)) == {"open", "closed"}
    states = Request.objects.filter(project__fund__town=demo).values_list("state", flat=True)
    assert set(states) == {"submitted", "approved", "published"}
    kinds = Transaction.objects.filter(fund__town=demo).values_list("kind", flat=True)
    assert set(kinds) == {"gift", "payment", "suspense", "clearing"}


def test_other_towns_have_asked_too_and_workers_count_it(demo: Town) -> None:
    waiting = unpublished_waves()
    asked = set(Wave.objects.filter(pk__in=waiting).values_list("town__slug", flat=True))
    assert asked == set(fellows.PLACES)
    for wave_id in waiting:
        count_wave(str(wave_id))
    kind = type_in(slug=demo.slug, known=published_axes())
    assert kind is not None
    alike = {slug for slug, chance in kind.alike if chance >= LEAST_ALIKE}
    assert len(kind.alike) == len(alike)
    assert alike < asked
    assert alike
    page = Client().get(f"/en/towns/{demo.slug}/alike/").content.decode()
    assert page.count("Of the same type with a probability of") == len(alike)
    assert "probability of: 0%" not in page
    assert page.count('href="/en/surveys/wave/') == len(asked)
    assert "Copy this project" in page


def test_its_two_surveys_have_a_trend(demo: Town) -> None:
    newest = Publication.objects.filter(wave__town=demo).order_by("-wave__number")[0]
    trends = Counter(newest.estimates.filter(option="", weighted=True).values_list("trend", flat=True))
    assert trends["rose"]
    assert trends["fell"]


def test_its_books_agree_with_its_banks_and_the_public_page_says_so(demo: Town, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    run = reconcile(now=clock.now())
    compared = {(one.fund.town.slug, one.currency) for one in run.comparisons.select_related("fund__town") if one.fund}
    assert compared == {
        *((demo.slug, currency) for currency in ("KZT", "EUR", "USD")),
        *((slug, currency) for slug in NEIGHBOURS for currency in ("KZT", "EUR")),
    }
    page = Client().get("/en/reconciliation/").content.decode()
    assert ("Everything fits, to the last unit." in page, "Unexplained differences" in page) == (True, False)
    # What the card service of a fresh demo does not know, the ledger does not say of it.
    assert list(Balance.objects.filter(account__code="stripe").exclude(amount_minor=0)) == []


def test_whoever_imports_its_statement_finds_that_everything_still_agrees(demo: Town, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    treasurer = User.objects.get(email=BY_KEY["treasurer"].email)
    data = bank.statement(now=clock.now())
    table = open_file(data)
    assert isinstance(table, Table)
    account = BankAccount.objects.get(kind="kaspi")
    statement = import_statement(
        actor=treasurer, account=account, data=data, file_name="k.csv", columns=guessed(table.rows), now=clock.now()
    )
    assert statement.opening_minor == account.statements.exclude(pk=statement.pk).get().closing_minor
    assert run_of() is None
    reconcile(now=clock.now())
    found = run_of()
    assert found is not None
    # Nothing is missing but what nobody has explained yet: that is counted, and its sum is told later.
    assert {one.remainder_minor for one in found.comparisons} == {0}
    assert [(one.fund and one.fund.town, one.items_open) for one in found.comparisons if one.is_off] == [(demo, 4)]


def test_its_register_of_gifts_from_abroad_holds_one(demo: Town) -> None:
    notice = ForeignNotice.objects.get()
    assert (notice.gift.country, notice.gift.donor_name) == ("DE", "Dmitri Weber")
    assert notice.received_date <= (notice.notified_date or notice.received_date) <= notice.due_date


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_first_chain_is_whole_in_every_language(demo: Town, language: str) -> None:
    need = Need.objects.get(text__startswith="Мектепке баратын жолда")
    page = Client().get(f"/{language}/chain/{need.pk}/").content.decode()
    assert re.findall(r'<li class="link (\w+)">', page) == ["ok"] * 6


def test_it_is_built_once(demo: Town) -> None:
    assert world.stands()
    before = User.objects.count()
    out = StringIO()
    call_command("demo", stdout=out)
    assert out.getvalue().strip() == "The demo world stands already."
    assert User.objects.count() == before


def test_its_sign_ins_are_listed() -> None:
    out = StringIO()
    call_command("demo", "--list", stdout=out)
    first, *rest = out.getvalue().splitlines()
    assert first == f"{settings.SITE_URL}/kk/demo/"
    assert [line.split()[0] for line in rest] == [person.key for person in PEOPLE if person.shown]


def test_it_is_refused_outside_development(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="exists in development alone"):
        call_command("demo")


@pytest.mark.parametrize("key", [person.key for person in PEOPLE if person.shown])
def test_one_click_enters_as_a_demo_person(demo: Town, key: str) -> None:
    client = Client()
    page = client.get("/en/demo/").content.decode()
    assert f'name="person" value="{key}"' in page
    answer = client.post("/en/demo/enter/", {"person": key})
    assert (answer.status_code, answer["Location"]) == (302, "/en/me/")
    mine = client.get("/en/me/").content.decode()
    assert BY_KEY[key].email in mine
    role = BY_KEY[key].role
    assert role is None or f"{role.label}".lower() in mine.lower()


@pytest.mark.parametrize("key", ["", "nobody", "councillor\x00"])
def test_nobody_else_is_entered(demo: Town, key: str) -> None:
    client = Client()
    assert client.post("/en/demo/enter/", {"person": key}).status_code == HTTPStatus.NOT_FOUND
    assert client.get("/en/demo/enter/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.get("/en/me/").status_code == HTTPStatus.FOUND


def test_the_letters_of_the_site_are_shown_newest_first(demo: Town, tmp_path: Path, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert Client().get("/en/demo/mail/").status_code == HTTPStatus.OK
    for number in range(2):
        Client().post("/kk/account/", {"email": f"reader{number}@example.org"})
    page = Client().get("/en/demo/mail/").content.decode()
    assert page.index("reader1@example.org") < page.index("reader0@example.org")
    assert len(re.findall(r"\b\d{6}\b", page[page.index("<main") :])) == 2


def test_its_doors_stay_shut_where_the_demo_is_off(demo: Town, settings: Settings) -> None:
    """They are not even routed there (tests/test_settings.py); this is the second lock."""
    settings.DEMO = False
    client = Client()
    answers = [
        client.get("/en/demo/"),
        client.get("/en/demo/mail/"),
        client.post("/en/demo/enter/", {"person": "administrator"}),
    ]
    assert [answer.status_code for answer in answers] == [HTTPStatus.FORBIDDEN] * 3
    assert client.get("/en/me/").status_code == HTTPStatus.FOUND


def test_its_public_logs_never_run_backwards_and_watch_each_other(demo: Town) -> None:
    moments: dict[int, list[str]] = {}
    for log_id, body in Entry.objects.order_by("log_id", "index").values_list("log_id", "body"):
        moments.setdefault(log_id, []).append(json.loads(bytes(body))["at"])
    assert [log for log, seen in moments.items() if seen != sorted(seen)] == []
    assert set(open_logs()) == {demo.slug, *NEIGHBOURS}
    own = Log.objects.filter(slug=demo.slug).values("id")
    kinds = set(Entry.objects.filter(log_id__in=own).values_list("kind", flat=True))
    assert kinds == {"transaction", "decision", "minutes", "approval", "publication"}
    assert set(policy_of(demo.slug).witnesses) == set(NEIGHBOURS)
