"""One version of a questionnaire: report, gaps, files beside it, changes, preview, downloads, and ready blocks."""

from datetime import datetime
from http import HTTPStatus
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from audit.models import Record
from common import clock
from common.errors import DomainError, Forbidden
from councils.surveys import actions, queries
from councils.surveys.actions.form_files import LARGEST_FORM_FILE
from councils.surveys.models import FormFile, Questionnaire, QuestionnaireVersion
from councils.surveys.queries import versions
from councils.surveys.queries.library import ready_blocks
from councils.surveys.rules import compile_xlsform, missing_translations
from councils.surveys.rules.difference import difference
from councils.surveys.views.versions import PAGE
from tests.surveys.conftest import MakePerson, small_form
from tests.surveys.everything import EVERYTHING
from tests.surveys.pages import address, html_of, text_of, wave_from_today
from tests.surveys.test_limesurvey import Survey
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

SHOWN = b"""
| survey | | | | | |
| | type | name | label::English (en) | media::image::English (en) | media::audio::English (en) | note_to_self |
| | select_one_from_file streets.csv | street | Which street? | street.png | street.mp3 | ask again |
| | start | start | | | | |
| settings | | |
| | form_title | form_id | default_language |
| | Streets | streets | English (en) |
"""
STREETS = b"name,label\nabai,Abai street\nsatpaev,Satpaev street\n"
SOUND = b"ID3\x04" + bytes(40)


def picture(kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, kind)
    return out.getvalue()


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def desk(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def streets(administrator: User, now: datetime) -> QuestionnaireVersion:
    return actions.import_questionnaire(
        actor=administrator, slug="streets", content=SHOWN, filename="s.md", files={"streets.csv": STREETS}, now=now
    )


def test_what_comes_beside_a_form_is_taken_in_kept_or_named(desk: Client) -> None:
    beside = [
        sent("streets.csv", STREETS),
        sent("street.png", picture()),
        sent("street.mp3", SOUND),
        sent("cat.png", picture()),
    ]
    page = desk.post(address("questionnaires"), {"slug": "streets", "file": sent("s.md", SHOWN), "beside": beside})
    version = QuestionnaireVersion.objects.get()
    assert page["Location"] == address("version", version.pk)
    kept = FormFile.objects.order_by("name").values_list("name", "content_type")
    types = {"street.mp3": "audio/mpeg", "street.png": "image/png", "streets.csv": "text/csv"}
    assert dict(kept) == types
    assert [choice.value for choice in queries.form_of(version.pk).lists["streets"]] == ["abai", "satpaev"]
    shown = html_of(desk.get(address("version", version.pk)))
    assert '<td data-label="Sheet">survey</td> <td data-label="Row">1</td> <td data-label="Column">F</td>' in shown
    assert "The list “streets.csv” was taken into the questionnaire." in shown
    assert "The file “cat.png” is not named in the questionnaire and was left out." in shown
    assert address("version_file", version.pk, "street.png") in shown
    file = desk.get(address("version_file", version.pk, "street.png"))
    assert (file["Content-Type"], file.content) == ("image/png", picture())


def test_a_changed_list_makes_another_version(streets: QuestionnaireVersion, now: datetime) -> None:
    common = {"actor": None, "slug": "streets", "content": SHOWN, "filename": "s.md", "now": now}
    assert actions.import_questionnaire(files={"streets.csv": STREETS}, **common) == streets  # type: ignore[arg-type]
    longer = {"streets.csv": STREETS + b"new,New street\n"}
    assert actions.import_questionnaire(files=longer, **common).number == 2  # type: ignore[arg-type]


def test_only_looking_stores_nothing(desk: Client) -> None:
    form = {"slug": "streets", "file": sent("s.md", SHOWN), "beside": [sent("streets.csv", STREETS)], "only_look": "on"}
    page = desk.post(address("questionnaires"), form)
    assert page.status_code == HTTPStatus.OK
    assert "This file can be imported. Nothing was stored." in text_of(page)
    assert "The list “streets.csv” was taken into the questionnaire." in text_of(page)
    assert 'value="streets"' in html_of(page)
    assert not Questionnaire.objects.exists()


def test_a_survey_from_limesurvey_tells_what_it_lost(desk: Client) -> None:
    content = Survey("en").ask("S", "Q1").ask("1", "Q2", parts="a", answers="x").file()
    desk.post(address("questionnaires"), {"slug": "lime", "file": sent("old.lss", content)})
    version = QuestionnaireVersion.objects.get()
    assert (version.filename, bytes(version.source)) == ("old.lss", content)
    assert [question.name for question in queries.form_of(version.pk).questions] == ["Q1"]
    page = text_of(desk.get(address("version", version.pk)))
    assert "LimeSurvey: Q2" in page
    assert "Questions of this type cannot be asked here, so this one is left out" in page
    assert desk.get(address("version_source", version.pk)).content == content


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("street.png", b"MZ\x90" + bytes(99), "This file is not a picture in JPEG, PNG, WebP or GIF"),
        ("street.png", picture()[:40], "This file is not a picture in JPEG, PNG, WebP or GIF"),
        ("street.mp3", picture(), "This file is not a sound in MP3, M4A, OGG, WAV or AMR: street.mp3."),
        ("cat.png", picture(), "The questionnaire shows no file of this name: cat.png."),
        ("street.png", b"", "This file is empty: street.png."),
        ("street.png", bytes(LARGEST_FORM_FILE + 1), "Send at most 20 files at once, each up to 5 MB"),
    ],
    ids=["program", "half a picture", "no sound", "not named", "empty", "too large"],
)
def test_files_are_judged_by_what_they_are(
    name: str, content: bytes, words: str, desk: Client, streets: QuestionnaireVersion
) -> None:
    page = desk.post(address("version", streets.pk), {"beside": [sent(name, content)]})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in text_of(page)
    assert not FormFile.objects.exclude(name="streets.csv").exists()


