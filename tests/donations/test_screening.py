"""Screening: once per gift and list, decided by somebody else with a reason, told to few."""

import logging
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from audit.models import Record
from common.errors import DomainError, Forbidden
from common.money import Money
from funds.donations.actions.screening import decide_screening, screen_new_gifts
from funds.donations.models import Gift, Screening
from funds.donations.states import GiftState, ScreeningVerdict
from funds.ledger.models import Fund
from tests.donations.test_screening_rules import LIST
from tests.payments.stage import at_once, make_fund, make_gift, text_of
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

PAGE = "/en/treasury/temirtau/screening/"


@pytest.fixture
def listed(tmp_path: Path, settings: Settings) -> Path:
    """The operator's list, set."""
    file = tmp_path / "sanctions.csv"
    file.write_text(LIST)
    settings.SCREENING_LIST_FILE = str(file)
    settings.SCREENING_THRESHOLDS = {"KZT": "1000000"}
    return file


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


def received(fund: Fund, now: datetime, **facts: object) -> Gift:
    gift = make_gift(fund, now, **{"name_public": False, **facts})
    Gift.objects.filter(pk=gift.pk).update(state=GiftState.SUCCEEDED, succeeded_at=now)
    gift.refresh_from_db()
    return gift


def keeper(fund: Fund, role: Role = Role.TREASURER, email: str = "keeper@example.com") -> User:
    user = User.objects.create_user(email, display_name="Keeper")
    town = None if role == Role.AUDITOR else fund.town
    Appointment.objects.create(user=user, town=town, role=role, starts_date=date(2026, 1, 1))
    return user


def hit(fund: Fund, now: datetime, **facts: object) -> Screening:
    gift = received(fund, now, **{"donor_name": "Kairat Satbaev", **facts})
    screen_new_gifts(now=now)
    return Screening.objects.get(gift=gift)


