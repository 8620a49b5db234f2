"""The administrator's page: versions, imports, and files that cannot be taken."""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from audit.models import Record
from common.errors import Forbidden
from councils.surveys import actions, queries
from councils.surveys.models import Questionnaire, QuestionnaireVersion
from councils.surveys.rules import FormRefusedError
from tests.surveys.conftest import REAL, MakePerson, small_form
from tests.surveys.pages import address, html_of, text_of
from users.models import User
from users.states import Role

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

pytestmark = pytest.mark.django_db

EXE = b"MZ\x90\x00" + bytes(2_000)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page_address() -> str:
    with override("en"):
        return reverse("surveys:questionnaires")


@pytest.fixture
def desk(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def _upload(client: Client, content: bytes, name: str, slug: str = "gardens") -> "_MonkeyPatchedWSGIResponse":
    return client.post(page_address(), {"slug": slug, "file": SimpleUploadedFile(name, content)})


def test_a_file_becomes_a_version_once(desk: Client, administrator: User) -> None:
    assert "No questionnaire yet" in text_of(desk.get(page_address()))
    first = _upload(desk, REAL.read_bytes(), REAL.name, slug="life")
    version = QuestionnaireVersion.objects.get()
    assert first["Location"] == address("version", version.pk)
    assert (version.number, version.filename, version.imported_by) == (1, REAL.name, administrator)
    assert bytes(version.source) == REAL.read_bytes()
    assert queries.form_of(version.pk).form_id == "life_in_our_town"
    assert version.xform.startswith("<?xml")
    assert version.questionnaire.titles["de"] == "Leben und Bedarf in unserer Stadt"
    again = _upload(desk, REAL.read_bytes(), "other name.xlsx", slug="life")
    assert again["Location"] == first["Location"]
    record = Record.objects.get(action="surveys.import_questionnaire")
    assert record.detail == {"slug": "life", "number": 1, "sha256": version.source_sha256}
    page = text_of(desk.get(page_address()))
    assert "Needs and life in our town" in page
    assert "complete" in page


def test_a_change_is_the_next_version_and_the_page_counts_missing_texts(desk: Client) -> None:
    _upload(desk, small_form(), "gardens.md")
    _upload(desk, small_form(without="choice:no:kk"), "gardens2.md")
    questionnaire = Questionnaire.objects.get()
    assert [version.number for version in questionnaire.versions.order_by("number")] == [1, 2]
    page = text_of(desk.get(page_address()))
    assert "Missing texts: 1" in page
    assert "gardens2.md" in page


def test_versions_never_change(desk: Client) -> None:
    _upload(desk, small_form(), "gardens.md")
    with pytest.raises(DatabaseError), transaction.atomic():
        QuestionnaireVersion.objects.update(filename="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        QuestionnaireVersion.objects.all().delete()


def test_a_duplicate_column_is_shown_with_its_place(desk: Client) -> None:
    content = small_form().replace(b"| required | relevant |", b"| required | required |", 1)
    page = _upload(desk, content, "gardens.md")
    html = html_of(page)
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert '<td data-label="Sheet">survey</td> <td data-label="Row">1</td> <td data-label="Column">H</td>' in html
    assert "The column “required” stands twice in the header row." in text_of(page)
    assert 'value="gardens"' in html
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (EXE, "setup.exe", "This is not a questionnaire that can be read."),
        (EXE, "questions.xlsx", "This is not a questionnaire that can be read."),
        (b"", "questions.xlsx", "This is not a questionnaire that can be read."),
        (bytes(6_000_000), "questions.xlsx", "The file is too large: a questionnaire may have up to 5 MB."),
    ],
)
def test_files_that_are_none_are_refused_and_nothing_is_stored(
    content: bytes, name: str, words: str, desk: Client
) -> None:
    page = _upload(desk, content, name)
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in text_of(page)
    assert not Questionnaire.objects.exists()
    assert not QuestionnaireVersion.objects.exists()


def test_a_form_without_file_or_name_says_so(desk: Client) -> None:
    page = desk.post(page_address(), {"slug": "Not a slug!"})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose the file of the questionnaire." in text_of(page)
    assert 'id="id_slug_error"' in html_of(page)


def test_the_action_refuses_what_the_page_shows(administrator: User, now: datetime) -> None:
    with pytest.raises(FormRefusedError):
        actions.import_questionnaire(actor=administrator, slug="x", content=EXE, filename="a.exe", now=now)


@pytest.mark.parametrize("role", [None, *[role for role in Role if role != Role.ADMINISTRATOR]])
def test_only_the_administrator(role: Role | None, client: Client, person: MakePerson, now: datetime) -> None:
    someone = person(role)
    client.force_login(someone)
    assert client.get(page_address()).status_code == HTTPStatus.FORBIDDEN
    assert _upload(client, small_form(), "gardens.md").status_code == HTTPStatus.FORBIDDEN
    with pytest.raises(Forbidden):
        actions.import_questionnaire(
            actor=someone, slug="gardens", content=small_form(), filename="gardens.md", now=now
        )
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize("versions", [1, 3])
def test_the_page_asks_no_more_with_more_versions(versions: int, desk: Client) -> None:
    for number in range(versions):
        _upload(desk, small_form() + b"\n" * number, "gardens.md")
    assert QuestionnaireVersion.objects.count() == versions
    desk.get(page_address())
    with CaptureQueriesContext(connection) as asked:
        desk.get(page_address())
    assert len(asked) == 5
