"""A survey on a phone: by keyboard alone, without network in the middle, changed after sending, in two tabs."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from devservices.stack import Stack
from tests.journeys.books import Books
from tests.journeys.conftest import PHONE, chromium
from tests.journeys.reader import Reader
from tests.journeys.test_resident import SECTIONS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

MOST_STEPS = 600
# How many answers lie on the phone; and the moment from which on the worker sees every request of the page.
ON_PHONE = """async () => {
    const record = await self.asarStore.read(document.getElementById("phone").dataset.wave);
    return Object.keys(record?.changes ?? {}).length;
}"""
CONTROLLED = """async () => {
    const workers = navigator.serviceWorker;
    await workers.ready;
    if (!workers.controller) await new Promise(done => workers.addEventListener("controllerchange", done));
}"""
_FOCUS = """() => {
    const {tagName, type, name, value, checked, form} = document.activeElement;
    const group = name && form ? [...form.elements].filter(one => one.name === name) : [];
    return {tag: tagName, type, name, value, checked, answered: group.some(one => one.checked)};
}"""


@pytest.fixture
def phone(stack: Stack) -> Iterator[Callable[..., Reader]]:
    """A reader whose phone runs scripts and loses its network: that the browser says so is no complaint."""
    seated: list[Reader] = []

    def seat(language: str) -> Reader:
        context = chromium.context(size=PHONE, axe=True)
        stripe = stack.env["STRIPE_API_BASE"]
        seated.append(Reader(context, language=language, site=stack.url, stripe=stripe, chromium=chromium))
        return seated[-1]

    yield seat
    for one in seated:
        one.close()
    for one in seated:
        assert [said for said in one.complaints if "ERR_INTERNET_DISCONNECTED" not in said] == []


_GARDEN = """
| survey | | | | |
| | type | name | label::English (en) | relevant |
| | begin_group | one | First | |
| | select_one yn | garden | Is there a garden? | |
| | text | flowers | Which flowers? | ${garden} = 'yes' |
| | end_group | | | |
| | begin_group | two | Second | ${garden} = 'yes' |
| | integer | trees | How many trees? | |
| | end_group | | | |
| | begin_group | three | Third | |
| | image | photo | A photo | |
| | end_group | | | |
| choices | | | |
| | list_name | name | label::English (en) |
| | yn | yes | Yes |
| | yn | no | No |
| settings | | | | | |
| | form_title | form_id | version | default_language | public_title::English (en) |
| | Garden | garden | 1 | English (en) | Garden |
"""
OPEN_WAVE = """
from datetime import timedelta
from common.clock import day_of, now
from councils.surveys import actions
from councils.surveys.models import Wave
from councils.surveys.states import Audience, WaveState
from towns.models import Town
moment = now()
version = actions.import_questionnaire(
    actor=None, slug="{slug}", content={content!r}, filename="form.md", now=moment
)
busy = Wave.objects.exclude(state=WaveState.CLOSED).values("town")
wave = actions.open_wave(
    actor=None, town=Town.objects.exclude(pk__in=busy)[0], version=version, opens_date=day_of(moment),
    closes_date=day_of(moment) + timedelta(days=9), audience=Audience.OPEN, languages=["en"], now=moment,
)
print("WAVE", wave.pk)
"""


OPEN_WAVE_OF_TOWN = (
    "FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id WHERE w.state = 'open' AND t.slug = 'tekeli'"
)


def _wave(books: Books) -> str:
    """The open survey of the town where the demo's people live; other tests open others."""
    return str(books.one(f"SELECT w.id {OPEN_WAVE_OF_TOWN}"))


def _answer(somebody: Reader, number: int) -> int:
    """Answer a section; the part of a page that is hidden is left alone. The number of questions answered."""
    for question, answer in SECTIONS[number - 1].items():
        field = somebody.page.locator(f"main [name='a-{question}']:visible").first
        if field.get_attribute("type") in {"radio", "checkbox"}:
            for value in [answer] if isinstance(answer, str) else answer:
                somebody.page.locator(f"main label:visible:has([name='a-{question}'][value='{value}'])").click()
        else:
            field.fill(str(answer))
    return len(SECTIONS[number - 1])


def _next(somebody: Reader) -> None:
    somebody.page.locator("main button[name=go][value=on]:visible").last.click()


