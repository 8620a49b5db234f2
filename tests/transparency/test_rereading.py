"""A byte changed under a signature is found at night, shown in red, and stops the log until an operator acts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from tests.transparency.conftest import SLUG
from transparency.actions import integrate, release, reread
from transparency.models import Standing
from transparency.states import Refusal
from transparency.tasks import reread_logs

Fill = Callable[..., None]
pytestmark = pytest.mark.usefixtures("as_database_owner")


def change(index: int, old: str, new: str) -> None:
    """Somebody with all rights writes other bytes where an entry stands."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transparency_entry DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE transparency_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), %s, %s), 'UTF8')"
            " WHERE index = %s",
            [old, new, index],
        )
        cursor.execute("ALTER TABLE transparency_entry ENABLE TRIGGER USER")


def remove(index: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transparency_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM transparency_entry WHERE index = %s", [index])
        cursor.execute("ALTER TABLE transparency_entry ENABLE TRIGGER USER")


def standing() -> str:
    return Standing.objects.values_list("refusal", flat=True).first() or ""


@pytest.mark.parametrize("count", [1, 255, 256, 600])
def test_a_sound_log_is_sound(fill: Fill, now: datetime, count: int) -> None:
    fill(count)
    assert reread(slug=SLUG, now=now) is None  # nothing signed yet
    integrate(slug=SLUG, now=now)
    fill(3)
    assert (reread(slug=SLUG, now=now), reread_logs(), standing()) == (None, 0, "")


@pytest.mark.parametrize("index", [0, 255, 256, 599])
def test_a_changed_entry_stops_the_log_until_it_is_restored(fill: Fill, now: datetime, index: int) -> None:
    fill(600)
    signed = integrate(slug=SLUG, now=now)
    fill(1)
    number = f'"number":{index + 1},'
    change(index, number, '"number":9999,')
    assert reread(slug=SLUG, now=now) == index
    assert standing() == Refusal.ENTRY_CHANGED
    later = now + timedelta(hours=1)
    assert integrate(slug=SLUG, now=later) is None
    assert standing() == Refusal.ENTRY_CHANGED  # a pass does not forget it
    assert Standing.objects.get().refused_at == now
    shown = Client().get(f"/en/log/{SLUG}/").content.decode()
    assert "An entry that was signed is stored with other content" in shown
    assert '<div class="notice no"' in shown
    with pytest.raises(CommandError, match=f"entry {index} is still not what was signed"):
        call_command("log_state", "--release", SLUG, stdout=StringIO())
    change(index, '"number":9999,', number)
    assert (reread(slug=SLUG, now=later), standing()) == (None, Refusal.ENTRY_CHANGED)  # not by itself
    assert release(slug=SLUG, now=later) is None
    again = integrate(slug=SLUG, now=later)
    assert signed is not None
    assert again is not None
    assert (signed.size, again.size, standing()) == (600, 601, "")


def test_an_entry_that_is_gone(fill: Fill, now: datetime) -> None:
    fill(300)
    integrate(slug=SLUG, now=now)
    remove(299)
    assert reread(slug=SLUG, now=now) == 299


def test_what_is_not_signed_yet_is_nobodys_business_here(fill: Fill, now: datetime) -> None:
    fill(10)
    integrate(slug=SLUG, now=now)
    fill(5)
    change(12, '"number":3,', '"number":4,')
    assert reread(slug=SLUG, now=now) is None
