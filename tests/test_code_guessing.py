"""How often a stranger may guess the code of somebody's account: what the limits on codes leave of it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "asked", "sent"), [(1, 40, 10), (8, 40, 20)])
def test_codes_for_one_address_run_out(minutes: int, asked: int, sent: int) -> None:
    cache.clear()
    for turn in range(asked):
        with time_machine.travel(START + turn * timedelta(minutes=minutes), tick=False):
            Client().post(reverse("account_request_login_code"), {"email": "treasurer@example.org"})
    assert len(mail.outbox) == sent
    cache.clear()
