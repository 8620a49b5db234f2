"""How devices prove themselves: digest as RFC 2617 and 7616 have it, Basic over TLS alone, a token in the address."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from common.clock import now
from councils.surveys.actions.devices import DEVICE_DAYS, NewDevice
from councils.surveys.models import HelperDevice
from councils.surveys.rules import digest
from councils.surveys.rules.digest import Credentials, DeviceKeys, Proof
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import Device, message_of
from tests.surveys.odk_world import SERVER, by_name, by_token, new_device
from towns.models import Town
from users.states import Role

LIST = f"{SERVER}/formList"
KEYS = DeviceKeys("tests only")


def test_the_example_of_the_specification() -> None:
    """RFC 2617, section 3.5, but for the realm: its HA1 is given, so the realm plays no part."""
    told = digest.credentials(
        'Digest username="Mufasa", realm="asar", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
        ' uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b",'
        ' response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert told == Credentials(
        username="Mufasa",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        uri="/dir/index.html",
        count="00000001",
        client_nonce="0a4f113b",
        response="6629fae49393a05397450978507c4ef1",
    )

    class AnyNonce(DeviceKeys):
        """Takes the specification's nonce, which is not ours, for one of this second."""

        def made_at(self, nonce: str) -> int | None:
            return 0

    ha1 = "939e7578ed9e3c518a452acee763bce9"
    assert digest.judged(told, ha1=ha1, method="GET", keys=AnyNonce("x"), at=1) is Proof.GOOD
    assert digest.judged(told, ha1=ha1, method="POST", keys=AnyNonce("x"), at=1) is Proof.WRONG
    assert digest.judged(told, ha1=ha1, method="GET", keys=KEYS, at=1) is Proof.WRONG


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic eDp5",
        "Digest",
        'Digest username="a"',
        'Digest username="a", username="b", nonce="n", uri="/", qop=auth, nc=00000001, cnonce="c", response="'
        + "0" * 32,
        'Digest username="a", nonce="n", uri="/", qop=auth-int, nc=00000001, cnonce="c", response="' + "0" * 32 + '"',
        'Digest username="a", nonce="n", uri="/", nc=00000001, cnonce="c", response="' + "0" * 32 + '"',
        'Digest username="a", nonce="n", uri="/", qop=auth, nc=1, cnonce="c", response="' + "0" * 32 + '"',
        'Digest username="a", nonce="n", uri="/", qop=auth, nc=00000001, cnonce="c", response="0"',
        'Digest username="a", realm="x", nonce="n", uri="/", qop=auth, nc=00000001, cnonce="c", response="'
        + "0" * 32
        + '"',
        'Digest username="a", nonce="n", uri="/", qop=auth, nc=00000001, cnonce="c", algorithm=SHA-256, response="'
        + "0" * 32
        + '"',
    ],
)
def test_headers_of_another_kind_are_none(header: str) -> None:
    assert digest.credentials(header) is None


def test_a_nonce_is_ours_alone() -> None:
    nonce = KEYS.nonce(at=1_800_000_000)
    assert KEYS.made_at(nonce) == 1_800_000_000
    assert nonce != KEYS.nonce(at=1_800_000_000)
    changed = ("A" if nonce[0] != "A" else "B") + nonce[1:]
    assert [DeviceKeys("x").made_at(nonce), *map(KEYS.made_at, (changed, nonce[:-4], "", "é", "x" * 500))] == [None] * 6


def test_a_sealed_secret_opens_at_its_own_place_alone() -> None:
    sealed = KEYS.seal("0" * 32, place="a")
    assert [KEYS.open(sealed, place="a"), KEYS.open(sealed, place="b"), KEYS.open(b"", place="a")] == ["0" * 32, "", ""]
    assert digest.basic("Basic eDp5OnrDqQ==") == ("x", "y:zé")
    assert [digest.basic(header) for header in ("Basic eA==", "Basic é", "Basic /w==", "Digest a")] == [None] * 4


@pytest.fixture
def made(person: MakePerson, town: Town) -> NewDevice:
    cache.clear()
    return new_device(person(Role.HELPER), town)


@pytest.mark.django_db
class TestAsking:
    """Against the server."""

    def test_digest_is_answered_once_and_then_goes_on(self, made: NewDevice) -> None:
        device = by_name(made)
        assert (device.forms(), device.forms(), device.challenges) == ({}, {}, 1)
        assert device.ask("HEAD", f"{SERVER}/submission?deviceID=a%3Ab").status_code == HTTPStatus.NO_CONTENT
        assert device.challenges == 1

    def test_a_wrong_secret_or_name_is_refused_alike(self, made: NewDevice) -> None:
        for name, secret in ((made.device.username, "222-222-222-222"), ("nobody", made.secret)):
            device = Device(server=SERVER, username=name, secret=secret, language="en")
            answer = device.ask("GET", LIST)
            assert (answer.status_code, device.challenges) == (HTTPStatus.UNAUTHORIZED, 2)
            assert "stale" not in answer["WWW-Authenticate"]
            assert message_of(answer) == "Name or secret of this device are wrong. Look at the page for helpers."

    def test_a_recorded_request_is_worth_nothing(self, made: NewDevice) -> None:
        device = by_name(made)
        device.forms("")
        header = device.proof("GET", "/odk/formList", count=9)
        first, again = (Client().get("/odk/formList", headers={"Authorization": header}) for _turn in range(2))
        assert (first.status_code, again.status_code) == (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
        assert "stale=true" in again["WWW-Authenticate"]
        elsewhere = device.proof("GET", "/odk/formList", count=10)
        answer = Client().get("/odk/formList?formID=x", headers={"Authorization": elsewhere})
        assert answer.status_code == HTTPStatus.UNAUTHORIZED

    def test_an_old_nonce_is_stale_and_the_device_goes_on_by_itself(self, made: NewDevice) -> None:
        device = by_name(made)
        begun = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
        with time_machine.travel(begun, tick=False):
            device.forms()
        with time_machine.travel(begun + timedelta(seconds=digest.NONCE_SECONDS + 1), tick=False):
            header = device.proof("GET", "/odk/formList", count=7)
            stale = Client().get("/odk/formList", headers={"Authorization": header})
            assert "stale=true" in stale["WWW-Authenticate"]
            assert (device.forms(), device.challenges) == ({}, 2)

    def test_basic_is_heard_over_tls_alone(self, made: NewDevice) -> None:
        open_air, safe = by_name(made, basic=True), by_name(made, basic=True, secure=True)
        assert open_air.ask("GET", LIST).status_code == HTTPStatus.UNAUTHORIZED
        assert safe.ask("GET", LIST).status_code == HTTPStatus.OK
        assert "Basic" not in Client().get("/odk/formList")["WWW-Authenticate"]
        assert 'Basic realm="asar"' in Client().get("/odk/formList", secure=True)["WWW-Authenticate"]
        safe.secret = "222-222-222-222"
        assert safe.ask("GET", LIST).status_code == HTTPStatus.UNAUTHORIZED

    def test_a_device_ends_after_half_a_year(self, made: NewDevice) -> None:
        device = by_token(made)
        assert device.forms() == {}
        HelperDevice.objects.update(expires_date=now().date() - timedelta(days=1))
        assert device.ask("GET", f"{device.server}/formList").status_code == HTTPStatus.NOT_FOUND
        assert by_name(made).ask("GET", LIST).status_code == HTTPStatus.UNAUTHORIZED
        assert made.device.expires_date - made.device.created_at.date() in (
            timedelta(days=DEVICE_DAYS),
            timedelta(days=DEVICE_DAYS + 1),
        )