def test_more_than_twenty_files_or_two_of_one_name_are_refused(desk: Client, streets: QuestionnaireVersion) -> None:
    many = desk.post(address("version", streets.pk), {"beside": [sent(f"{n}.png", b"x") for n in range(21)]})
    assert "Send at most 20 files at once" in text_of(many)
    twice = desk.post(address("version", streets.pk), {"beside": [sent("a.png", b"x"), sent("a.png", b"y")]})
    assert "Two files have the same name: a.png." in text_of(twice)
    assert "Choose the files to send." in text_of(desk.post(address("version", streets.pk), {}))


def test_files_are_replaced_until_a_wave_begins(
    desk: Client, streets: QuestionnaireVersion, administrator: User, town: Town, now: datetime
) -> None:
    page = text_of(desk.get(address("version", streets.pk)))
    assert "Missing files: 2" in page
    files = {"street.png": picture(), "street.mp3": SOUND}
    assert desk.post(
        address("version", streets.pk), {"beside": [sent(name, content) for name, content in files.items()]}
    )["Location"] == (f"{address('version', streets.pk)}#files")
    actions.add_form_files(actor=administrator, version=streets, files={"street.png": picture("GIF")}, now=now)
    assert FormFile.objects.get(name="street.png").content_type == "image/gif"
    record = Record.objects.filter(action="surveys.add_form_files").latest("pk")
    assert (record.detail, record.object_id) == ({"files": ["street.png"]}, str(streets.pk))
    complete = actions.import_questionnaire(actor=None, slug="gardens", content=small_form(), filename="g.md", now=now)
    assert "Every text and every file is there" in text_of(desk.get(address("version", complete.pk)))
    wave_from_today(town, complete)
    assert not versions.has_begun(streets.pk, on=now.date())
    FormFile.objects.create(version=complete, name="x", content_type="image/png", content=b"x", sha256="")
    assert versions.files_of_version(complete.pk) == []


def test_once_a_wave_has_begun_files_stay(desk: Client, administrator: User, town: Town) -> None:
    now = clock.now()
    content = small_form().replace(b"| required |", b"| media::image | required |", 1)
    rows = content.decode().splitlines()
    # One column more in every row of the sheet survey, filled for the first question.
    at = rows[1].split("|").index(" media::image ")
    for number in [0, *range(2, 12)]:
        cells = rows[number].split("|")
        cells.insert(at, " g.png " if "garden" in cells[3] else " ")
        rows[number] = "|".join(cells)
    version = actions.import_questionnaire(
        actor=None, slug="g", content="\n".join(rows).encode(), filename="g.md", files={"g.png": picture()}, now=now
    )
    assert queries.form_of(version.pk).files == ("g.png",)
    wave_from_today(town, version)
    page = text_of(desk.get(address("version", version.pk)))
    assert "A survey with this version has begun, so its pictures and sounds stay as they are." in page
    assert "Send the files" not in page
    with pytest.raises(DomainError) as refused:
        actions.add_form_files(actor=administrator, version=version, files={"g.png": picture("JPEG")}, now=now)
    assert refused.value.code == "has_begun"


def test_gaps_are_named_with_language_kind_and_place_page_by_page(desk: Client, now: datetime) -> None:
    version = actions.import_questionnaire(
        actor=None, slug="everything", content=EVERYTHING, filename="everything.md", now=now
    )
    gaps = versions.gaps_of(queries.form_of(version.pk))
    assert len(gaps) == len(missing_translations(queries.form_of(version.pk), ["kk", "ru", "en", "de"])) > PAGE
    assert f"All missing texts: {len(gaps)}" in html_of(desk.get(address("version", version.pk)))
    first, second = (html_of(desk.get(address("version_missing", version.pk), {"page": n})) for n in (1, 2))
    assert "mood · Mood" in first
    assert first.count('data-label="Place"') == PAGE
    assert second.count('data-label="Place"') == min(PAGE, len(gaps) - PAGE)
    assert ('rel="next"' in first, 'rel="prev"' in second) == (True, True)


