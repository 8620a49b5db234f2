"""A form that is sent after its person was signed out, or with an old token: what was typed comes back, and goes on."""

import html
import re
from http import HTTPStatus

import pytest
from django.conf import settings
from django.test import Client

from tests.users.conftest import MakePerson

pytestmark = pytest.mark.django_db

NAME = "/en/me/name/"
TYPED = {"display_name": "Айгүл <Tulip> & Co", "language": "kk"}
HERE = {"Origin": "http://testserver"}


def fields_of(text: str) -> dict[str, str]:
    """What the page's own form would send."""
    form = text[text.index(f'action="{NAME}"') :]
    pairs = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', form, re.DOTALL)
    tokens = re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', form)
    return {name: html.unescape(value) for name, value in [*pairs, *tokens]}


def test_what_was_typed_outlives_the_sign_in_and_an_old_token(person: MakePerson) -> None:
    user = person()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    browser.get(NAME)
    token = browser.cookies["csrftoken"].value
    del browser.cookies[settings.SESSION_COOKIE_NAME]

    late = browser.post(NAME, {**TYPED, "csrfmiddlewaretoken": token}, headers=HERE)
    kept = fields_of(late.content.decode())
    assert (late.status_code, {name: kept[name] for name in TYPED}) == (HTTPStatus.FORBIDDEN, TYPED)
    assert "no-store" in late["Cache-Control"]

    browser.force_login(user)
    browser.cookies["csrftoken"] = "n" * 32  # signing in makes a new one
    old = browser.post(NAME, kept, headers=HERE)
    again = fields_of(old.content.decode())
    assert (old.status_code, {name: again[name] for name in TYPED}) == (HTTPStatus.FORBIDDEN, TYPED)

    assert browser.post(NAME, again, headers=HERE).status_code == HTTPStatus.FOUND
    user.refresh_from_db()
    assert user.display_name == TYPED["display_name"]


@pytest.mark.parametrize("origin", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}])
def test_what_another_site_may_have_written_is_never_offered_again(person: MakePerson, origin: dict[str, str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person())
    browser.get(NAME)
    answer = browser.post(NAME, {**TYPED, "csrfmiddlewaretoken": "z" * 64}, headers=origin)
    assert (answer.status_code, "Tulip" in answer.content.decode()) == (HTTPStatus.FORBIDDEN, False)
