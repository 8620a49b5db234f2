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
_ON_PHONE = """async () => {
    const record = await self.asarStore.read(document.getElementById("phone").dataset.wave);
    return Object.keys(record?.changes ?? {}).length;
}"""
_CONTROLLED = """async () => {
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


def _wave(books: Books) -> str:
    return str(books.one("SELECT id FROM surveys_wave WHERE state = 'open' ORDER BY number LIMIT 1"))


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


def _network(somebody: Reader, *, there: bool) -> None:
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
    page.evaluate(_CONTROLLED)
    _answer(resident, 1)
    _next(resident)
    resident.arrive(f"{answering}/2/")

    # The form of section 2 does not arrive any more; sections 3 and 4 are answered without network.
    number = _answer(resident, 2)
    _network(resident, there=False)
    _next(resident)
    for section in (3, 4):
        expect(page.locator(f"[data-part='{section}']")).to_be_visible()
        resident.arrive(f"{answering}/{section}/")
        assert page.evaluate(_ON_PHONE) == number
        resident.look(f"survey-without-network-{section}")
        number += _answer(resident, section)
        _next(resident)
    expect(page.locator("[data-part='5']")).to_be_visible()
    tab = page.context.new_page()  # what was typed in one tab is seen in another
    tab.goto(f"{resident.site}/kk/{answering}/3/")
    expect(tab.locator("[name='a-heating_type'][value='central']")).to_be_checked()
    tab.close()

    # It comes back: everything arrives, and nothing stays on the phone.
    _network(resident, there=True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says='arrived']")).to_be_visible()
    assert page.evaluate(_ON_PHONE) == 0
    page.locator("[data-go]").click()
    for section in (5, 6, 7):
        resident.arrive(f"{answering}/{section}/")
        _answer(resident, section)
        _next(resident)
    resident.arrive(f"surveys/wave/{wave}/review/")

    # Sent without network: the phone says that it waits, and sends it once.
    _network(resident, there=False)
    resident.send()
    expect(page.locator("[data-part='done']")).to_be_visible()
    resident.look("survey-sent-without-network")
    assert books.one("SELECT count(*) FROM surveys_envelope") == before
    _network(resident, there=True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says='sent']")).to_be_visible()
    assert page.evaluate(_ON_PHONE) == 0
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
