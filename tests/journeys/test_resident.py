"""The resident: one phone of 360 px, Kazakh, no scripts. A need is filed with a photo and followed by its ticket."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.books import Books
from tests.journeys.reader import Reader, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NEED = "Сәтбаев көшесіндегі аялдамада шам жоқ, кешке адамдар жолды көрмейді."
GPS, ORIENTATION = 0x8825, 0x0112


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo as a phone takes it: lying on its side, with the place in it."""
    picture = Image.new("RGB", (1600, 1200), (90, 110, 130))
    facts = Image.Exif()
    facts[ORIENTATION] = 6
    facts.get_ifd(GPS).update({1: "N", 2: (44.0, 51.0, 0.0), 3: "E", 4: (78.0, 45.0, 0.0)})
    path = tmp_path / "IMG_20261122.jpg"
    picture.save(path, exif=facts)
    return path


def test_a_need_is_filed_with_a_photo_and_followed(reader: Callable[..., Reader], books: Books, photo: Path) -> None:
    resident = reader("kk")
    page = resident.page
    resident.open("")
    resident.look("home")
    resident.enter("resident")
    resident.look("resident-my-page", judge=True)
    resident.follow("needs/tekeli/new/")
    resident.look("need-form")

    # Too little, and no category: both are said, and what was typed stays.
    resident.fill_in({"text": "Шам", "quarter": "Сәтбаев көшесі"})
    resident.send(status=422)
    resident.look("need-form-refused", judge=True)
    expect(page.locator("#errors li")).to_have_count(2)
    expect(resident.field("text")).to_have_value("Шам")
    expect(resident.field("quarter")).to_have_value("Сәтбаев көшесі")

    resident.fill_in({"text": NEED, "category": "lighting"})
    resident.choose("filed_as", "me")
    resident.field("photo").set_input_files(photo)
    resident.send()
    resident.arrive("needs/ticket/*/")
    resident.says(words("kk", "The need is filed."), at="main [role=status]")
    resident.says(NEED)
    ticket = page.locator(".ticket").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{3}(-[0-9A-Z]{3}){2}", ticket)
    picture = page.locator("main figure img")
    picture.scroll_into_view_if_needed()
    resident.look("need-ticket", judge=True)

    # The photo came through upright, and nothing of the place did.
    address = f"{resident.site}{picture.get_attribute('src')}"
    with urlopen(address, timeout=20) as answer, Image.open(io.BytesIO(answer.read())) as kept:  # noqa: S310
        assert kept.height > kept.width
        assert dict(kept.getexif()) == {}

    # Another phone, no account: dictated, typed without dashes and in small letters.
    neighbour = reader("kk")
    neighbour.open("")
    neighbour.page.locator("header details summary").click()
    neighbour.page.locator("header details a[href='/kk/needs/follow/']").click()
    neighbour.arrive("needs/follow/")
    neighbour.look("need-follow")
    neighbour.fill_in({"ticket": ticket.replace("-", " ").lower()})
    neighbour.send()
    neighbour.arrive(f"needs/ticket/{ticket}/")
    neighbour.says(NEED)
    neighbour.says(
        words("kk", "The council has not answered yet. Until it does, only you and the council can read the need.")
    )

    assert books.rows(
        "SELECT n.text, n.category, n.quarter, n.state, n.language, u.email FROM needs_need n"
        " LEFT JOIN users_user u ON u.id = n.author_id WHERE n.ticket = %s",
        ticket,
    ) == [(NEED, "lighting", "Сәтбаев көшесі", "submitted", "kk", "resident@demo.example")]


# What the resident answers, section by section: single choices, several choices (lists), words. Answers bring up
# questions: two needs ask for the first of them, "leave" asks why, central heating asks how warm it is.
SECTIONS: tuple[dict[str, str | list[str]], ...] = (
    {
        "life_satisfaction": "partly_satisfied",
        "conditions_satisfaction": "not_satisfied",
        "stay_intention": "probably_leave",
        "urgent_needs": ["lighting", "water"],
    },
    {
        "first_need": "lighting",
        "need_severity": "very_much",
        "leave_reasons": ["work", "education"],
        "advice_to_young": "rather_no",
    },
    {
        "air_satisfaction": "satisfied",
        "water_satisfaction": "not_satisfied",
        "waste_satisfaction": "partly_satisfied",
        "roads_satisfaction": "hard_to_say",
        "heating_type": "central",
    },
    {
        "heating_satisfaction": "satisfied",
        "health_satisfaction": "not_satisfied",
        "school_satisfaction": "satisfied",
    },
    {
        "work_status": "public_sector",
        "job_prospects": "difficult",
        "income_enough": "clothes",
        "business_conditions": "hard_to_say",
    },
    {
        "akimat_trust": "rather",
        "council_trust": "not_heard",
        "akimat_listens": "rather_no",
        "one_change": "Кешке көше жарық болса екен.",
    },
    {"sex": "female", "age_group": "age_30_44", "education": "higher", "household_size": "4"},
)


