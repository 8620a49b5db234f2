"""What a first visit costs, measured on the wire: pages for a slow phone and a paid megabyte."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.journeys.books import Books
from tests.journeys.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

KB = 1000


@pytest.mark.parametrize(
    "path", ["", "towns/tekeli/", "ledger/tekeli/", "surveys/wave/{wave}/", "indicators/{counted}/"]
)
@pytest.mark.parametrize("language", ["kk", "de"])
def test_a_first_visit_is_light(reader: Callable[..., Reader], books: Books, path: str, language: str) -> None:
    visitor = reader(language)
    seen: Counter[str] = Counter()
    visitor.page.on(
        "requestfinished",
        lambda request: seen.update({request.resource_type: request.sizes()["responseBodySize"]}),
    )
    waves = {
        "wave": books.one(
            "SELECT w.id FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id"
            " WHERE w.state = 'open' AND t.slug = 'tekeli' ORDER BY w.number DESC LIMIT 1"
        ),
        "counted": books.one(
            "SELECT w.id FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id"
            " WHERE w.state = 'closed' AND t.slug = 'tekeli' ORDER BY w.number DESC LIMIT 1"
        ),
    }
    visitor.open(path.format(**waves))
    visitor.page.wait_for_load_state("networkidle")
    assert all(seen[kind] for kind in ("document", "stylesheet", "font"))  # measured at all
    assert seen.total() - seen["font"] <= 60 * KB
    assert seen["font"] <= 65 * KB
