"""Following a need without an account, and not finding one by trying."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client, override_settings
from django.urls import reverse

from common.uploads import Photo
from councils.needs import actions
from councils.needs.models import Need
from users.models import User

NO_BREAK = "\N{NO-BREAK SPACE}"

pytestmark = pytest.mark.django_db


def typed(client: Client, ticket: str) -> object:
    return client.get(reverse("needs:follow"), {"ticket": ticket})


def test_from_what_was_dictated_to_the_need(client: Client, waiting: Need) -> None:
    response = client.get(reverse("needs:follow"), {"ticket": waiting.ticket.lower().replace("-", " ")})
    assert response.status_code == 302
    html = client.get(response.headers["Location"]).content.decode()
    assert "pump house" in html
    assert "The council has not answered yet." in html
    first, second, third = (NO_BREAK.join(three) for three in waiting.ticket.split("-"))
    assert f"{first}, {second}, {third}" in html


def test_the_answer_reaches_the_holder(client: Client, refused: Need) -> None:
    html = client.get(reverse("needs:ticket", args=[refused.ticket])).content.decode()
    assert "Refused: Not something the town can do" in html
    assert "The town has no sea." in html
    assert reverse("needs:detail", args=[refused.pk]) in html


def test_the_holder_reads_a_hidden_need_and_its_answer(client: Client, hidden: Need) -> None:
    html = client.get(reverse("needs:ticket", args=[hidden.ticket])).content.decode()
    for text in ("my neighbour Askar drinks", "Please do not name neighbours.", "not shown to the public"):
        assert text in html
    assert f'href="{reverse("needs:detail", args=[hidden.pk])}"' not in html
    assert f"{reverse('needs:photo', args=[hidden.pk])}?ticket={hidden.ticket}" in html


def test_the_text_to_copy_for_an_official_appeal(client: Client, waiting: Need) -> None:
    html = client.get(reverse("needs:ticket", args=[waiting.ticket])).content.decode()
    assert "not an official appeal" in html
    assert f"{waiting.text}</textarea>" in html


def test_ticket_pages_are_private(client: Client, waiting: Need) -> None:
    response = client.get(reverse("needs:ticket", args=[waiting.ticket]))
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("ticket", ["222-222-222", "hello", "!!!", "💡", "x" * 39])
def test_a_wrong_ticket_says_what_to_check(client: Client, waiting: Need, ticket: str) -> None:
    response = client.get(reverse("needs:follow"), {"ticket": ticket})
    html = response.content.decode()
    assert response.status_code == 404
    assert "There is no need with this ticket." in html
    assert "the digits 0, 1 and 8" in html
    assert '<a href="#id_ticket">' in html


def test_no_ticket_at_all(client: Client) -> None:
    response = client.get(reverse("needs:follow"), {"ticket": " "})
    assert response.status_code == 422
    assert "Type the ticket that you were given." in response.content.decode()


def test_the_empty_form(client: Client) -> None:
    response = client.get(reverse("needs:follow"))
    assert response.status_code == 200
    assert "error-summary" not in response.content.decode()


def test_guessing_is_stopped_and_forgiven(client: Client, waiting: Need) -> None:
    address = reverse("needs:ticket", args=["222-222-222"])
    right = reverse("needs:ticket", args=[waiting.ticket])
    with time_machine.travel(datetime.fromisoformat("2026-11-22T09:00:00+00:00"), tick=False) as clock:
        assert [client.get(address).status_code for _ in range(30)] == [404] * 30
        stopped = client.get(address)
        assert stopped.status_code == 429
        assert "Wait a minute" in stopped.content.decode()
        assert client.get(right).status_code == 429
        assert client.get(right, REMOTE_ADDR="198.51.100.7").status_code == 200
        clock.shift(timedelta(seconds=61))
        assert client.get(right).status_code == 200


def test_right_tickets_are_never_counted(client: Client, waiting: Need) -> None:
    address = reverse("needs:ticket", args=[waiting.ticket])
    assert {client.get(address).status_code for _ in range(40)} == {200}


def test_without_the_cache_people_still_follow_their_needs(client: Client, waiting: Need) -> None:
    away = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
            "OPTIONS": {"retry": None},
        }
    }
    with override_settings(CACHES=away):
        assert client.get(reverse("needs:ticket", args=[waiting.ticket])).status_code == 200
        assert client.get(reverse("needs:ticket", args=["222-222-222"])).status_code == 404


def test_no_address_is_kept(client: Client) -> None:
    client.get(reverse("needs:ticket", args=["222-222-222"]), REMOTE_ADDR="198.51.100.7")
    kept = str(vars(caches["default"])["_cache"])
    assert "needs:tries:" in kept
    assert "198.51.100.7" not in kept


def test_the_photo_for_the_holder(client: Client, file_need: Callable[..., Need], photo: Photo) -> None:
    need = file_need(photo=photo)
    html = client.get(reverse("needs:ticket", args=[need.ticket])).content.decode()
    address = f"{reverse('needs:photo', args=[need.pk])}?ticket={need.ticket}"
    assert f'src="{address}"' in html
    assert client.get(address).content == photo.bytes


def test_after_the_answer_the_page_leads_on(client: Client, waiting: Need, secretary: User, now: datetime) -> None:
    actions.accept_need(actor=secretary, need=waiting, now=now)
    html = client.get(reverse("needs:ticket", args=[waiting.ticket])).content.decode()
    assert "The council has taken this need up." in html
    assert reverse("portal:chain", args=[waiting.pk]) in html