def _answer(resident: Reader, answers: dict[str, str | list[str]]) -> None:
    for question, answer in answers.items():
        name = f"a-{question}"
        if resident.field(name).first.get_attribute("type") in {"radio", "checkbox"}:
            for value in [answer] if isinstance(answer, str) else answer:
                resident.choose(name, value)
        else:
            assert isinstance(answer, str)
            resident.fill_in({name: answer})


def _checked(resident: Reader, question: str) -> list[str | None]:
    boxes = resident.page.locator(f"main [name='a-{question}']:checked").all()
    return [box.get_attribute("value") for box in boxes]


def test_the_open_survey_is_answered_changed_and_counted_once(reader: Callable[..., Reader], books: Books) -> None:
    before = books.one("SELECT count(*) FROM surveys_envelope")
    resident = reader("kk")
    page = resident.page
    resident.enter("resident")
    resident.open("towns/tekeli/")
    resident.follow("surveys/wave/*/")
    resident.look("survey-about")
    wave = resident.at
    answering = f"surveys/wave/{wave}/answer"
    resident.follow(f"{answering}/1/")
    resident.look("survey-section-1")

    # One question left out, and one tick too many: both are said, the rest stays.
    _answer(resident, SECTIONS[0] | {"life_satisfaction": [], "urgent_needs": ["lighting", "water", "roads", "jobs"]})
    resident.page.locator("main button[name=go][value=on]").click()
    expect(page.locator("#errors li")).to_have_count(2)
    resident.look("survey-section-1-refused", judge=True)
    assert _checked(resident, "stay_intention") == ["probably_leave"]
    assert _checked(resident, "urgent_needs") == ["water", "roads", "lighting", "jobs"]
    page.locator("#errors a").first.click()
    expect(resident.field("a-life_satisfaction").first).to_be_in_viewport()
    _answer(resident, {"life_satisfaction": "partly_satisfied", "urgent_needs": ["roads", "jobs"]})  # ticks come off

    for number, answers in enumerate(SECTIONS, start=1):
        resident.arrive(f"{answering}/{number}/")
        if number > 1:
            _answer(resident, answers)
        resident.look(f"survey-section-{number}-answered", judge=number in {2, 7})
        if number == 3:
            # Back, look, and on again: nothing is lost in either direction.
            page.locator("main button[name=go][value=back]").click()
            resident.arrive(f"{answering}/2/")
            assert _checked(resident, "leave_reasons") == ["work", "education"]
            page.locator("main button[name=go][value=on]").click()
            resident.arrive(f"{answering}/3/")
            assert _checked(resident, "heating_type") == ["central"]
        page.locator("main button[name=go][value=on]").click()

    resident.arrive(f"surveys/wave/{wave}/review/")
    resident.look("survey-review", judge=True)
    resident.says("Кешке көше жарық болса екен.")
    assert books.one("SELECT count(*) FROM surveys_envelope") == before  # nothing was sent yet
    resident.send()
    resident.arrive(f"surveys/wave/{wave}/done/")
    resident.look("survey-done", judge=True)

    code = page.locator(".ticket").inner_text()

    # On another phone, with the code: changed and sent again, which takes the place of what was sent.
    other = reader("kk")
    other.enter("resident")
    other.open(f"{answering}/1/")
    other.says(words("kk", "You have answered. You may answer again: the new answers take the place of the old ones."))
    other.look("survey-answered-already", judge=True)
    other.follow("surveys/resume/")
    other.fill_in({"code": code.replace("-", " ").lower()})
    other.send()
    other.arrive(f"surveys/wave/{wave}/review/")
    other.says("Кешке көше жарық болса екен.")
    other.open(f"{answering}/6/")
    expect(other.field("a-one_change")).to_have_value("Кешке көше жарық болса екен.")
    other.fill_in({"a-one_change": "Жол жөнделсе екен."})
    other.page.locator("main button[name=go][value=on]").click()
    other.arrive(f"{answering}/7/")
    other.open(f"surveys/wave/{wave}/review/")
    other.says("Жол жөнделсе екен.")
    other.send()
    other.arrive(f"surveys/wave/{wave}/done/")

    assert books.one("SELECT count(*) FROM surveys_envelope") == before + 1
    assert books.one("SELECT count(*) FROM surveys_participation WHERE wave_id = %s", wave) == before + 1
    assert books.one("SELECT count(*) FROM surveys_response WHERE wave_id = %s", wave) == 0

    # Taken back: nothing of it is left.
    other.follow(f"surveys/wave/{wave}/withdraw/")
    other.look("survey-withdraw", judge=True)
    other.page.locator("main form[data-forget] button").click()
    expect(other.page.locator("h1")).to_have_text(words("kk", "Your answers were taken back"))
    assert books.one("SELECT count(*) FROM surveys_envelope") == before
    assert books.one("SELECT count(*) FROM surveys_participation WHERE wave_id = %s", wave) == before
