"""The open-data page: every column and code in words, the licence, addresses that exist, no question to a database."""

from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils.translation import override

from common.ids import uuid7
from councils.indicators.actions.files import COLUMNS, FILE_NAMES
from councils.indicators.views.open_data import open_data

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_column_and_code_is_told_in_words(client: Client, language: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page = unescape(client.get(f"/{language}/api/").content.decode())
    assert len(queries) == 0
    with override(language):
        for column in COLUMNS:
            assert f"<code>{column.name}</code>" in page
            assert str(column.words) in page
            for code, words in column.codes:
                assert f"<code>{code}</code>" in page
                assert str(words) in page
    assert "https://creativecommons.org/licenses/by/4.0/" in page
    for name in FILE_NAMES:
        assert f"<code>{name}</code>" in page


def test_the_addresses_of_the_page_lead_somewhere(client: Client) -> None:
    told = open_data()
    for address, name in ((told.newest, "indicators:csv"), (told.lasting, "indicators:vintage_file")):
        path = address.partition("/kk/")[2].replace("WAVE", str(uuid7()))
        with override("kk"):
            assert resolve(f"/kk/{path}").view_name == name
    for name, text in told.examples:
        assert "{" not in text.replace('{"WEIGHTED": str}', ""), name
