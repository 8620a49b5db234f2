"""The pages of those who run surveys, help others and read: nothing for axe to find in any language, nothing too wide.

`make test` looks at each page in one language, in turn; `make soak` looks at each in all four.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.journeys.books import Books
from tests.journeys.browser import violations
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.reader import Reader
from tests.journeys.test_survey_phone import OPEN_WAVE_OF_TOWN

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

LANGUAGES = ("kk", "ru", "de", "en")
NARROWEST = 320
PAGES: dict[str | None, tuple[str, ...]] = {
    None: (
        "surveys/wave/{open}/share/",
        "surveys/wave/{open}/offline/",
        "surveys/wave/{open}/code/",
        "surveys/wave/{open}/done/",
        "surveys/wave/{closed}/words/",
        "surveys/wave/{closed}/words/{question}/",
    ),
    "secretary": (
        "surveys/tekeli/council/",
        "surveys/wave/{open}/run/",
        "surveys/wave/{open}/codes/",
        "surveys/wave/{open}/sheets/",
        "surveys/wave/{closed}/open-answers/",
    ),
    "moderator": ("surveys/wave/{closed}/open-answers/{question}/",),
    "administrator": (
        "surveys/questionnaires/blocks/",
        "surveys/questionnaires/{version}/",
        "surveys/questionnaires/{version}/report/",
        "surveys/questionnaires/{version}/missing/",
        "surveys/questionnaires/{version}/changes/",
        "surveys/questionnaires/{version}/preview/",
        "surveys/campaign/",
    ),
    "resident": ("surveys/wave/{open}/my-code/", "surveys/wave/{open}/withdraw/", "surveys/wave/{open}/forget/"),
    "helper": (
        "surveys/tekeli/help/",
        "surveys/tekeli/devices/",
        "surveys/wave/{open}/paper/",
        "surveys/wave/{open}/together/",
    ),
}
_FOUND = {
    "open": f"SELECT w.id {OPEN_WAVE_OF_TOWN}",
    "closed": f"SELECT w.id {OPEN_WAVE_OF_TOWN.replace('open', 'closed')} ORDER BY w.number LIMIT 1",
    "version": f"SELECT w.version_id {OPEN_WAVE_OF_TOWN}",
    "question": "SELECT question FROM surveys_openanswer ORDER BY question LIMIT 1",
}


@pytest.fixture
def places(books: Books) -> dict[str, str]:
    return {name: str(books.one(statement)) for name, statement in _FOUND.items()}


def _faults(somebody: Reader, name: str) -> Iterator[str]:
    """What is wrong with the page as it stands."""
    page, size = somebody.page, somebody.page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(size)
    somebody.look(f"staff-{name.strip('/').replace('/', '-')}"[:80])
    if width > NARROWEST:
        yield f"{name} ({somebody.language}): {width} px wide"
    yield from (f"{name} ({somebody.language}): {found}" for found in violations(page))


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["in-turn", "all"])
def test_nothing_is_wrong_with_the_pages_of_those_who_run_surveys(
    reader: Callable[..., Reader], places: dict[str, str], every: bool
) -> None:
    wrong: list[str] = []
    turn = 0
    for person, paths in PAGES.items():
        somebody = reader("kk", size=DESK if every else PHONE, axe=True)
        if person is not None:
            somebody.enter(person)
        for path in paths:
            turn += 1
            for language in LANGUAGES if every else (LANGUAGES[turn % len(LANGUAGES)],):
                somebody.language = language
                somebody.open(path.format(**places))
                wrong += _faults(somebody, path)
    assert wrong == []


def test_nothing_is_wrong_with_what_is_shown_once(reader: Callable[..., Reader], places: dict[str, str]) -> None:
    """A resident's own code, the whole form that a helper fills in with it, a device's square code, letters' codes."""
    wrong: list[str] = []
    resident = reader("de", axe=True)
    resident.enter("resident")
    resident.open(f"surveys/wave/{places['open']}/my-code/")
    resident.send(status=200)
    wrong += _faults(resident, "my code")
    code = resident.page.locator(".ticket").inner_text()
    helper = reader("ru", axe=True)
    helper.enter("helper")
    helper.open(f"surveys/wave/{places['open']}/together/")
    helper.fill_in({"person": code})
    helper.send(status=200)
    assert helper.page.locator("main fieldset").count() > 1
    wrong += _faults(helper, "together, the whole form")
    helper.language = "kk"
    helper.open("surveys/tekeli/devices/")
    helper.fill_in({"label": "Көк планшет"})
    helper.send(status=200)
    wrong += _faults(helper, "a new device")
    assert wrong == []
