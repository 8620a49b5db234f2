"""The public page of a closed wave: sealed until then, the same numbers drawn, told and stored, in four languages."""

import re
from html import unescape
from http import HTTPStatus
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from audit.actions import record
from common.formats import number, percent, percent_range
from common.ids import uuid7
from councils.indicators.actions import count_wave
from councils.indicators.models import Estimate, Publication
from councils.indicators.queries import catalogue
from councils.indicators.states import Weighting, WeightingRefusal, Withheld
from councils.surveys.actions import import_questionnaire
from councils.surveys.models import Wave
from tests.conftest import NOW
from tests.indicators import waves
from tests.indicators.conftest import Surveyed
from tests.payments.stage import text_of
from tests.surveys.conftest import small_form

SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES = ("kk", "ru", "de", "en")

pytestmark = pytest.mark.xdist_group("surveyed")


def address(wave_id: object, language: str = "en") -> str:
    with override(language):
        return reverse("indicators:wave", args=[wave_id])


def page_of(client: Client, wave: Wave, language: str = "en") -> str:
    response = client.get(address(wave.pk, language))
    assert response.status_code == HTTPStatus.OK
    return response.content.decode()


def drawings(page: str) -> list[Element]:
    return [fromstring(svg) for svg in re.findall(r"<svg[^>]*class=\"chart\".*?</svg>", page, re.DOTALL)]


def drawn_texts(page: str, name: str) -> list[str]:
    """The words of that class in every drawing, in order."""
    found = [text for svg in drawings(page) for text in svg.iter(f"{SVG}text") if text.get("class") == name]
    return ["".join(text.itertext()) for text in found]


def table_rows(page: str) -> list[tuple[str, list[str]]]:
    """(what stands in the row's head, its four cells) of every table."""
    found = []
    for row in re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", page, re.DOTALL):
        head, _end, cells = row.partition("</th>")
        found.append((text_of(head.encode()), [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells)]))
    return found


def in_order() -> list[str]:
    """The indicators as the page has them: by domain, then as the catalogue lists them."""
    return [one.code for domain in catalogue().domains for one in catalogue().indicators if one.domain == domain]


def interval_of(row: Estimate, language: str) -> str:
    if row.ci_low is None or row.ci_high is None:
        return "–"
    return percent_range(row.ci_low, row.ci_high, language)


def told(wave: Wave, language: str) -> list[list[str]]:
    """The cells that the page's tables must hold, from the stored rows."""
    rows = []
    for code in in_order():
        pair = {row.weighted: row for row in Estimate.objects.filter(publication__wave=wave, indicator=code, option="")}
        shown = pair.get(True, pair[False])
        value = {weighted: "–" if row.value is None else percent(row.value, language) for weighted, row in pair.items()}
        interval = {weighted: interval_of(row, language) for weighted, row in pair.items()}
        base = number(shown.n or 0, language)
        if True in pair:
            rows.append([value[True], f"{value[False]} ({interval[False]})", interval[True], base])
        else:
            rows.append(["–", value[False], interval[False], base])
    return rows


def test_an_open_wave_answers_as_one_that_does_not_exist(client: Client, surveyed: Surveyed) -> None:
    opened, unknown = surveyed.unsealed.pk, uuid4()
    assert Wave.objects.get(pk=opened).state == "open"
    uncounted = waves.closed_wave(town=surveyed.margin_town, version=surveyed.version, people=[], sheets=[], now=NOW).pk
    answers = [client.get(address(pk)) for pk in (opened, uncounted, unknown)]
    assert [answer.status_code for answer in answers] == [HTTPStatus.NOT_FOUND] * 3
    pages = {
        answer.content.replace(str(pk).encode(), b"")
        for answer, pk in zip(answers, (opened, uncounted, unknown), strict=True)
    }
    assert len(pages) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["raked", "raw"])
def test_the_tables_hold_the_stored_numbers(kind: str, language: str, client: Client, surveyed: Surveyed) -> None:
    wave = getattr(surveyed, kind)
    page = page_of(client, wave, language)
    assert f'<html lang="{language}"' in page
    rows = table_rows(page)
    assert [cells for _head, cells in rows] == told(wave, language)
    names = {one.code: (one.name[language], one.definition[language]) for one in catalogue().indicators}
    for (head, _cells), code in zip(rows, in_order(), strict=True):
        name, definition = (" ".join(words.split()) for words in names[code])
        assert head.startswith(f"{name} {definition}")
    assert wave.version.questionnaire.titles[language] in unescape(page)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["raked", "raw"])
def test_the_charts_draw_every_published_figure_with_its_interval(
    kind: str, language: str, client: Client, surveyed: Surveyed
) -> None:
    wave = getattr(surveyed, kind)
    page = page_of(client, wave, language)
    wanted = []
    for code in in_order():
        for row in Estimate.objects.filter(publication__wave=wave, indicator=code, option="").order_by("-weighted"):
            if row.value is not None and row.ci_low is not None and row.ci_high is not None:
                spoken = percent(row.value, language), percent_range(row.ci_low, row.ci_high, language)
                wanted.append(f"{spoken[0]} ({spoken[1]})")
    assert drawn_texts(page, "chart-value") == wanted
    assert len(wanted) > 15
    pictures = drawings(page)
    assert [svg[0].text for svg in pictures] == [names[language] for names in catalogue().domains.values()]
    for svg in pictures:
        title, description = svg[0], svg[1]
        assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
        assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert description.text
    assert len({svg[0].get("id") for svg in pictures}) == len(pictures)
    assert " style=" not in page.split("<main")[1]


