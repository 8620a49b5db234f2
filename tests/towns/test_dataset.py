"""The data files: what they hold, and that a wrong one is refused with file, line and column."""

import csv
import io
from collections import Counter

import pytest

from towns.rules.dataset import BadRowError, read

Files = dict[str, str]


def test_the_files_hold_every_town_and_every_figure(files: Files) -> None:
    data = read(files)
    assert len(data.of("monotowns.csv")) == 27
    assert len(data.of("oblasts.csv")) == 14
    assert len(data.of("official_values.csv")) == 149
    assert Counter(row.values["source"] for row in data.of("official_values.csv")) == {"brief-2022": 93, "slides": 56}


def test_eighteen_towns_are_of_oblast_significance_and_nine_lie_in_a_district(files: Files) -> None:
    towns = read(files).of("monotowns.csv")
    assert Counter(row.values["significance"] for row in towns) == {"oblast": 18, "district": 9}


def test_every_population_without_a_source_is_approximate_and_of_low_confidence(files: Files) -> None:
    towns = [row.values for row in read(files).of("monotowns.csv")]
    unsourced = [town for town in towns if "no source" in town["population_source"]]
    assert len(unsourced) == 14
    assert all(town["population_approximate"] and town["population_confidence"] == "low" for town in unsourced)


def test_a_town_is_named_as_known_in_each_language(files: Files) -> None:
    (zhanaozen,) = [row.values for row in read(files).of("monotowns.csv") if row.values["slug"] == "zhanaozen"]
    names = [zhanaozen[f"name_{language}"] for language in ("kk", "ru", "en", "de")]
    assert names == ["Жаңаөзен", "Жанаозен", "Zhanaozen", "Schangaösen"]


def test_the_kazakh_texts_are_kazakh(files: Files) -> None:
    """Every name of an indicator in Kazakh holds a letter that Russian lacks: a row copied from Russian would not."""
    rows = csv.DictReader(io.StringIO(files["indicators.csv"]))
    assert [row["code"] for row in rows if not set(row["name_kk"].casefold()) & set("әғқңөұүһі")] == []


def _swap(files: Files, file: str, old: str, new: str) -> Files:
    assert old in files[file]
    return {**files, file: files[file].replace(old, new, 1)}


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("monotowns.csv", "slug,oblast", "slug,region", "line 1: the columns must be"),
        ("monotowns.csv", "50.05197", "5.05197", "line 2, column lat: 5.05197 lies outside Kazakhstan"),
        ("monotowns.csv", "50.05197", "NaN", "line 2, column lat: NaN lies outside Kazakhstan"),
        ("monotowns.csv", "50.05197", "fifty", "line 2, column lat: 'fifty' is not a number of degrees"),
        ("monotowns.csv", ",171609,", ",,", "line 2, column population: '' is not a whole number from 1"),
        ("monotowns.csv", ",352410000,", ",35241,", "line 2, column kato: '35241' is not a KATO code"),
        (
            "monotowns.csv",
            "temirtau,karaganda",
            "temirtau,karagandy",
            "column oblast: 'karagandy' is not in oblasts.csv",
        ),
        ("monotowns.csv", "ekibastuz,", "temirtau,", "line 3, column slug: stands already in line 2"),
        ("monotowns.csv", "Теміртау,", ",", "line 2, column name_kk: is empty; fill it in"),
        ("monotowns.csv", "Теміртау,", "Теміртау ,", "line 2, column name_kk: remove the blanks"),
        ("monotowns.csv", "Жылыой ауданы", "", "line 10, column district_kk: name the district in all four languages"),
        ("aliases.csv", "altay,Зыряновск", "altai,Зыряновск", "line 2, column town: 'altai' is not in monotowns.csv"),
        ("aliases.csv", "former,2019", "old,2019", "line 2, column kind: 'old' is none of former, spelling"),
        ("listings.csv", "2022-04-01", "April 2022", "line 2, column named_on: 'April 2022' is not a day such as"),
        ("listings.csv", "2022-04-01", "", "line 2, column named_on: is empty; give a day"),
        ("units.csv", "{value} қала,", "қала,", "line 2, column pattern_kk: must hold {value} exactly once"),
        (
            "official_values.csv",
            ",4279.1,exact",
            ",4279.1 bn,exact",
            "column value: '4279.1 bn' is not a value of the kind",
        ),
        (
            "official_values.csv",
            ",>70,more_than",
            ",>70,exact",
            "column value: '>70' is not a value of the kind 'exact'",
        ),
        ("official_values.csv", ",2014-08-01,", ",08/2014,", "column year: '08/2014' is neither a year nor a day"),
        (
            "official_values.csv",
            "brief-004,towns,kulsary",
            "brief-004,towns,kulsara",
            "line 5, column towns: 'kulsara' is not",
        ),
        (
            "official_values.csv",
            "brief-004,towns,kulsary",
            "brief-004,towns,",
            "line 5, column towns: name the towns if",
        ),
        (
            "official_values.csv",
            "brief-004,towns,kulsary",
            "brief-004,comparison,",
            "line 5, column place: name the place",
        ),
        (
            "official_values.csv",
            ",growth,words",
            ",growing,words",
            "column value: 'growing' has no translation in phrases",
        ),
        ("official_values.csv", "12 names against the stated 11", "odd", "column note: 'odd' has no translation"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(files: Files, file: str, old: str, new: str, told: str) -> None:
    with pytest.raises(BadRowError) as refused:
        read(_swap(files, file, old, new))
    assert str(refused.value).startswith(file)
    assert told in str(refused.value)


def test_a_row_with_a_cell_too_many_is_refused(files: Files) -> None:
    with pytest.raises(BadRowError, match=r"oblasts.csv, line 2: has 7 cells instead of 6"):
        read(_swap(files, "oblasts.csv", "Gebiet Qaraghandy", "Gebiet Qaraghandy,"))


def test_a_missing_file_is_named(files: Files) -> None:
    del files["units.csv"]
    with pytest.raises(BadRowError, match=r"units.csv.*missing"):
        read(files)


def test_a_byte_order_mark_is_no_fault(files: Files) -> None:
    marked = {name: "\ufeff" + text for name, text in files.items()}
    assert len(read(marked).of("monotowns.csv")) == 27
