"""The demo council with its one list, and a second list as it would be typed."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from common import clock
from councils.indicators.queries.order import NeedsOrder, order_of_town
from councils.priorities.models import PriorityList
from tests.things_of_the_town import person
from towns.models import Town

WHY = "Two children fell on that road last winter."


@pytest.fixture
def evidence(demo: Town) -> NeedsOrder:
    found = order_of_town(town=demo)
    assert found is not None
    return found


@pytest.fixture
def adopted(demo: Town) -> PriorityList:
    """The demo list: lighting is put first, against the evidence."""
    return PriorityList.objects.get(council__town=demo)


def typed(evidence: NeedsOrder, needs: list[str], reasons: dict[str, str], do: str = "publish") -> dict[str, Any]:
    """The form as a browser sends it."""
    sent: dict[str, Any] = {
        "do": do,
        "decided_date": clock.day_of(clock.now()).isoformat(),
        "text": "",
        "publication": str(evidence.publication.pk),
        "submission": str(uuid4()),
    }
    sent |= {f"place_{need}": str(place) for place, need in enumerate(needs, start=1)}
    return sent | {f"reason_{need}": reason for need, reason in reasons.items()}


def signed_in(client: Client, key: str) -> Client:
    client.force_login(person(key))
    return client