def network(somebody: Reader, *, there: bool) -> None:
    somebody.page.context.set_offline(not there)


def test_a_survey_is_answered_by_keyboard_alone(reader: Callable[..., Reader], books: Books) -> None:
    resident = reader("kk")
    resident.enter("resident")
    wave = _wave(books)
    resident.open(f"surveys/wave/{wave}/answer/1/")
    keyboard, page = resident.page.keyboard, resident.page
    for _step in range(MOST_STEPS):
        if "/review/" in page.url:
            break
        keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus["name"] == "go" and focus["value"] == "on":
            with page.expect_navigation():
                keyboard.press("Enter")
        elif focus["type"] in {"radio", "checkbox"} and not focus["answered"]:
            keyboard.press("Space")
        elif focus["type"] in {"text", "textarea"} and not focus["value"]:
            keyboard.type("3")
    resident.arrive(f"surveys/wave/{wave}/review/")
    resident.look("survey-keyboard-review", judge=True)
    resident.send()
    resident.arrive(f"surveys/wave/{wave}/done/")
    expect(page.locator(".ticket")).to_be_visible()
    resident.follow(f"surveys/wave/{wave}/withdraw/")
    resident.page.locator("main form[data-forget] button").click()


def test_the_network_goes_in_the_middle_and_everything_arrives_once(phone: Callable[..., Reader], books: Books) -> None:
    resident = phone("kk")
    page = resident.page
    wave = _wave(books)
    answering = f"surveys/wave/{wave}/answer"
    before = books.one("SELECT count(*) FROM surveys_envelope")
    resident.enter("resident")
    resident.open(f"{answering}/1/")
    page.evaluate(CONTROLLED)
    _answer(resident, 1)
    _next(resident)
    resident.arrive(f"{answering}/2/")

    # The browser's own way back shows what was answered, and forward goes on.
    page.go_back()
    name, value = next((one, said) for one, said in SECTIONS[0].items() if isinstance(said, str))
    expect(page.locator(f"[name='a-{name}'][value='{value}']")).to_be_checked()
    page.go_forward()
    resident.arrive(f"{answering}/2/")

    # The form of section 2 does not arrive any more; sections 3 and 4 are answered without network.
    number = _answer(resident, 2)
    network(resident, there=False)
    _next(resident)
    for section in (3, 4):
        expect(page.locator(f"[data-part='{section}']")).to_be_visible()
        resident.arrive(f"{answering}/{section}/")
        assert page.evaluate(ON_PHONE) == number
        resident.look(f"survey-without-network-{section}")
        number += _answer(resident, section)
        _next(resident)
    expect(page.locator("[data-part='5']")).to_be_visible()
    tab = page.context.new_page()  # what was typed in one tab is seen in another
    tab.goto(f"{resident.site}/kk/{answering}/3/")
    expect(tab.locator("[name='a-heating_type'][value='central']")).to_be_checked()
    tab.close()

    # It comes back: everything arrives, and nothing stays on the phone.
    network(resident, there=True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says='arrived']")).to_be_visible()
    assert page.evaluate(ON_PHONE) == 0
    page.locator("[data-go]").click()
    for section in (5, 6, 7):
        resident.arrive(f"{answering}/{section}/")
        _answer(resident, section)
        _next(resident)
    resident.arrive(f"surveys/wave/{wave}/review/")

    # Sent without network: the phone says that it waits, and sends it once.
    network(resident, there=False)
    resident.send()
    expect(page.locator("[data-part='done']")).to_be_visible()
    resident.look("survey-sent-without-network")
    assert books.one("SELECT count(*) FROM surveys_envelope") == before
    network(resident, there=True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says='sent']")).to_be_visible()
    assert page.evaluate(ON_PHONE) == 0
    assert books.one("SELECT count(*) FROM surveys_envelope") == before + 1
    page.locator("[data-go]").click()
    resident.arrive(f"surveys/wave/{wave}/done/")
    expect(page.locator(".ticket")).to_be_visible()

    # Two tabs change different sections; a third thing is typed and never sent, and is there when one comes back.
    resident.open(f"{answering}/3/")
    resident.choose("a-air_satisfaction", "not_satisfied")
    tab = page.context.new_page()
    tab.goto(f"{resident.site}/kk/{answering}/6/")
    tab.locator("[name='a-one_change']").fill("Жол")
    tab.locator("main button[name=go][value=on]").click()
    expect(tab.locator("h1")).to_be_visible()
    tab.goto(f"{resident.site}/kk/{answering}/7/")
    tab.locator("[name='a-household_size']").fill("5")
    tab.goto(f"{resident.site}/kk/{answering}/1/")
    tab.close()
    _next(resident)
    resident.arrive(f"{answering}/4/")
    resident.open(f"{answering}/7/")
    expect(resident.field("a-household_size")).to_have_value("5")
    resident.open(f"{answering}/6/")
    expect(resident.field("a-one_change")).to_have_value("Жол")
    resident.open(f"{answering}/3/")
    expect(page.locator("[name='a-air_satisfaction'][value='not_satisfied']")).to_be_checked()
    assert books.one("SELECT count(*) FROM surveys_envelope") == before + 1
    resident.open(f"surveys/wave/{wave}/withdraw/")
    page.locator("main form[data-forget] button").click()
    expect(page.locator("main form[data-forget]")).to_have_count(0)
    assert books.one("SELECT count(*) FROM surveys_envelope") == before


