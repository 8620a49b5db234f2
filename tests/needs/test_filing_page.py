"""The form: with and without an account, with everything that can go wrong, and nothing typed ever lost."""

import re
from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from PIL import ExifTags, Image

from councils.needs.models import Need
from councils.needs.states import FiledBy
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

TEXT = "The street lamps beside school 12 are dark since October."


def send(client: Client, town: Town, **changed: object) -> HttpResponse:
    facts: dict[str, object] = {"text": TEXT, "category": "lighting", "quarter": "Microdistrict 5", "website": ""}
    facts |= {"submission": str(uuid4()), **changed}
    return client.post(  # type: ignore[return-value]
        reverse("needs:file", args=[town.slug]), {name: value for name, value in facts.items() if value is not None}
    )


def jpeg_with_place() -> SimpleUploadedFile:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    out = BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("IMG_1.jpg", out.getvalue(), content_type="image/jpeg")


def test_the_form_asks_no_name_of_a_visitor(client: Client, town: Town) -> None:
    html = client.get(reverse("needs:file", args=[town.slug])).content.decode()
    assert 'name="filed_as"' not in html
    assert "nothing leads from this need to you" in html
    assert "not an official appeal" in html
    assert "e-Otinish" in html


def test_every_form_has_its_own_number(client: Client, town: Town) -> None:
    numbers = {
        re.findall(
            r'name="submission" value="([0-9a-f-]{36})"',
            client.get(reverse("needs:file", args=[town.slug])).content.decode(),
        )[0]
        for _ in range(3)
    }
    assert len(numbers) == 3


def test_a_visitor_files_a_need_and_gets_a_ticket(client: Client, town: Town) -> None:
    response = send(client, town)
    need = Need.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == f"{reverse('needs:ticket', args=[need.ticket])}?filed=1"
    assert (need.text, need.category, need.quarter, need.author) == (TEXT, "lighting", "Microdistrict 5", None)
    html = client.get(response.headers["Location"]).content.decode()
    assert f'<p class="ticket">{need.ticket}</p>' in html
    assert "The need is filed." in html
    assert "Follow a need" in html


def test_filing_leaves_no_mark_in_the_session(client: Client, town: Town) -> None:
    send(client, town)
    assert "sessionid" not in client.cookies


def test_two_tabs_and_a_double_tap_file_once(client: Client, town: Town) -> None:
    number = str(uuid4())
    first, second = (send(client, town, submission=number) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Need.objects.count() == 1


def test_signed_in_and_still_anonymous(client: Client, town: Town, person: Callable[..., User]) -> None:
    client.force_login(person())
    html = client.get(reverse("needs:file", args=[town.slug])).content.decode()
    first = re.findall(r"<input[^>]*filed_as[^>]*>", html)[0]
    assert 'value="anonymous"' in first
    assert "checked" in first
    assert "helper" not in html.split("<main")[1]
    send(client, town, filed_as="anonymous")
    assert Need.objects.get().author is None


def test_signed_in_and_on_my_page(client: Client, town: Town, person: Callable[..., User]) -> None:
    me = person()
    client.force_login(me)
    send(client, town, filed_as="me")
    assert Need.objects.get().author == me


def test_signed_in_must_say_which(client: Client, town: Town, person: Callable[..., User]) -> None:
    client.force_login(person())
    assert send(client, town).status_code == 422
    assert Need.objects.count() == 0


def test_a_visitor_cannot_claim_an_author(client: Client, town: Town) -> None:
    send(client, town, filed_as="me")
    assert Need.objects.get().author is None


def test_a_helper_files_for_somebody(client: Client, town: Town, person: Callable[..., User]) -> None:
    helper = person(Role.HELPER)
    client.force_login(helper)
    response = send(client, town, filed_as="somebody")
    need = Need.objects.get()
    assert (need.filed_by, need.helper, need.author) == (FiledBy.HELPER, helper, None)
    assert "File the next need" in client.get(response.headers["Location"]).content.decode()


def test_who_is_no_helper_here_cannot(client: Client, town: Town, person: Callable[..., User]) -> None:
    client.force_login(person(Role.HELPER, where=Town.objects.get(slug="ridder")))
    assert send(client, town, filed_as="somebody").status_code == 422
    assert Need.objects.count() == 0


def test_a_photo_comes_in_without_its_place(client: Client, town: Town) -> None:
    photo = jpeg_with_place()
    assert b"Exif" in photo.read()
    photo.seek(0)
    send(client, town, photo=photo)
    need = Need.objects.get()
    with need.photo.open("rb") as file:
        kept = file.read()
    assert b"Exif" not in kept
    assert "IMG_1" not in str(need.photo.name)


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (
            SimpleUploadedFile("beach.jpg", b"\xff\xd8\xff" + bytes(30 * 1024 * 1024)),
            "This file has 30.1 MB, and at most 10 MB can be sent.",
        ),
        (
            SimpleUploadedFile("beach.jpg", b"MZ\x90\x00" + bytes(4000)),
            "This file is called .jpg but is not a picture.",
        ),
        (SimpleUploadedFile("beach.jpg", b""), "This file is empty."),
    ],
    ids=["30 MB", "a program", "empty"],
)
def test_a_bad_photo_loses_nothing(client: Client, town: Town, photo: SimpleUploadedFile, words: str) -> None:
    photo.seek(0)
    response = send(client, town, photo=photo)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert f">\n{TEXT}</textarea>" in html
    assert '<option value="lighting" selected>' in html
    assert 'value="Microdistrict 5"' in html
    assert '<a href="#id_photo">' in html
    assert "Only the photo has to be chosen again" in html
    assert Need.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "words", "field"),
    [
        ({"text": ""}, "Write what the town needs.", "text"),
        ({"text": " lamps "}, "Say in a sentence what the town needs, and where.", "text"),
        ({"text": "x" * 2001}, "2000", "text"),
        ({"category": ""}, "Choose what it is about.", "category"),
        ({"category": "wishes"}, "wishes", "category"),
        ({"quarter": "x" * 81}, "80", "quarter"),
        ({"website": "http://spam.example"}, "programs fill it in, people do not", "website"),
    ],
)
def test_every_mistake_is_named_and_linked(
    client: Client, town: Town, changed: dict[str, str], words: str, field: str
) -> None:
    response = send(client, town, **changed)
    html = response.content.decode()
    assert response.status_code == 422
    summary = html.split('class="error-summary"')[1].split("</div>")[0]
    assert f'href="#id_{field}"' in summary
    assert words in summary
    assert f'id="id_{field}_error"' in html
    assert Need.objects.count() == 0