def test_bars_stand_where_the_numbers_say(client: Client, surveyed: Surveyed) -> None:
    first = drawings(page_of(client, surveyed.raked))[0]
    row = Estimate.objects.get(publication__wave=surveyed.raked, indicator=in_order()[0], option="", weighted=True)
    assert row.value is not None
    assert row.ci_low is not None
    assert row.ci_high is not None
    bar = next(one for one in first.iter(f"{SVG}rect") if one.get("class") == "chart-weighted")
    left, width = (float(bar.get(name) or 0) for name in ("x", "width"))
    assert (left, left + width) == pytest.approx((10 + 300 * row.ci_low, 10 + 300 * row.ci_high), abs=0.11)
    discs = [float(one.get("cx") or 0) for one in first.iter(f"{SVG}circle")]
    assert discs[1] == pytest.approx(10 + 300 * row.value, abs=0.06)  # the first one explains the mark


def test_hidden_figures_say_why_and_nothing_else(client: Client, surveyed: Surveyed) -> None:
    page = page_of(client, surveyed.raw)
    hidden = {
        row.indicator: str(Withheld(row.note).label)
        for row in Estimate.objects.filter(publication__wave=surveyed.raw, option="", value=None)
    }
    assert hidden["heating_satisfied"] == "Too few answers for a reliable figure."
    for (head, cells), code in zip(table_rows(page), in_order(), strict=True):
        if code in hidden:
            assert head.endswith(hidden[code])
            assert cells[:3] == ["–", "–", "–"]
        else:
            assert head.endswith("provisional: not weighted to the population yet")
    drawn = " ".join(drawn_texts(page, "chart-note"))
    assert all(drawn.count(words) >= list(hidden.values()).count(words) for words in set(hidden.values()))


def test_how_it_was_weighted_and_how_many_roughly(client: Client, surveyed: Surveyed) -> None:
    first = Publication.objects.get(wave=surveyed.raw)
    first.pk, first.replaces_id, first.number, first.responses = uuid7(), first.pk, 2, 63
    first.save(force_insert=True)
    words = text_of(page_of(client, surveyed.raked).encode())
    assert f"{Weighting.RAKED.label} {waves.SOURCE}, 2025" in words
    assert "non-probability survey" in words
    assert "230" in words
    assert not re.search(rf"\b{waves.PEOPLE}\b", words)
    words = text_of(page_of(client, surveyed.raw).encode())
    assert f"{Weighting.UNWEIGHTED.label}: {WeightingRefusal.NO_MARGINS.label}" in words
    assert re.search(r"Answers 65\b", words)


def test_a_wave_that_two_people_answered_has_a_page_that_says_so(client: Client, surveyed: Surveyed) -> None:
    gardens = import_questionnaire(actor=None, slug="gardens", content=small_form(), filename="gardens.md", now=NOW)
    wave = waves.closed_wave(
        town=surveyed.margin_town, version=gardens, people=surveyed.people[:2], sheets=[{"garden": "no"}] * 2, now=NOW
    )
    count_wave(wave_id=wave.pk, now=NOW)
    page = page_of(client, wave)
    words = text_of(page.encode())
    assert str(WeightingRefusal.NO_CATALOGUE.label) in words
    assert reverse("surveys:words", args=[wave.pk]) in page
    assert re.search(r"Answers 5\b", words)  # two people: never nobody, never how many
    assert str(Withheld.FEW_ANSWERS.label) in words
    assert (drawings(page), table_rows(page)) == ([], [])


def test_few_queries_and_none_for_an_unchanged_page(client: Client, surveyed: Surveyed) -> None:
    page_of(client, surveyed.raked)
    counts = []
    for wave in (surveyed.raked, surveyed.raw):
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address(wave.pk))
        counts.append(len(asked))
    assert counts == [4, 4]  # version, wave, vintages, figures
    with CaptureQueriesContext(connection) as asked:
        again = client.get(address(surveyed.raw.pk), headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, len(asked)) == (HTTPStatus.NOT_MODIFIED, 1)


def test_the_page_is_new_after_every_write_of_its_town(client: Client, surveyed: Surveyed) -> None:
    def etag(wave: Wave) -> str:
        return str(client.get(address(wave.pk))["ETag"])

    def write(town_slug: str) -> None:
        record(
            now=NOW, actor_id=None, town_slug=town_slug, action="tests.write", object_type="x", object_id="1", detail={}
        )

    raked, raw = etag(surveyed.raked), etag(surveyed.raw)
    assert etag(surveyed.raked) == raked
    write(surveyed.raked.town.slug)
    assert etag(surveyed.raked) != raked
    assert etag(surveyed.raw) == raw
    write("")
    assert etag(surveyed.raw) != raw


def test_the_page_is_the_same_for_everybody(client: Client, surveyed: Surveyed) -> None:
    before = client.get(address(surveyed.raked.pk))
    client.force_login(surveyed.people[0])
    after = client.get(address(surveyed.raked.pk))
    assert (before.content, before["ETag"]) == (after.content, after["ETag"])
    assert not before.cookies
    assert before["Vary"] == "Accept-Encoding"