@pytest.mark.soak
def test_without_network_the_phone_asks_what_concerns_the_reader_and_keeps_photos(
    phone: Callable[..., Reader], books: Books, stack: Stack
) -> None:
    told = stack.manage("shell", "-c", OPEN_WAVE.format(slug="garden", content=_GARDEN.encode()))
    wave = told.stdout.partition("WAVE ")[2].split()[0]
    somebody = phone("en")
    page, answering = somebody.page, f"surveys/wave/{wave}/answer"
    somebody.open(f"{answering}/1/")
    page.evaluate(CONTROLLED)
    somebody.choose("a-garden", "no")
    _next(somebody)
    somebody.arrive(f"{answering}/3/")

    # The phone does not know what has arrived already: it says in words whom the question is for.
    network(somebody, there=False)
    page.locator("main button[name=go][value=back]").click()
    part = page.locator("[data-part='2']")
    expect(part).to_contain_text("Only if you answered “Is there a garden?” with: Yes.")
    expect(part.locator("[name='a-trees']")).to_be_visible()

    # What is answered without network decides at once: a question, and a section that is passed over.
    page.locator("main button[name=go][value=back]:visible").click()
    flowers = page.locator("[data-part='1'] [name='a-flowers']")
    expect(flowers).to_be_visible()
    garden = "main label:visible:has([name='a-garden'][value='{}'])"
    page.locator(garden.format("no")).click()
    expect(flowers).to_be_hidden()
    _next(somebody)
    somebody.arrive(f"{answering}/3/")
    page.locator("main button[name=go][value=back]:visible").click()
    somebody.arrive(f"{answering}/1/")
    expect(flowers).to_be_hidden()
    page.locator(garden.format("yes")).click()
    expect(page.locator("[data-part='1'] [data-only]")).to_be_hidden()
    flowers.fill("Tulips")
    _next(somebody)
    somebody.arrive(f"{answering}/2/")
    page.locator("[data-part='2'] [name='a-trees']").fill("4")
    _next(somebody)

    # A photo waits with the answers, and all is sent by itself.
    somebody.arrive(f"{answering}/3/")
    picture = page.screenshot(type="png")
    page.locator("[data-part='3'] [name='a-photo']").set_input_files(
        {"name": "garden.png", "mimeType": "image/png", "buffer": picture}
    )
    _next(somebody)
    somebody.arrive(f"surveys/wave/{wave}/review/")
    somebody.look("survey-garden-without-network")
    somebody.send()
    expect(page.locator("[data-part='done']")).to_be_visible()
    network(somebody, there=True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says='sent']")).to_be_visible()
    assert page.evaluate(ON_PHONE) == 0
    assert books.one(f"SELECT count(*) FROM surveys_envelope WHERE wave_id = '{wave}'") == 1
    files = "SELECT count(*) FROM surveys_envelopefile f JOIN surveys_envelope e ON e.id = f.envelope"
    assert books.one(f"{files} WHERE e.wave_id = '{wave}'") == 1
