"""A questionnaire taken along to another site: nothing that came beside it stays behind."""

from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client

from councils.surveys import actions, queries
from tests.surveys.pages import address, text_of
from tests.surveys.test_version_pages import SHOWN, STREETS, sent
from users.models import User

pytestmark = pytest.mark.django_db


def test_a_version_is_taken_along_with_everything_that_came_beside_it(
    client: Client, administrator: User, now: datetime
) -> None:
    client.force_login(administrator)
    streets = actions.import_questionnaire(
        actor=administrator, slug="streets", content=SHOWN, filename="s.md", files={"streets.csv": STREETS}, now=now
    )
    answer = client.get(address("version_package", streets.pk))
    assert (answer["Content-Type"], 'filename="streets-1.zip"' in answer["Content-Disposition"]) == (
        "application/zip",
        True,
    )
    with ZipFile(BytesIO(answer.content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(parts) == ["as-it-came/s.md", "streets-1-media/streets.csv", "streets-1.xlsx"]
    assert parts["streets-1-media/streets.csv"] == STREETS
    # On another site: the file as it came with its lists is the same questionnaire, and so is the sheet alone.
    files = {"streets.csv": parts["streets-1-media/streets.csv"]}
    common = {"actor": None, "slug": "elsewhere", "now": now}
    same = actions.import_questionnaire(
        content=parts["as-it-came/s.md"],
        filename="s.md",
        files=files,
        **common,  # type: ignore[arg-type]
    )
    alone = actions.import_questionnaire(content=parts["streets-1.xlsx"], filename="s.xlsx", **common)  # type: ignore[arg-type]
    assert queries.form_of(same.pk) == queries.form_of(streets.pk)
    assert queries.form_of(alone.pk).lists == queries.form_of(streets.pk).lists
    # The list is no file of the form: pages and devices are not given it.
    assert client.get(address("version_file", streets.pk, "streets.csv")).status_code == HTTPStatus.NOT_FOUND
    too_long = [sent(f"{'n' * 80}.csv", STREETS)]
    refused = client.post(address("questionnaires"), {"slug": "long", "file": sent("s.md", SHOWN), "beside": too_long})
    assert "is longer than 80 signs" in text_of(refused)
