"""The list with its map and search, official figures with their traps, and the API."""

import re

import pytest
from django.template import engines
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import DjangoAssertNumQueries

from common.errors import NotFound
from towns import queries
from towns.models import OfficialValue, Town
from towns.queries import Figure

pytestmark = pytest.mark.django_db
NB = "\u00a0"


def _page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("language", ["kk", "ru", "en", "de"])
def test_the_map_and_the_list_hold_all_towns(client: Client, language: str) -> None:
    page = _page(client, f"/{language}/towns/")
    wide, narrow = re.findall(r'<g class="map-(?:wide|narrow)">(.*?)</g>', page, re.DOTALL)
    for town in Town.objects.all():
        link = f'href="/{language}/towns/{town.slug}/"'
        assert page.count(link) == 3  # wide map, narrow map, list
        assert wide.count(link) == narrow.count(link) == 1
        assert f">{town.name_in(language)}</text>" in wide
        assert f"<title>{town.name_in(language)}: " in narrow


def test_the_page_is_public_and_conditional(client: Client) -> None:
    first = client.get("/kk/towns/")
    assert "Cookie" not in first.headers.get("Vary", "")
    assert not first.cookies
    assert first.headers["Cache-Control"].startswith("public") or "public" in first.headers["Cache-Control"]
    assert client.get("/kk/towns/", headers={"if-none-match": first.headers["ETag"]}).status_code == 304


def test_no_inline_style_or_script(client: Client) -> None:
    page = _page(client, "/kk/towns/")
    assert re.findall(r"<script|<style| style=|javascript:| on\w+=", page) == []


@pytest.mark.parametrize(("towns", "q"), [(1, "Темиртау"), (3, "Абай"), (27, "")])
def test_the_number_of_queries_does_not_grow(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, towns: int, q: str
) -> None:
    # version, towns, aliases, listings, map; without a search also figures, their towns, phrases
    if towns == 3:
        Town.objects.filter(slug="kurchatov").update(search_text="абай абаи")
        Town.objects.filter(slug="saran").update(search_text="абай абаи")
    with django_assert_num_queries(5 if q else 8):
        page = _page(client, f"/ru/towns/?q={q}")
    assert page.count('class="people"') == towns


@pytest.mark.parametrize(
    ("q", "slugs"),
    [
        ("Zyryanovsk", {"altay"}),
        ("Зырян", {"altay"}),
        ("лениногорск", {"ridder"}),
        ("Жезқазған", {"zhezkazgan"}),
        ("жезказган", {"zhezkazgan"}),
        ("ZHEZKAZGAN", {"zhezkazgan"}),
        ("Schesqasghan", {"zhezkazgan"}),
        ("жанаозен", {"zhanaozen"}),
        ("Novy Uzen", {"zhanaozen"}),
        ("город Степногорск", {"stepnogorsk"}),
        ("степногор", {"stepnogorsk"}),
        ("Qarajal", {"karazhal"}),
        ("Semipalatinsk-21", {"kurchatov"}),
        ("Жылыой", {"kulsary"}),
        ("Ұлытау", {"zhezkazgan", "satpayev", "karazhal"}),
        ("абай", {"abay", "kurchatov"}),  # the town, and the town of Abay Oblast
        ("Алматы", set()),
    ],
)
def test_search_finds_towns_by_any_name(q: str, slugs: set[str]) -> None:
    assert queries.towns_list(language="kk", q=q).slugs == slugs


def test_every_town_is_found_by_each_of_its_names_and_aliases() -> None:
    for town in Town.objects.prefetch_related("aliases"):
        names = [town.name_in(language) for language in ("kk", "ru", "en", "de")]
        for name in (*names, *(alias.name for alias in town.aliases.all())):
            assert town.slug in queries.towns_list(language="kk", q=name).slugs


def test_a_search_that_finds_nothing_says_what_to_do(client: Client) -> None:
    with translation.override("en"):
        page = _page(client, "/en/towns/?q=Temirtoo")
    assert "No town of that name here" in page
    assert '<a href="/en/towns/?q=Temirtau">Temirtau</a>' in page
    assert 'value="Temirtoo"' in page
    assert 'href="/en/towns/"' in page


