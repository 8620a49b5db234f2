"""By keyboard alone: the first step leaps over the menu, every step is seen, a need can be filed and a gift given."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK
from tests.journeys.reader import Reader, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

MOST_STEPS = 80
# Where the focus is, and whether one sees it: the element's own outline, or that of the card around its link.
_FOCUS = """() => {
    const element = document.activeElement;
    const seen = style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const box = element.getBoundingClientRect();
    return {
        what: element.outerHTML.slice(0, 160),
        name: element.getAttribute("name") || "",
        tag: element.tagName,
        seen: seen(getComputedStyle(element)) || seen(getComputedStyle(element, "::after")),
        inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    };
}"""


def _tab_to(somebody: Reader, tag: str, name: str) -> None:
    for _step in range(MOST_STEPS):
        somebody.page.keyboard.press("Tab")
        focus = somebody.page.evaluate(_FOCUS)
        if (focus["tag"], focus["name"]) == (tag, name):
            return
    raise AssertionError(f"{tag} {name} is not reached by Tab")


@pytest.mark.parametrize("path", ["", "towns/tekeli/", "needs/tekeli/", "give/tekeli/", "ledger/tekeli/", "account/"])
def test_the_focus_is_seen_wherever_it_goes(reader: Callable[..., Reader], path: str) -> None:
    somebody = reader("kk", size=DESK)
    keyboard = somebody.page.keyboard
    somebody.open(path)
    keyboard.press("Tab")
    skip = somebody.page.evaluate(_FOCUS)
    assert "skip" in skip["what"]
    assert skip["inside"]
    keyboard.press("Enter")
    expect(somebody.page.locator("main")).to_be_focused()
    unseen = []
    for _step in range(MOST_STEPS):
        keyboard.press("Tab")
        focus = somebody.page.evaluate(_FOCUS)
        if focus["tag"] == "BODY":
            break
        if not (focus["seen"] and focus["inside"]):
            unseen.append(focus["what"])
    assert unseen == []


def test_a_need_is_filed_without_a_mouse_and_without_an_account(reader: Callable[..., Reader]) -> None:
    somebody = reader("kk", size=DESK)
    keyboard = somebody.page.keyboard
    somebody.open("needs/tekeli/new/")
    _tab_to(somebody, "TEXTAREA", "text")
    keyboard.type("Саябақтағы орындықтар сынған, отыратын жер жоқ.")
    _tab_to(somebody, "SELECT", "category")
    for _step in range(3):
        keyboard.press("ArrowDown")
    _tab_to(somebody, "INPUT", "quarter")
    keyboard.type("Орталық саябақ")
    _tab_to(somebody, "INPUT", "photo")
    keyboard.press("Tab")
    focus = somebody.page.evaluate(_FOCUS)
    while focus["tag"] != "BUTTON":
        keyboard.press("Tab")
        focus = somebody.page.evaluate(_FOCUS)
    keyboard.press("Enter")
    somebody.arrive("needs/ticket/*/")
    somebody.says(words("kk", "The need is filed."), at="main [role=status]")


def test_a_gift_is_given_without_a_mouse(reader: Callable[..., Reader]) -> None:
    somebody = reader("de", size=DESK)
    keyboard = somebody.page.keyboard
    somebody.open("give/tekeli/?currency=EUR")
    _tab_to(somebody, "INPUT", "choice")
    while not somebody.page.locator("[name=choice][value=own]").is_checked():
        keyboard.press("ArrowDown")
    _tab_to(somebody, "INPUT", "own_amount")
    keyboard.type("25")
    keyboard.press("Enter")
    somebody.page.wait_for_url("**/c/pay/**")
    expect(somebody.page.locator("body")).to_contain_text("25")
