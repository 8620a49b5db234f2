"""A form on a phone without network: rounds of a repeated group are made there, what is wrong is said beside its
question before anything is sent, and all of it arrives once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from devservices.stack import Stack
from tests.journeys.books import Books
from tests.journeys.browser import violations
from tests.journeys.reader import Reader
from tests.journeys.test_survey_phone import CONTROLLED, ON_PHONE, OPEN_WAVE, network, phone

__all__ = ["phone"]

pytestmark = [pytest.mark.browser, pytest.mark.soak, pytest.mark.xdist_group("journeys")]

FORM = """
| survey | | | | | | | |
| | type | name | label::En (en) | relevant | constraint | constraint_message::En (en) | required | choice_filter |
| | begin_group | you | You | | | | | |
| | select_one yn | lives | Do you live here? | | | | yes | |
| | integer | age | How old are you? | | . > 15 and . < 110 | From 16 to 109, please. | yes | |
| | select_one region | region | Which region? | | | | | |
| | select_one town | town | Which town? | | | | | region = ${region} |
| | end_group | | | | | | | |
| | begin_group | home | Home | | | | | |
| | integer | rooms | How many rooms? | | . < ${age} | No home has more rooms than you have years. | yes | |
| | begin_repeat | child | Child | ${age} > 17 | | | | |
| | text | called | What is the name? | | | | yes | |
| | integer | years | How old? | | . < ${age} - 10 | A child is younger than that. | | |
| | begin_repeat | toy | Toy | ${years} < 12 | | | | |
| | text | kind | What is it? | | | | | |
| | end_repeat | | | | | | | |
| | end_repeat | | | | | | | |
| | end_group | | | | | | | |
| choices | | | | |
| | list_name | name | label::En (en) | region |
| | yn | yes | Yes | |
| | yn | no | No | |
| | region | kar | Karaganda | |
| | region | pav | Pavlodar | |
| | town | saran | Saran | kar |
| | town | aksu | Aksu | pav |
| settings | | | | | |
| | form_title | form_id | version | default_language | public_title::En (en) |
| | Home | home_alone | 1 | En (en) | Home |
"""


def test_rounds_and_mistakes_on_a_phone_without_network(
    phone: Callable[..., Reader], books: Books, stack: Stack
) -> None:
    told = stack.manage("shell", "-c", OPEN_WAVE.format(content=FORM.encode(), slug="home-alone"))
    wave = told.stdout.partition("WAVE ")[2].split()[0]
    somebody = phone("en")
    page, answering = somebody.page, f"surveys/wave/{wave}/answer"
    somebody.open(f"{answering}/1/")
    page.evaluate(CONTROLLED)
    network(somebody, there=False)
    page.reload()
    first, second = page.locator("[data-part='1']"), page.locator("[data-part='2']")
    send_on = "button[name=go][value=on]:visible"

    # Nothing was answered: both required questions are named, with a way to each.
    page.locator(send_on).click()
    summary = first.locator("[data-summary]")
    expect(summary).to_be_focused()
    assert summary.locator("li").all_inner_texts() == [
        "Do you live here? Please answer this question.",
        "How old are you? Please answer this question.",
    ]
    assert violations(page) == []
    somebody.look("survey-mistakes-without-network", judge=False)
    summary.locator("a").last.click()
    age = first.locator("[name='a-age']")
    expect(age).to_be_focused()
    age.fill("7")
    age.blur()
    expect(first.locator("#id_a-age_error")).to_contain_text("From 16 to 109, please.")
    assert age.get_attribute("aria-invalid") == "true"
    age.fill("30")
    expect(first.locator("#id_a-age_error")).to_have_count(0)

    # Only the towns of the region are offered.
    first.locator("label:has([name='a-region'][value='kar'])").click()
    expect(first.locator("[name='a-town'][value='saran']")).to_be_visible()
    expect(first.locator("[name='a-town'][value='aksu']")).to_be_hidden()
    first.locator("label:has([name='a-lives'][value='yes'])").click()
    page.locator(send_on).click()
    somebody.arrive(f"{answering}/2/")

    # Three rounds, one of them taken away again; one inside of another.
    for _round in range(3):
        second.locator("[data-repeat='child'] > .actions > [data-add]").click()
    rounds = second.locator("[data-repeat='child'] > [data-round]")
    expect(rounds).to_have_count(3)
    for number, (name, years) in enumerate((("Aigerim", "5"), ("Nobody", "1"), ("Daniyar", "25"))):
        rounds.nth(number).locator("[name$='/called']").fill(name)
        rounds.nth(number).locator("[name$='/years']").fill(years)
    rounds.nth(2).locator("[name$='/years']").blur()
    expect(rounds.nth(2).locator(".error")).to_contain_text("A child is younger than that.")
    expect(rounds.nth(2).locator("[data-repeat$='/toy']")).to_be_hidden()
    rounds.nth(0).locator("[data-add]").click()
    rounds.nth(0).locator("[name$='/kind']").fill("Ball")
    rounds.nth(1).locator(":scope > [data-removes] > [data-remove]").click()
    expect(rounds).to_have_count(2)
    assert rounds.locator("legend:has([data-number])").all_inner_texts()[-1] == "Child 2"
    somebody.look("survey-rounds-without-network", judge=False)
    assert violations(page) == []

    # The page is loaded anew: everything is there, and what is wrong is said before it is sent.
    page.reload()
    expect(rounds).to_have_count(2)
    expect(rounds.nth(0).locator("[name$='/kind']")).to_have_value("Ball")
    page.locator(send_on).click()
    assert second.locator("[data-summary] li").all_inner_texts() == [
        "How many rooms? Please answer this question.",
        "Child 2: How old? A child is younger than that.",
    ]
    rounds.nth(1).locator("[name$='/years']").fill("15")
    second.locator("[name='a-rooms']").fill("4")
    page.locator(send_on).click()
    somebody.arrive(f"surveys/wave/{wave}/review/")
    somebody.send()
    expect(page.locator("[data-part='done']")).to_be_visible()
    network(somebody, there=True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-says='sent']")).to_be_visible()
    assert page.evaluate(ON_PHONE) == 0
    assert books.one(f"SELECT count(*) FROM surveys_envelope WHERE wave_id = '{wave}'") == 1

    # What arrived stands on the page as the server draws it, each round once.
    somebody.open(f"{answering}/2/")
    assert [page.locator(f"[name='a-child/{number}/called']").input_value() for number in (0, 1)] == [
        "Aigerim",
        "Daniyar",
    ]
    expect(page.locator("[name='a-child/0/toy/0/kind']")).to_have_value("Ball")
    expect(page.locator("[name='a-child/2/called']")).to_have_count(0)

    # Another one is wanted where there is no network any more: the worker makes it.
    network(somebody, there=False)
    page.locator("button[name=go][value='add child']").click()
    expect(page.locator("[data-part='2'] [data-repeat='child'] > [data-round^='child/+']")).to_have_count(1)
