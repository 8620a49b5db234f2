"""Signing in by a code from an e-mail: one way for old and new people, and nothing that tells them apart."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import pytest
from allauth.core.ratelimit import respond_429
from django.core import mail
from django.test import Client, RequestFactory
from django.utils.translation import gettext, override

from tests.users.conftest import MakePerson
from users.models import User

pytestmark = pytest.mark.django_db

SIGN_IN = "/en/account/"
CODE = "/en/account/code/"
NOWHERE = "000000"


def ask(client: Client, email: str, language: str = "en", **more: str) -> Any:
    return client.post(f"/{language}/account/", {"email": email, **more})


def code_in(letter: mail.EmailMessage) -> str:
    found: Sequence[str] = re.findall(r"^\d{6}$", str(letter.body), re.MULTILINE)
    assert len(found) == 1
    return found[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def signed_in(client: Client) -> bool:
    return client.get("/en/me/").status_code == HTTPStatus.OK


def test_an_unknown_address_becomes_an_account_that_its_code_enters() -> None:
    client = Client()
    answer = ask(client, "Nurlan@Example.org")
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert not signed_in(client)
    [letter] = mail.outbox
    assert letter.to == ["nurlan@example.org"]
    answer = client.post(CODE, {"code": code_in(letter)})
    assert (answer.status_code, answer["Location"]) == (302, "/en/me/")
    assert signed_in(client)
    user = User.objects.get()
    assert (user.email, user.has_usable_password(), user.language) == ("nurlan@example.org", False, "en")
    assert user.last_login is not None


def test_the_same_address_is_the_same_person(person: MakePerson) -> None:
    before = person()
    client = Client()
    ask(client, before.email.upper())
    client.post(CODE, {"code": code_in(mail.outbox[0])})
    assert User.objects.get() == before
    assert client.session["_auth_user_id"] == str(before.pk)


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_the_letter_speaks_the_language_of_the_page(language: str) -> None:
    ask(Client(), "a@example.org", language)
    [letter] = mail.outbox
    with override(language):
        assert letter.subject == gettext("Your code for Asar")
        assert str(letter.body).startswith(gettext("Your code is:"))
        assert letter.body.rstrip().endswith(gettext("Asar"))
    assert not getattr(letter, "alternatives", [])  # text alone
    assert "{" not in str(letter.body)
    assert "<" not in str(letter.body)


def test_four_languages_write_four_letters() -> None:
    for number, language in enumerate(("kk", "ru", "de", "en")):
        ask(Client(), f"a{number}@example.org", language)
    assert len({letter.subject for letter in mail.outbox}) == 4


def test_known_and_unknown_addresses_see_the_same_pages(person: MakePerson) -> None:
    known, unknown = Client(), Client()
    one = ask(known, person().email)
    two = ask(unknown, "nobody@example.org")
    assert (one.status_code, one["Location"]) == (two.status_code, two["Location"])
    pages = [re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", c.get(CODE).content) for c in (known, unknown)]
    assert pages[0] == pages[1]
    assert len(mail.outbox) == 2


def test_a_code_enters_once() -> None:
    client = Client()
    ask(client, "a@example.org")
    code = code_in(mail.outbox[0])
    client.post(CODE, {"code": code})
    client.post("/en/account/out/")
    assert not signed_in(client)
    assert client.post(CODE, {"code": code})["Location"].startswith(SIGN_IN)
    assert not signed_in(client)


def test_a_code_enters_only_the_browser_that_asked() -> None:
    asked, other = Client(), Client()
    ask(asked, "a@example.org")
    assert other.post(CODE, {"code": code_in(mail.outbox[0])})["Location"].startswith(SIGN_IN)
    assert not signed_in(other)


def test_the_fifth_wrong_code_ends_it_and_says_so() -> None:
    client = Client()
    ask(client, "a@example.org")
    code = code_in(mail.outbox[0])
    for _attempt in range(4):
        answer = client.post(CODE, {"code": wrong(code)})
        assert answer.status_code == HTTPStatus.OK
        assert 'role="alert"' in answer.content.decode()
    answer = client.post(CODE, {"code": wrong(code)}, follow=True)
    assert answer.redirect_chain == [(f"{SIGN_IN}?code=spent", 302)]
    assert "does not work any more" in answer.content.decode()
    assert client.post(CODE, {"code": code})["Location"].startswith(SIGN_IN)
    assert not signed_in(client)


def test_the_right_code_counts_after_four_wrong_ones() -> None:
    client = Client()
    ask(client, "a@example.org")
    code = code_in(mail.outbox[0])
    for _attempt in range(4):
        client.post(CODE, {"code": wrong(code)})
    client.post(CODE, {"code": code})
    assert signed_in(client)


def test_a_code_may_be_typed_with_blanks() -> None:
    client = Client()
    ask(client, "a@example.org")
    code = code_in(mail.outbox[0])
    client.post(CODE, {"code": f" {code[:3]} {code[3:]} "})
    assert signed_in(client)


def test_a_code_lives_fifteen_minutes() -> None:
    client = Client()
    ask(client, "a@example.org")
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= 15 * 60 + 1
    session.save()
    assert client.post(CODE, {"code": code_in(mail.outbox[0])})["Location"].startswith(SIGN_IN)
    assert not signed_in(client)


@pytest.mark.parametrize("typed", ["", "nurlan", "nurlan@", "a@b@c", "a b@example.org", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_said_beside_the_field(typed: str) -> None:
    answer = ask(Client(), typed)
    assert answer.status_code == HTTPStatus.OK
    assert 'id="id_email_error"' in answer.content.decode()
    assert (User.objects.count(), len(mail.outbox)) == (0, 0)


def test_one_comes_back_to_where_one_was() -> None:
    client = Client()
    answer = client.get("/en/me/name/")
    assert answer["Location"] == "/en/account/?next=/en/me/name/"
    assert 'name="next" value="/en/me/name/"' in client.get(answer["Location"]).content.decode()
    answer = ask(client, "a@example.org", next="/en/me/name/")
    assert answer["Location"] == f"{CODE}?next=%2Fen%2Fme%2Fname%2F"
    assert 'name="next" value="/en/me/name/"' in client.get(answer["Location"]).content.decode()
    answer = client.post(CODE, {"code": code_in(mail.outbox[0]), "next": "/en/me/name/"})
    assert answer["Location"] == "/en/me/name/"


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(foreign: str) -> None:
    client = Client()
    ask(client, "a@example.org", next=foreign)
    answer = client.post(CODE, {"code": code_in(mail.outbox[0]), "next": foreign})
    assert answer["Location"] == "/en/me/"


def test_signing_out_takes_a_button() -> None:
    client = Client()
    ask(client, "a@example.org")
    client.post(CODE, {"code": code_in(mail.outbox[0])})
    assert client.get("/en/account/out/").status_code == HTTPStatus.OK
    assert signed_in(client)
    answer = client.post("/en/account/out/")
    assert (answer.status_code, answer["Location"]) == (302, "/en/")
    assert not signed_in(client)


def test_a_closed_account_gets_no_code(person: MakePerson) -> None:
    user = person()
    user.is_active = False
    user.save()
    client = Client()
    answer = ask(client, user.email)
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert [letter for letter in mail.outbox if re.search(r"\d{6}", str(letter.body))] == []
    client.post(CODE, {"code": NOWHERE})
    assert not signed_in(client)


def test_one_address_is_not_flooded_with_letters() -> None:
    answers = [ask(Client(), "a@example.org").status_code for _ in range(4)]
    assert answers == [302, 302, 302, 200]
    assert len(mail.outbox) == 3
    page = ask(Client(), "a@example.org").content.decode()
    assert "Too many" in page
    assert 'value="a@example.org"' in page


def test_one_machine_cannot_make_accounts_without_end() -> None:
    answers = [ask(Client(), f"a{number}@example.org").status_code for number in range(25)]
    assert answers == [302] * 20 + [200] * 5
    assert (User.objects.count(), len(mail.outbox)) == (20, 20)


def test_no_door_but_these() -> None:
    for closed in ("login", "signup", "confirm", "reset"):
        assert Client().get(f"/en/account/{closed}/?next=/en/me/")["Location"] == f"{SIGN_IN}?next=/en/me/"
    for missing in ("password/change", "email", "password/reset", "logout"):
        assert Client().get(f"/en/account/{missing}/").status_code == HTTPStatus.NOT_FOUND


def test_whoever_is_stopped_by_the_library_reads_our_page() -> None:
    with override("en"):
        answer = respond_429(RequestFactory().post(SIGN_IN))
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Please wait a few minutes" in answer.content.decode()
