"""Loading: twice is once, a changed row changes one row, a corrected figure keeps its old version, a fault nothing."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from audit.models import Record
from audit.queries import site_version
from common.errors import DomainError
from towns import queries
from towns.actions import load_towns, replace_margins
from towns.models import Alias, Margin, OfficialValue, Town, TownListing
from towns.rules.dataset import BadRowError
from towns.states import MarginDimension

Files = dict[str, str]
pytestmark = pytest.mark.django_db


def test_a_second_load_changes_nothing_and_says_so() -> None:
    before = (site_version(), Record.objects.count())
    told = StringIO()
    call_command("load_towns", stdout=told)
    assert told.getvalue() == "Towns: nothing changed (392 rows).\n"
    assert (site_version(), Record.objects.count()) == before


def test_an_unchanged_load_only_reads(
    files: Files, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(18) as seen:
        load_towns(files=files, now=now)
    assert [
        query["sql"] for query in seen.captured_queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
    ] == []


def test_a_changed_town_is_updated_and_recorded(files: Files, now: datetime) -> None:
    before = site_version()
    files["monotowns.csv"] = files["monotowns.csv"].replace(",171609,2024,", ",170000,2025,")
    report = load_towns(files=files, now=now)
    assert (report.added, report.updated, report.removed, report.kept) == (0, 1, 0, 391)
    town = Town.objects.get(slug="temirtau")
    assert (town.population, town.population_year) == (170_000, 2025)
    assert site_version() == before + 1
    entry = Record.objects.latest("id")
    assert (entry.action, entry.detail) == ("towns.load", {"added": 0, "updated": 1, "removed": 0})


def test_a_corrected_figure_keeps_the_old_one(files: Files, now: datetime) -> None:
    files["official_values.csv"] = files["official_values.csv"].replace(",99.4,exact", ",101.2,exact")
    report = load_towns(files=files, now=now)
    assert (report.added, report.updated) == (0, 1)
    old, new = OfficialValue.objects.filter(key="brief-007").order_by("version")
    assert (old.value_text, old.superseded_by, new.value_text, new.version) == ("99.4", new, "101.2", 2)
    assert list(new.towns.values_list("slug", flat=True)) == ["arkalyk"]
    again = load_towns(files=files, now=now + timedelta(days=1))
    assert not again.changed


def test_the_page_tells_of_a_correction(files: Files, now: datetime) -> None:
    files["official_values.csv"] = files["official_values.csv"].replace(",99.4,exact", ",101.2,exact")
    load_towns(files=files, now=now)
    topics = queries.official_values_for(town=queries.town_by_slug(slug="arkalyk"), language="en")
    (figure,) = [f for t in topics for i in t.indicators for f in i.own if f.key == "brief-007"]
    assert figure.value == "101.2\u00a0thousand tenge a month"
    assert [text for text, _moment in figure.corrected] == ["99.4\u00a0thousand tenge a month"]


def test_a_figure_that_its_source_calls_provisional_says_so(files: Files, now: datetime, client: Client) -> None:
    whole = files["official_values.csv"]
    lines = whole.splitlines(keepends=True)
    there = next(place for place, line in enumerate(lines) if line.startswith("brief-007,"))
    lines[there] = lines[there].replace(",medium,no,", ",medium,yes,")
    files["official_values.csv"] = "".join(lines)
    assert files["official_values.csv"] != whole
    assert load_towns(files=files, now=now).updated == 1
    topics = queries.official_values_for(town=queries.town_by_slug(slug="arkalyk"), language="en")
    assert [f.key for t in topics for i in t.indicators for f in i.own if f.provisional] == ["brief-007"]
    told = client.get("/api/v1/towns/arkalyk/").json()["official_values"]
    assert [row["key"] for row in told if row["provisional"]] == ["brief-007"]
    page = client.get("/en/towns/arkalyk/").content.decode()
    assert page.count("The source calls this figure provisional: it may still change.") == 1


def test_a_figure_that_left_the_files_is_withdrawn_and_may_come_back(files: Files, now: datetime) -> None:
    whole = files["official_values.csv"]
    lines = whole.splitlines(keepends=True)
    files["official_values.csv"] = "".join(line for line in lines if not line.startswith("brief-007,"))
    assert load_towns(files=files, now=now).removed == 1
    gone = OfficialValue.objects.get(key="brief-007")
    assert gone.withdrawn_at == now
    topics = queries.official_values_for(town=queries.town_by_slug(slug="arkalyk"), language="en")
    assert "brief-007" not in {f.key for t in topics for i in t.indicators for f in i.own}
    files["official_values.csv"] = whole
    assert load_towns(files=files, now=now).changed
    versions = OfficialValue.objects.filter(key="brief-007").order_by("version")
    assert list(versions.values_list("version", "withdrawn_at")) == [(1, now), (2, None)]


def test_a_fault_in_the_last_file_leaves_everything_as_it_was(files: Files, now: datetime) -> None:
    files["monotowns.csv"] = files["monotowns.csv"].replace(",171609,2024,", ",170000,2025,")
    files["margins.csv"] += "temirtau,sex_age,f_18_29,-3,2021,census\n"
    with pytest.raises(BadRowError, match=r"margins.csv, line 2, column population"):
        load_towns(files=files, now=now)
    assert Town.objects.get(slug="temirtau").population == 171_609


def test_an_alias_that_left_the_file_is_gone_and_no_town_ever_is(files: Files, now: datetime) -> None:
    files["aliases.csv"] = files["aliases.csv"].replace("temirtau,Temirtaw,spelling,,,public encyclopaedias\n", "")
    report = load_towns(files=files, now=now)
    assert (report.removed, report.updated) == (1, 1)  # the alias, and the words its town is found by
    assert not Alias.objects.filter(name="Temirtaw").exists()
    assert queries.towns_list(language="ru", q="Temirtaw").total == 0
    assert Town.objects.count() == 27


def test_the_command_names_the_fault(tmp_path: Path, files: Files) -> None:
    files["units.csv"] = files["units.csv"].replace("{value} қала,", "қала,")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"units.csv, line 2, column pattern_kk: must hold \{value\} exactly once"):
        call_command("load_towns", data=tmp_path)
    (tmp_path / "units.csv").write_bytes("қала".encode("utf-16"))
    with pytest.raises(CommandError, match=r"units.csv is not UTF-8"):
        call_command("load_towns", data=tmp_path)
    (tmp_path / "units.csv").unlink()
    with pytest.raises(CommandError, match=r"units.csv is missing"):
        call_command("load_towns", data=tmp_path)


def test_saran_is_reported_as_having_left_the_list_and_nobody_else(files: Files) -> None:
    left = TownListing.objects.filter(listed_until__isnull=False).values_list(
        "town__slug", "listed_until__year", "until_source"
    )
    assert list(left) == [("saran", 2024, "reported as removed by 2024: vecher.kz")]


def test_margins_are_replaced_per_source(town: Town, now: datetime) -> None:
    def put(counts: dict[str, int], source: str, year: int) -> None:
        replace_margins(
            town=town,
            dimension=MarginDimension.SEX_AGE,
            counts=counts,
            year=year,
            source=source,
            actor_id=None,
            now=now,
        )

    put({"f_18_29": 100, "m_18_29": 90}, "census 2021", 2021)
    put({"f_18_29": 70}, "bureau 2024", 2024)
    put({"f_18_29": 80, "m_18_29": 75}, "bureau 2024", 2024)
    assert queries.margins_for(town=town, dimension=MarginDimension.SEX_AGE) == {"f_18_29": 80, "m_18_29": 75}
    assert queries.margins_for(town=town, dimension=MarginDimension.EDUCATION) == {}
    assert Margin.objects.count() == 4


@pytest.mark.parametrize("counts", [{}, {"f_18_29": 0}, {"f_18_29": 5, "m_18_29": -1}])
def test_impossible_margins_are_refused(town: Town, now: datetime, counts: dict[str, int]) -> None:
    with pytest.raises(DomainError) as refused:
        replace_margins(
            town=town,
            dimension=MarginDimension.SEX_AGE,
            counts=counts,
            year=2021,
            source="census",
            actor_id=None,
            now=now,
        )
    assert refused.value.code == "margins_empty"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kato": "12"}, "town_kato_has_nine_digits"),
        ({"population": 0}, "town_has_people"),
        ({"latitude": 10}, "town_lies_in_kazakhstan"),
        ({"significance": "district"}, "town_of_district_significance_names_its_district"),
        ({"population_confidence": "sure"}, "town_population_confidence_known"),
    ],
)
def test_the_database_itself_refuses_a_wrong_town(town: Town, fields: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Town.objects.filter(pk=town.pk).update(**fields)


@pytest.mark.parametrize(
    ("key", "fields", "constraint"),
    [
        ("brief-056", {"value_number": 70}, "only_exact_values_are_numbers"),
        ("brief-056", {"source_sentence": ""}, "official_value_quotes_its_source"),
        ("brief-056", {"place": "Bonn"}, "only_comparisons_name_a_place"),
        ("brief-056", {"key": "brief-057", "version": 2}, "official_value_has_one_newest_version"),
    ],
)
def test_the_database_itself_refuses_a_wrong_figure(key: str, fields: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OfficialValue.objects.filter(key=key).update(**fields)