def test_each_received_gift_is_compared_once_with_the_list_as_it_was(
    fund: Fund, listed: Path, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clear = received(fund, now, donor_name="Aigul Serikova")
    like = received(fund, now, donor_name="Кайрат Сатбаев")
    large = received(fund, now, amount=Money(1_000_000_00, "KZT"))
    make_gift(fund, now, donor_name="Kairat Satbaev")  # not received
    assert [screen_new_gifts(now=now) for _time in range(3)] == [3, 0, 0]
    digest = sha256(LIST.encode()).hexdigest()
    told = {one.gift_id: (one.verdict, one.found) for one in Screening.objects.all()}
    assert told == {
        clear.pk: ("clear", ""),
        like.pk: ("hit", "line=2"),
        large.pk: ("hit", "from=100000000:KZT"),
    }
    assert {(one.list_name, one.list_sha256) for one in Screening.objects.all()} == {("sanctions.csv", digest)}
    # Another list: what is open and what came lately is compared anew; what a person decided stays.
    treasurer = keeper(fund)
    decide_screening(
        actor=treasurer,
        screening_id=Screening.objects.get(gift=large).pk,
        verdict=ScreeningVerdict.CLEARED,
        reason="Known here",
        now=now,
    )
    old = received(fund, now - timedelta(days=91), donor_name="Aigul Serikova")
    assert screen_new_gifts(now=now) == 1
    listed.write_text("Aigul Serikova\n")
    assert [screen_new_gifts(now=now) for _time in range(2)] == [2, 0]
    assert {one.gift_id: (one.verdict, one.found) for one in Screening.objects.all()} == {
        clear.pk: ("hit", "line=1"),
        like.pk: ("clear", ""),
        large.pk: ("cleared", "from=100000000:KZT"),
        old.pk: ("clear", ""),
    }
    later = received(fund, now, donor_name="Aigul Serikova")
    screen_new_gifts(now=now)
    assert Screening.objects.get(gift=later).found == "line=1"
    assert [word for word in ("Kairat", "Кайрат", "Aigul", "Serikova") if word in caplog.text] == []
    written = "".join(str(one.detail) for one in Record.objects.all())
    assert [word for word in ("Kairat", "Кайрат", "Aigul") if word in written] == []


def test_without_list_and_amounts_nobody_is_compared(fund: Fund, now: datetime) -> None:
    received(fund, now, donor_name="Kairat Satbaev")
    assert (screen_new_gifts(now=now), Screening.objects.count()) == (0, 0)


def test_a_list_that_cannot_be_read_is_said_aloud_and_nothing_is_called_clear(
    client: Client, fund: Fund, listed: Path, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    received(fund, now, donor_name="Kairat Satbaev")
    listed.write_bytes("Қайрат".encode("utf-16"))
    assert (screen_new_gifts(now=now), Screening.objects.count()) == (0, 0)
    assert "Gifts are not screened: not_utf8" in caplog.text
    client.force_login(keeper(fund))
    assert "The list of names cannot be used: it is not written in UTF-8" in text_of(client.get(PAGE).content)
    listed.unlink()
    assert screen_new_gifts(now=now) == 0
    assert "The list of names cannot be read." in text_of(client.get(PAGE).content)
    listed.write_text(LIST)
    assert screen_new_gifts(now=now) == 1


def test_two_workers_at_once_screen_a_gift_once(committed_db: str, listed: Path, now: datetime) -> None:
    received(make_fund(now), now, donor_name="Kairat Satbaev")
    assert sorted(at_once(lambda: screen_new_gifts(now=now), 3)) == [0, 0, 1]


def test_a_decision_needs_a_reason_and_is_made_once(fund: Fund, listed: Path, now: datetime) -> None:
    found, treasurer = hit(fund, now), keeper(fund)
    decide = partial(decide_screening, actor=treasurer, screening_id=found.pk, now=now + timedelta(hours=1))
    with pytest.raises(DomainError) as refused:
        decide(verdict=ScreeningVerdict.CLEARED, reason="  ")
    assert refused.value.code == "no_reason"
    with pytest.raises(DomainError) as refused:
        decide(verdict=ScreeningVerdict.CLEAR, reason="x")
    assert refused.value.code == "no_decision"
    decided = decide(verdict=ScreeningVerdict.CLEARED, reason="Born in another year")
    assert (decided.verdict, decided.decided_by, decided.reason) == ("cleared", treasurer, "Born in another year")
    with pytest.raises(DomainError) as refused:
        decide(verdict=ScreeningVerdict.REFUSED, reason="x")
    assert refused.value.code == "decided_already"
    assert Record.objects.get(action="donations.decide_screening").detail == {"verdict": "cleared"}


def test_nobody_decides_on_their_own_gift_and_nobody_else_decides(fund: Fund, listed: Path, now: datetime) -> None:
    treasurer = keeper(fund)
    by_account = hit(fund, now, donor=treasurer)
    by_address = hit(fund, now, donor_email="Keeper@example.com")
    foreign = hit(fund, now)
    auditor = keeper(fund, Role.AUDITOR, "auditor@example.com")
    for actor, screening in ((treasurer, by_account), (treasurer, by_address), (auditor, foreign)):
        with pytest.raises(Forbidden):
            decide_screening(
                actor=actor, screening_id=screening.pk, verdict=ScreeningVerdict.CLEARED, reason="x", now=now
            )


def test_the_pages_name_the_giver_to_the_treasurer_and_not_to_the_auditor(
    client: Client, fund: Fund, listed: Path, now: datetime
) -> None:
    found = hit(fund, now)
    client.force_login(keeper(fund))
    page = text_of(client.get(PAGE).content)
    assert ("Kairat Satbaev" in page, "sanctions.csv" in page, "line 2 of the list" in page) == (True, True, True)
    decision = f"/en/treasury/checked/{found.pk}/"
    empty = client.post(decision, {})
    assert (empty.status_code, "Choose one of the two." in text_of(empty.content)) == (422, True)
    done = client.post(decision, {"verdict": "cleared", "reason": "Another person"})
    assert (done.status_code, done["Location"]) == (302, PAGE)
    after = text_of(client.get(PAGE).content)
    assert ("Nothing waits for a decision" in after, "Another person" in after) == (True, True)
    client.force_login(keeper(fund, Role.AUDITOR, "auditor@example.com"))
    audited = text_of(client.get(PAGE).content)
    assert ("Kairat" in audited, "Another person" in audited) == (False, True)
    assert client.get(decision).status_code == 403


def test_a_refused_gift_leads_to_where_it_is_given_back(
    client: Client, fund: Fund, listed: Path, now: datetime
) -> None:
    found = hit(fund, now)
    client.force_login(keeper(fund))
    page = f"/en/treasury/checked/{found.pk}/"
    answer = client.post(page, {"verdict": "refused", "reason": "The same person"})
    address = f"/en/treasury/gift/{found.gift_id}/refund/"
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert f'href="{address}"' in client.get(page).content.decode()


def test_the_auditor_finds_every_fund_and_the_treasurer_their_own(client: Client, fund: Fund) -> None:
    other = Fund.objects.create(
        town=Town.objects.get(slug="ridder"), legal_entity="Ridder e.V.", founded_date=date(2026, 2, 1)
    )
    client.force_login(keeper(fund))
    own = client.get("/en/treasury/").content.decode()
    assert (PAGE in own, f"/en/treasury/{other.town.slug}/screening/" in own) == (True, False)
    client.force_login(keeper(fund, Role.AUDITOR, "auditor@example.com"))
    all_funds = client.get("/en/treasury/").content.decode()
    assert (PAGE in all_funds, f"/en/treasury/{other.town.slug}/screening/" in all_funds) == (True, True)
    assert 'href="/en/treasury/"' in client.get("/en/me/").content.decode()
    client.force_login(keeper(fund, Role.CHAIR, "chair@example.com"))
    assert client.get("/en/treasury/").status_code == 403


def test_the_public_and_other_roles_see_nothing_of_it(client: Client, fund: Fund, listed: Path, now: datetime) -> None:
    found = hit(fund, now)
    for path in (PAGE, f"/en/treasury/checked/{found.pk}/"):
        assert client.get(path).status_code == 302
    client.force_login(keeper(fund, Role.APPROVER, "approver@example.com"))
    for path in (PAGE, f"/en/treasury/checked/{found.pk}/"):
        assert client.get(path).status_code == 403