def test_what_was_typed_is_shown_harmlessly(client: Client) -> None:
    page = _page(client, "/en/towns/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>" not in page
    assert "&#34;&gt;&lt;script&gt;" in page


def test_oblasts_and_towns_stand_in_the_order_of_the_language() -> None:
    kazakh = queries.towns_list(language="kk")
    assert [oblast.name.removesuffix(" облысы") for oblast in kazakh.oblasts] == [
        "Абай", "Ақмола", "Ақтөбе", "Атырау", "Батыс Қазақстан", "Жамбыл", "Жетісу", "Қарағанды", "Қостанай",
        "Маңғыстау", "Павлодар", "Түркістан", "Ұлытау", "Шығыс Қазақстан",
    ]  # fmt: skip
    ulytau = next(oblast for oblast in kazakh.oblasts if oblast.name.startswith("Ұлытау"))
    assert [town.name for town in ulytau.towns] == ["Жезқазған", "Қаражал", "Сәтбаев"]
    assert [oblast.name for oblast in queries.towns_list(language="ru").oblasts][:2] == [
        "область Абай", "Акмолинская область",
    ]  # fmt: skip
    assert [name for _slug, name in queries.town_choices(language="ru")][:5] == [
        "Абай",
        "Аксай",
        "Аксу",
        "Алтай",
        "Аркалык",
    ]


def test_the_list_marks_what_no_source_stands_behind() -> None:
    lines = {town.slug: town for oblast in queries.towns_list(language="ru").oblasts for town in oblast.towns}
    assert lines["ridder"].people == f"≈{NB}47{NB}000"
    assert lines["temirtau"].people == f"171{NB}609"
    assert lines["saran"].left_year == 2024
    assert lines["altay"].former == ("Зыряновск",)
    assert {slug for slug, line in lines.items() if line.left_year} == {"saran"}


def _figures(slug: str, language: str = "ru") -> dict[str, Figure]:
    town = queries.town_by_slug(slug=slug)
    topics = queries.official_values_for(town=town, language=language)
    return {
        f.key: f for topic in topics for indicator in topic.indicators for f in (*indicator.own, *indicator.context)
    }


def test_every_figure_of_the_towns_is_on_its_towns_page_with_sentence_and_confidence() -> None:
    shown: dict[str, Figure] = {}
    for town in Town.objects.all():
        own = _figures(town.slug, "kk")
        assert {value.key for value in town.official_values.all()} <= set(own)
        shown |= own
    topics = queries.general_figures(language="kk")
    shown |= {f.key: f for topic in topics for i in topic.indicators for f in (*i.own, *i.context)}
    assert len(shown) == OfficialValue.objects.count() == 149
    for figure in shown.values():
        assert all(
            (
                figure.value,
                figure.sentence,
                figure.confidence,
                figure.year,
                figure.year_basis,
                figure.source,
                figure.territory,
            )
        )


def test_a_rate_without_a_unit_gets_none() -> None:
    figure = _figures("serebryansk")["brief-013"]
    assert (figure.value, figure.unit_stated) == ("−9,0", False)
    assert "промилле" in figure.note


def test_eleven_towns_with_twelve_names_are_flagged() -> None:
    assert _figures("tekeli")["brief-037"].note == "сказано об 11 городах, но названо 12"
    assert _figures("tekeli")["brief-037"].value.startswith(f"3–3,5{NB}прожиточного минимума")


def test_the_third_column_is_of_low_confidence_and_says_why() -> None:
    ridder, altay = _figures("ridder")["slides-020"], _figures("altay")["slides-026"]
    assert (ridder.confidence_code, altay.confidence_code) == ("low", "low")
    assert "111,9" in ridder.note
    assert "номинальный" in altay.note


def test_a_bound_is_not_a_number() -> None:
    assert _figures("kurchatov")["brief-057"].number is None
    assert _figures("kurchatov")["brief-057"].value == f">{NB}70{NB}% занятых"
    assert _figures("kulsary")["brief-004"].number == "4279.100000"


def test_an_inferred_year_says_so_and_a_stated_one_does_not() -> None:
    assert _figures("kulsary")["brief-004"].year_inferred
    assert not _figures("aksai")["slides-007"].year_inferred


def test_a_figure_of_two_towns_names_both_and_a_district_town_its_district() -> None:
    figures = _figures("kulsary")
    assert figures["brief-009"].about == "Аксай, Кульсары"
    assert "Жылыойский район" in figures["brief-004"].territory


def test_a_figure_of_all_towns_stands_beside_the_towns_own() -> None:
    town = queries.town_by_slug(slug="satpayev")
    (share,) = [
        indicator
        for topic in queries.official_values_for(town=town, language="en")
        for indicator in topic.indicators
        if indicator.code == "share_65_plus"
    ]
    assert [figure.value for figure in share.own] == [f"7.1{NB}%"]
    assert [figure.value for figure in share.context] == [f"10.9{NB}%"]


@pytest.mark.parametrize("slug", ["karazhal", "serebryansk"])
def test_official_figures_take_three_queries_however_many_there_are(
    slug: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    town = queries.town_by_slug(slug=slug)
    with django_assert_num_queries(1 if slug == "karazhal" else 3):
        queries.official_values_for(town=town, language="kk")


def test_the_table_shows_each_part_of_a_figure() -> None:
    source = '{% from "towns/official_figures.html" import official_figures %}{{ official_figures(topics) }}'
    town = queries.town_by_slug(slug="serebryansk")
    with translation.override("en"):
        page = (
            engines["jinja2"]
            .from_string(source)
            .render({"topics": queries.official_values_for(town=town, language="en")})
        )
    row = page[page.index('id="official-brief-013"') :].split("</tr>")[0]
    assert "<strong>−9.0</strong>" in row
    assert "the source states no unit" in row
    assert "<summary>medium confidence</summary>" in row
    assert "the interval ranges from -0.1 - in Satpayev to -9.0 - in Serebryansk" in row
    assert "the source states no unit" in row
    assert "District: Altai District." in row
    assert 'href="https://doi.org/10.48440/GCA.2022.008"' in row
    assert "the year is inferred" in row


def test_the_profile_names_sources_in_the_readers_language() -> None:
    profile = queries.town_profile(town=queries.town_by_slug(slug="kurchatov"), language="ru")
    assert profile.people == f"≈{NB}10{NB}000"
    assert profile.people_source == "источника нет; округлено, ±15{}%".format(" ")
    assert profile.former_katos == ("632210000",)
    assert profile.former == (("Семипалатинск-21", 1991),)
    assert [listing.year for listing in profile.listings] == [2022]


def test_a_town_that_is_not_there() -> None:
    with pytest.raises(NotFound) as refused:
        queries.town_by_slug(slug="atlantis")
    assert refused.value.code == "no_such_town"


def test_the_api_lists_towns_and_finds_them(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        everything = client.get("/api/v1/towns/").json()
    assert len(everything) == 27
    (altay,) = client.get("/api/v1/towns/?q=Zyryanovsk").json()
    assert (altay["slug"], altay["oblast"], altay["population_approximate"]) == ("altay", "east-kazakhstan", True)


def test_the_api_gives_one_town_with_what_limits_its_figures(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        town = client.get("/api/v1/towns/serebryansk/").json()
    assert town["oblast"]["kato"] == "630000000"
    (rate,) = [value for value in town["official_values"] if value["key"] == "brief-013"]
    assert (rate["value"], rate["unit_stated"], rate["year_basis"]) == ("-9.0", False, "inferred")
    (services,) = [value for value in town["official_values"] if value["indicator"] == "employment_share_services"]
    assert (services["value"], services["value_number"], services["qualifier"]) == (">70", None, "more_than")


def test_the_api_says_when_there_is_no_such_town(client: Client) -> None:
    response = client.get("/api/v1/towns/atlantis/")
    assert (response.status_code, response.json()["code"]) == (404, "no_such_town")