def test_line_ends_count_once(client: Client, town: Town) -> None:
    text = "\r\n".join(["x" * 99] * 20)  # 1999 signs as the browser counts them, 2018 as they travel
    assert send(client, town, text=text).status_code == 302


def test_the_trap_is_out_of_sight_until_somebody_falls_in(client: Client, town: Town) -> None:
    html = client.get(reverse("needs:file", args=[town.slug])).content.decode()
    assert "<div hidden>" in html
    assert "<div hidden>" not in send(client, town, website="x").content.decode()


def test_a_form_without_its_number_files_nothing(client: Client, town: Town) -> None:
    assert send(client, town, submission="nonsense").status_code == 422
    assert Need.objects.count() == 0


def test_a_foreign_form_is_refused(town: Town) -> None:
    assert send(Client(enforce_csrf_checks=True), town).status_code == 403
    assert Need.objects.count() == 0


def test_the_form_is_never_cached(client: Client, town: Town) -> None:
    assert "no-store" in client.get(reverse("needs:file", args=[town.slug])).headers["Cache-Control"]


def test_the_thirty_first_need_of_an_hour_waits_and_keeps_its_words(client: Client, town: Town) -> None:
    with override("en"):
        answers = [send(client, town, text=f"{TEXT} Lamp number {number}.") for number in range(30)]
        late = send(client, town, text=f"{TEXT} Lamp number 30.", photo=jpeg_with_place())
    assert [answer.status_code for answer in answers] == [302] * 30
    assert (late.status_code, Need.objects.count()) == (429, 30)
    html = late.content.decode()
    assert "Too many needs were sent within an hour." in html
    assert f"{TEXT} Lamp number 30.</textarea>" in html
    assert 'value="Microdistrict 5"' in html
    with override("en"):
        assert client.get(reverse("needs:file", args=[town.slug])).status_code == 200


def test_forms_that_were_wrong_count_too(client: Client, town: Town) -> None:
    answers = [send(client, town, text="") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [422] * 30 + [429]


def test_an_account_is_counted_by_itself(client: Client, town: Town) -> None:
    """Neighbours in one network do not use up what one of them may file with an account, nor the other way round."""
    person, other = (User.objects.create_user(f"{name}@example.org") for name in ("one", "two"))
    for _ in range(31):
        send(client, town, text="")
    client.force_login(person)
    mine = [send(client, town, text="").status_code for _ in range(31)]
    client.force_login(other)
    assert (mine, send(client, town, filed_as="me").status_code) == ([422] * 30 + [429], 302)


def test_no_address_is_kept(client: Client, town: Town) -> None:
    client.post(reverse("needs:file", args=[town.slug]), {"text": TEXT}, REMOTE_ADDR="203.0.113.7")
    kept = {str(key) for key in cache._cache}  # type: ignore[attr-defined]
    assert len(kept) == 1
    assert "203.0.113.7" not in kept.pop()
