"""A town's log on a page: what is sealed and what waits, who has seen it, its key, and its entries page by page."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from transparency.actions import heartbeat, integrate
from transparency.models import Standing
from transparency.queries import latest_checkpoint, log_state
from transparency.states import Kind, Refusal

pytestmark = pytest.mark.django_db
SLUG = "temirtau"


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/en/log/{SLUG}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    main = html.partition("<main")[2].partition("<footer")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).replace("\u00a0", " ").split())


def numbers(html: str) -> list[int]:
    table = html.partition('<table id="entries"')[2].partition("</table>")[0]
    return [int(found.replace("\u00a0", "")) for found in re.findall(r'<th scope="row">([^<]+)</th>', table)]


def test_it_tells_what_is_sealed_what_waits_and_the_key(
    client: Client, write: Callable[..., int], now: datetime
) -> None:
    write(1)
    write(2, kind=Kind.MINUTES)
    heartbeat(slug=SLUG, now=now)
    integrate(slug=SLUG, now=now)
    write(3)
    html = page(client)
    text = text_of(html)
    assert "Sealed lines 3 Waiting for their seal 1" in text
    assert log_state(SLUG, now=now).vkey in text
    last = latest_checkpoint(SLUG)
    assert last is not None
    assert "Last sign of life 22 November 2026, 14:00" in text
    assert "Nobody but us watches this log yet." in text
    assert f"asar audit http://127.0.0.1:8000/log/{SLUG}" in text
    assert numbers(html) == [4, 3, 2, 1]  # as the page that checks a proof counts, and `asar`
    assert html.count(f'href="/en/log/{SLUG}/0/"') == 1
    assert f'href="/en/log/{SLUG}/3/"' not in html  # not sealed yet


def test_witnesses_that_are_missing_are_shown(client: Client, write: Callable[..., int], now: datetime) -> None:
    write(1)
    write(1, slug="tekeli")
    integrate(slug=SLUG, now=now)
    text = text_of(page(client))
    assert "Too few witnesses have seen the newest seal" in text
    assert "Tekeli Missing Not asked yet 0" in text
    assert "These witnesses run on the same server as the log." in text


def test_a_log_that_is_not_signed_says_why(client: Client, write: Callable[..., int], now: datetime) -> None:
    write(1)
    integrate(slug=SLUG, now=now)
    log_id = latest_checkpoint(SLUG).log_id  # type: ignore[union-attr]
    shown = set()
    for why in Refusal:
        Standing.objects.update_or_create(log_id=log_id, defaults={"refusal": why, "refused_at": now})
        text = text_of(page(client))
        told = f"The log is not being signed {why.label}. {why.means} {why.then} Nothing has been sealed since 22 Novem"
        assert (told in text) == (why != Refusal.NONE)
        shown.add((str(why.means), str(why.then)))
    assert len(shown) == len(Refusal) - 1  # a wrong name and a wrong key read alike


@pytest.mark.usefixtures("restored")
def test_a_lost_database_is_called_one(client: Client) -> None:
    """Nobody is told that nothing is lost while lines that were sealed are not here."""
    text = text_of(page(client))
    assert "The database is older than what was signed already. Lines that were sealed before may be missing" in text
    assert "If it is lost for good, this log is ended in public, another one goes on over what is left" in text
    assert "Sealed lines 300 Waiting for their seal 5" in text


def test_pages_are_ranges_and_lead_to_each_other(client: Client, fill: Callable[..., None], now: datetime) -> None:
    fill(60)
    integrate(slug=SLUG, now=now)
    newest = page(client)
    assert numbers(newest) == list(range(60, 35, -1))
    older = page(client, "?before=35")
    assert f'href="/en/log/{SLUG}/?before=35"' in newest
    assert numbers(older) == list(range(35, 10, -1))
    assert numbers(page(client, "?before=10")) == list(range(10, 0, -1))
    assert f'href="/en/log/{SLUG}/?after=34"' in older
    assert numbers(page(client, "?after=34")) == list(range(60, 35, -1))
    assert numbers(page(client, "?before=junk")) == numbers(newest)


def test_a_longer_log_costs_no_more_queries(client: Client, fill: Callable[..., None], now: datetime) -> None:
    counts = []
    for more in (1, 2, 30):
        fill(more)
        integrate(slug=SLUG, now=now)
        page(client)
        with CaptureQueriesContext(connection) as queries:
            page(client)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 16


def test_a_town_without_a_log_has_no_page(client: Client) -> None:
    assert client.get(f"/en/log/{SLUG}/").status_code == 404
    assert client.get("/en/log/nowhere/").status_code == 404
