"""A page that everybody may read leads nobody to a page that refuses them: such links stand on signed-in pages.

What a page refuses stands in tests/access/ and is checked there (test_access.py); here it is only followed.
"""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils.translation import override

from tests.addresses import ROLES, ROWS, address_of
from towns.models import Town
from users.states import Role

PUBLIC = sorted(
    name
    for name, row in ROWS.items()
    if row.allowed == frozenset(ROLES) and row.method == "GET" and not row.status and not row.leads_to_sign_in
)
HREF = re.compile(r'<a\s[^>]*?href="(/[^"?#]*)', re.DOTALL)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with override("en"):
        yield
    cache.clear()


def _links(address: str) -> set[str]:
    """The names of the pages of this site that a page leads a visitor to; none from a file."""
    with transaction.atomic():
        answer = Client().get(address)
        body = answer.content.decode() if answer.get("Content-Type", "").startswith("text/html") else ""
        transaction.set_rollback(True)
    found = set()
    with override("en"):  # whoever answered left the language that was asked for last
        for path in set(HREF.findall(body)):
            try:
                found.add(resolve(path).view_name)
            except Resolver404:
                continue  # another language, or a file
    return found


def test_public_pages_lead_nobody_to_a_page_that_refuses_them(demo: Town) -> None:
    addresses = {name: address_of(ROWS[name], demo) for name in PUBLIC}
    linked = {name: _links(address) for name, address in addresses.items()}
    assert "donations:give" in linked["projects:detail"]
    refused = [
        f"{name} -> {link}"
        for name, links in linked.items()
        for link in sorted(links)
        if link in ROWS and Role.RESIDENT.value not in ROWS[link].allowed
    ]
    assert "\n".join(refused) == ""


def test_the_pages_of_the_chain_are_among_those_that_are_read() -> None:
    told = {"projects:list", "projects:detail", "projects:offer", "meetings:list", "ledger:transaction"}
    assert {*told, "reports:reconciliation", "portal:town", "needs:detail", "surveys:list"} <= set(PUBLIC)