def test_changes_since_the_version_before(desk: Client, now: datetime) -> None:
    reworded = small_form().replace(b"Have you a garden? ru", b"Is there a garden? ru")
    texts = (small_form(), reworded, reworded.replace(b"| text | wish |", b"| text | dream |"))
    before, after, other = (
        actions.import_questionnaire(actor=None, slug="gardens", content=text, filename="g.md", now=now)
        for text in texts
    )
    page = text_of(desk.get(address("version", after.pk)))
    assert ("All changes: 1" in page, "Questions whose figures stay comparable: 4" in page) == (True, True)
    changes = text_of(desk.get(address("version_changes", after.pk)))
    assert "question garden · Have you a garden? en other words (Russian) not comparable" in changes
    assert "Nothing to show here" in text_of(desk.get(address("version_changes", before.pk)))
    newest = text_of(desk.get(address("version_changes", other.pk)))
    assert ("A wish? en new – " in newest, "A wish? en taken out – " in newest) == (True, True)


@pytest.mark.parametrize("language", ["en", "kk"])
def test_the_preview_shows_every_question_and_sends_nothing(language: str, desk: Client, now: datetime) -> None:
    version = actions.import_questionnaire(actor=None, slug="g", content=small_form(), filename="g.md", now=now)
    page = desk.get(address("version_preview", version.pk, language=language))
    words = text_of(page)
    for question in ("Have you a garden?", "Which flowers?", "Which tools?", "How many trees?", "A wish?"):
        assert f"{question} {language}" in words
    assert [f"{part} part {language}" in words for part in ("First", "Second", "Third")] == [True] * 3
    if language == "en":
        assert words.count("Asked only if this was ticked: “Yes en” (Have you a garden? en)") == 2
    assert html_of(page).count('<fieldset class="field" disabled>') == 3


def test_the_preview_has_every_type_and_one_round_of_every_repeat(desk: Client, now: datetime) -> None:
    version = actions.import_questionnaire(actor=None, slug="e", content=EVERYTHING, filename="e.md", now=now)
    page = html_of(desk.get(address("version_preview", version.pk)))
    for address_of in ("order", "mood", "where", "water", "child/0/name", "child/0/toy/0/toy_name", "photo"):
        assert f'name="a-{address_of}' in page


def test_what_is_downloaded_imports_to_the_same_form(desk: Client, streets: QuestionnaireVersion) -> None:
    page = desk.get(address("version_xlsx", streets.pk))
    assert page["Content-Disposition"] == 'attachment; filename="streets-1.xlsx"'
    again = compile_xlsform(content=page.content, filename="streets.xlsx").form
    assert difference(queries.form_of(streets.pk), again).changes == ()
    assert desk.get(address("version_source", streets.pk)).content == SHOWN


def test_ready_blocks_become_a_questionnaire_that_can_open(desk: Client, town: Town) -> None:
    page = text_of(desk.get(address("blocks")))
    for block in ready_blocks():
        assert block.titles["en"] in page
    titles = {f"title_{code}": f"Heat {code}" for code in ("kk", "ru", "en", "de")}
    chosen = {"blocks": ["trust", "shock_heating"], "slug": "heat-shock"}
    made = desk.post(address("blocks"), titles | chosen)
    version = QuestionnaireVersion.objects.get()
    assert made["Location"] == address("version", version.pk)
    assert version.questionnaire.titles == {code: f"Heat {code}" for code in ("kk", "ru", "en", "de")}
    assert [section.name for section in queries.form_of(version.pk).sections] == ["trust", "shock_heating"]
    assert wave_from_today(town, version).number == 1
    wrong = desk.post(address("blocks"), titles | {"slug": "x y"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Tick at least one block." in text_of(wrong)
    assert 'value="Heat kk"' in html_of(wrong)


def test_the_version_is_chosen_already_where_a_wave_is_opened(desk: Client, streets: QuestionnaireVersion) -> None:
    page = html_of(desk.get(address("open_campaign"), {"version": str(streets.pk)}))
    assert f'<option value="{streets.pk}" selected>' in page


def test_only_administrators_add_files_and_blocks(
    person: MakePerson, streets: QuestionnaireVersion, now: datetime
) -> None:
    secretary = person(Role.SECRETARY)
    with pytest.raises(Forbidden):
        actions.add_form_files(actor=secretary, version=streets, files={"street.png": picture()}, now=now)
    with pytest.raises(Forbidden):
        actions.make_of_blocks(actor=secretary, slug="x", titles={}, blocks=["trust"], now=now)


def test_a_version_page_asks_little_whatever_it_shows(desk: Client, streets: QuestionnaireVersion) -> None:
    desk.get(address("version", streets.pk))
    with CaptureQueriesContext(connection) as asked:
        desk.get(address("version", streets.pk))
    assert len(asked) == 9


def test_the_list_goes_on_behind_ten_questionnaires(desk: Client, now: datetime) -> None:
    for number in range(11):
        actions.import_questionnaire(actor=None, slug=f"g{number:02}", content=small_form(), filename="g.md", now=now)
    first = html_of(desk.get(address("questionnaires")))
    assert "?after=g09" in first
    assert 'id="q-g10"' not in first
    assert 'id="q-g10"' in html_of(desk.get(address("questionnaires"), {"after": "g09"}))
