"""Every page, on a phone and at a desk: nothing for axe to find, nothing wider than 320 px, nothing that needs scripts.

`make test` looks at each page once (half of them in Kazakh on a phone, half in Russian at a desk) and at the main ones
in German and English too; `make soak` looks at each page in all four languages, on a phone and at a desk.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import pytest

from tests.journeys.books import Books
from tests.journeys.browser import violations
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NARROWEST = 320
# Who opens what. {names} are found in the database; None is somebody without an account.
PAGES: dict[str | None, tuple[str, ...]] = {
    None: (
        "",
        "how-it-works/",
        "towns/",
        "towns/?q=nothing-of-this-name",
        "towns/tekeli/",
        "towns/temirtau/",
        "chain/{decided}/",
        "api/",
        "needs/tekeli/",
        "needs/temirtau/",
        "needs/tekeli/new/",
        "needs/need/{decided}/",
        "needs/follow/",
        "needs/ticket/{ticket}/",
        "decisions/tekeli/",
        "decisions/decision/{decision}/",
        "surveys/tekeli/",
        "surveys/wave/{open_wave}/",
        "surveys/wave/{closed_wave}/",
        "indicators/{closed_wave}/",
        "projects/tekeli/",
        "projects/project/{project}/",
        "give/tekeli/",
        "give/tekeli/?way=bank&currency=GBP",
        "give/monthly/",
        "donors/tekeli/",
        "give/gift/{receipt}/",
        "ledger/tekeli/",
        "ledger/tekeli/1/",
        "spending/tekeli/",
        "spending/request/{published}/",
        "spending/request/{submitted}/",
        "account/",
        "demo/",
        "demo/mail/",
    ),
    "resident": ("me/", "me/gifts/", "me/name/", "me/residence/", "surveys/resume/"),
    "secretary": (
        "needs/tekeli/triage/",
        "needs/need/{waiting}/answer/",
        "decisions/need/{undecided}/new/",
        "projects/decision/{unopened}/open/",
        "me/residents/",
        "surveys/tekeli/open/",
        "surveys/wave/{open_wave}/close/",
    ),
    "treasurer": (
        "spending/project/{project}/new/",
        "spending/request/{approved}/pay/",
        "spending/tekeli/payout/",
    ),
    "approver": ("spending/request/{submitted}/decide/",),
    "administrator": ("me/appointments/", "surveys/questionnaires/"),
}
# Where most people go, nobody signed in.
MAIN = (
    "",
    "how-it-works/",
    "towns/",
    "towns/tekeli/",
    "chain/{decided}/",
    "needs/tekeli/",
    "needs/tekeli/new/",
    "decisions/tekeli/",
    "surveys/tekeli/",
    "surveys/wave/{open_wave}/",
    "indicators/{closed_wave}/",
    "projects/tekeli/",
    "give/tekeli/",
    "ledger/tekeli/",
    "spending/tekeli/",
    "account/",
)
TOWN = {"kk": "Текелі", "ru": "Текели", "de": "Tekeli", "en": "Tekeli"}
_TEKELI = "(SELECT id FROM towns_town WHERE slug = 'tekeli')"
_FOUND = {
    "decided": "SELECT need_id FROM meetings_decision d JOIN needs_need n ON n.id = d.need_id"
    f" WHERE n.town_id = {_TEKELI} ORDER BY recorded_at LIMIT 1",
    "decision": "SELECT d.id FROM meetings_decision d JOIN needs_need n ON n.id = d.need_id"
    f" WHERE n.town_id = {_TEKELI} ORDER BY recorded_at LIMIT 1",
    "unopened": "SELECT d.id FROM meetings_decision d JOIN needs_need n ON n.id = d.need_id"
    f" LEFT JOIN projects_project p ON p.decision_id = d.id WHERE p.id IS NULL AND n.town_id = {_TEKELI}"
    " ORDER BY d.recorded_at LIMIT 1",
    "undecided": "SELECT n.id FROM needs_need n LEFT JOIN meetings_decision d ON d.need_id = n.id"
    f" WHERE n.state = 'accepted' AND d.id IS NULL AND n.town_id = {_TEKELI} ORDER BY n.filed_at LIMIT 1",
    "waiting": f"SELECT id FROM needs_need WHERE state = 'submitted' AND town_id = {_TEKELI} ORDER BY filed_at LIMIT 1",
    "ticket": "SELECT ticket FROM needs_need WHERE state = 'refused' ORDER BY filed_at LIMIT 1",
    "open_wave": "SELECT w.id FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id"
    " WHERE w.state = 'open' AND t.slug = 'tekeli' ORDER BY w.number DESC LIMIT 1",
    "closed_wave": "SELECT w.id FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id"
    " WHERE w.state = 'closed' AND t.slug = 'tekeli' ORDER BY w.number DESC LIMIT 1",
    "project": "SELECT p.id FROM projects_project p JOIN spending_request r ON r.project_id = p.id"
    " WHERE r.state = 'submitted' ORDER BY r.submitted_at LIMIT 1",
    "receipt": "SELECT receipt_code FROM donations_gift WHERE state = 'succeeded' ORDER BY created_at LIMIT 1",
} | {
    state: f"SELECT id FROM spending_request WHERE state = '{state}' ORDER BY submitted_at LIMIT 1"
    for state in ("submitted", "approved", "published")
}


@pytest.fixture
def places(books: Books) -> dict[str, str]:
    """What the {names} in addresses stand for in this database."""
    return {name: str(books.one(statement)) for name, statement in _FOUND.items()}


def _examine(somebody: Reader, path: str, status: int) -> list[str]:
    """What is wrong with a page: too wide for 320 px, or something that axe finds at the reader's own width."""
    page, size = somebody.page, somebody.page.viewport_size
    assert size is not None
    somebody.open(path, status=status)
    page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(size)
    somebody.look(f"page-{path.strip('/').replace('/', '-').replace('?', '-') or 'home'}"[:80])
    return ([f"{width} px wide"] if width > NARROWEST else []) + violations(page)


