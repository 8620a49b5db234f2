"""The explanation for everybody: one picture, in every language, and a way to try it."""

import re
from datetime import datetime

import pytest
from django.test import Client

from tests.transparency.conftest import SLUG

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_the_page_has_one_picture_with_words_and_leads_on(client: Client, language: str, now: datetime) -> None:
    html = client.get(f"/{language}/how-to-check/").content.decode()
    main = html.partition("<main")[2].partition("</main>")[0]
    assert main.count("<svg") == 1
    title = re.search(r'role="img"[^>]*aria-labelledby="([a-z-]+)"', main)
    assert title
    assert re.search(rf'<title id="{title[1]}">[^<]{{20,}}</title>', main)
    assert f'href="/{language}/verify/"' in main
    assert f'href="/{language}/how-to-check/"' in html.partition("<footer")[2]


def test_it_lists_the_logs_that_exist(client: Client, write: object) -> None:
    assert f"/en/log/{SLUG}/" not in client.get("/en/how-to-check/").content.decode()
    write(1)  # type: ignore[operator]
    assert f"/en/log/{SLUG}/" in client.get("/en/how-to-check/").content.decode()