_ALL: Final = slice(None)


@pytest.mark.parametrize(
    ("language", "size", "part"),
    [  # in a hurry half of the pages each way
        pytest.param("kk", PHONE, slice(0, None, 2), id="kk-phone-half"),
        pytest.param("ru", DESK, slice(1, None, 2), id="ru-desk-half"),
        *(
            pytest.param(language, size, _ALL, marks=pytest.mark.soak)
            for language, size in itertools.product(("kk", "ru", "de", "en"), (PHONE, DESK))
        ),
    ],
)
def test_nothing_is_wrong_with_any_page(
    reader: Callable[..., Reader], places: dict[str, str], language: str, size: tuple[int, int], part: slice
) -> None:
    wrong: dict[str, list[str]] = defaultdict(list)
    for person, paths in PAGES.items():
        somebody = reader(language, size=size, axe=True)
        if person is not None:
            somebody.enter(person)
        for path in paths[part]:
            wrong[path] += _examine(somebody, path.format(**places), 200)
        if person is None:
            wrong["nowhere/"] += _examine(somebody, "nowhere/", 404)
        if person == "resident":
            wrong["refused"] += _examine(somebody, "me/residents/", 403)
    somebody = reader(language, size=size, axe=True)
    somebody.sign_in(f"{language}-{size[0]}@example.com")
    somebody.open("me/residence/")
    value = somebody.page.locator("[name=town] option").filter(has_text=TOWN[language]).get_attribute("value") or ""
    somebody.fill_in({"town": value})
    somebody.send()
    somebody.arrive("me/")
    first = f"surveys/wave/{places['open_wave']}/answer/1/"
    wrong[first] += _examine(somebody, first, 200)
    assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize("language", ["de", "en"])
def test_nothing_is_wrong_with_the_main_pages(
    reader: Callable[..., Reader], places: dict[str, str], language: str
) -> None:
    somebody = reader(language, axe=True)
    wrong = {path: _examine(somebody, path.format(**places), 200) for path in MAIN}
    assert {path: found for path, found in wrong.items() if found} == {}


def test_scripts_add_nothing(reader: Callable[..., Reader], places: dict[str, str]) -> None:
    without, having = reader("kk"), reader("kk", axe=True)
    assert having.page.evaluate("1 + 1") == 2
    for path in MAIN:
        said = []
        for one in (without, having):
            one.open(path.format(**places))
            said.append((one.page.locator("h1").inner_text(), one.page.locator("body").inner_text()))
        assert said[0][0]
        assert (path, said[0]) == (path, said[1])
