"""What one person said lies apart after closing: words, files, the way it came and the closed answers join nothing.

Tried with the database of a closed wave: the group that stands beside words, the order of files in the table against
that of the closed answers, the ways of answering, where the identity side says who had no paper sheet, calculations
(the day, the length of an open answer, its number), what stands beside a sheet that was typed twice and beside a draft,
the last thousand, and the order of values too long for a row (TOAST).
"""

from datetime import datetime, timedelta
from random import choices
from uuid import UUID

import pytest
from django.db import connection

from common import clock
from common.clock import day_of
from councils.surveys import actions
from councils.surveys.actions.paper import Codes, check_sheet, enter_sheet
from councils.surveys.actions.unsealing import BATCH, alike
from councils.surveys.models import Draft, OpenAnswer, PaperEntry, QuestionnaireVersion, Response, Wave
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_world import running_wave
from tests.surveys.test_paper import sheets_of
from towns.models import Town
from users.states import Role

_FORM = """| survey |
| | type | name | label::Қазақша (kk) | label::Русский (ru) |
| | select_one sex | sex | Жыныс | Пол |
| | select_one age | age_group | Жас | Возраст |
| | integer | trees | Ағаш | Деревья |
| | text | wish | Тілек | Желание |
| | image | photo | Сурет | Фото |
| choices |
| | list_name | name | label::Қазақша (kk) | label::Русский (ru) |
| | sex | female | Әйел | Женщина |
| | sex | male | Ер | Мужчина |
| | age | young | Жас | Молодой |
| | age | old | Қарт | Старый |
| settings |
| | form_title | form_id | default_language | public_title::Русский (ru) |
| | Бақ | apart | Қазақша (kk) | Сад |
"""
_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"
PEOPLE, BY_WEB = 30, 12
# Of 30 pairs laid at random one is right on average; nine or more happen once in a million.
CHANCE = 9


def _in_their_order(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [int(row[0]) for row in cursor.fetchall()]


def _opened(form: str, town: Town, now: datetime) -> Wave:
    """A wave for everybody, with a questionnaire written as Markdown."""
    version = actions.import_questionnaire(
        actor=None, slug="apart", content=form.encode(), filename="apart.md", now=now
    )
    return actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=day_of(now),
        closes_date=day_of(now) + timedelta(days=9),
        audience=Audience.OPEN,
        languages=["kk", "ru"],
        now=now,
    )


@pytest.mark.django_db
def test_words_files_and_ways_join_nothing(town: Town, now: datetime) -> None:
    wave = _opened(_FORM, town, now)
    for number in range(PEOPLE):
        # One old woman among all of them.
        sex, age = ("female", "old") if number == 7 else (("female", "male")[number % 2], "young")
        actions.submit_answers(
            wave=wave,
            who=Respondent(instance=f"uuid:{number}"),
            answers={"sex": sex, "age_group": age, "trees": number, "wish": f"wish {number}", "photo": "a.jpg"},
            files={"a.jpg": b"\xff\xd8 photo %02d" % number},
            channel=Channel.WEB if number < BY_WEB else Channel.PAPER,
            now=now,
        )
    actions.close_wave(actor=None, wave=wave, now=now)
    assert (Response.objects.count(), OpenAnswer.objects.count()) == (PEOPLE, 2 * PEOPLE)

    closed = _in_their_order("SELECT answers->>'trees' FROM surveys_response ORDER BY ctid")
    words = _in_their_order("SELECT substr(text, 6) FROM surveys_openanswer WHERE question = 'wish' ORDER BY ctid")
    files = _in_their_order(
        "SELECT right(convert_from(substr(file, 3), 'UTF8'), 2) FROM surveys_openanswer WHERE question = 'photo'"
        " ORDER BY ctid"
    )
    assert sorted(closed) == sorted(words) == sorted(files) == list(range(PEOPLE))
    for one, other in ((closed, files), (closed, words), (words, files)):
        for order in (other, other[::-1]):
            assert sum(left == right for left, right in zip(one, order, strict=True)) < CHANCE

    by_web = set(Response.objects.filter(channel=Channel.WEB).values_list("answers__trees", flat=True))
    assert len(by_web) == BY_WEB
    assert by_web != set(range(BY_WEB))  # by chance once in 86 million


_CALCULATED = """| survey |
| | type | name | label::Қазақша (kk) | label::Русский (ru) | calculation |
| | today | day | | | |
| | integer | trees | Ағаш | Деревья | |
| | integer | shown | Ағаш | Деревья | decimal-date-time(today()) |
| | text | wish | Тілек | Желание | |
| | calculate | days | | | decimal-date-time(today()) |
| | calculate | device_days | | | decimal-date-time(${day}) |
| | calculate | day_of_month | | | format-date(now(), '%d') |
| | calculate | length | | | string-length(${wish}) |
| | calculate | copied | | | ${wish} |
| settings |
| | form_title | form_id | default_language | public_title::Русский (ru) |
| | Бақ | apart | Қазақша (kk) | Сад |
"""


@pytest.mark.django_db
def test_nothing_that_was_calculated_tells_the_day_or_the_words(town: Town, now: datetime) -> None:
    wave = _opened(_CALCULATED, town, now)
    for number in range(3):  # each on a day of their own, and the wish is a telephone number
        actions.submit_answers(
            wave=wave,
            who=Respondent(instance=f"uuid:{number}"),
            answers={"trees": 5, "wish": f"770112345{number}"},
            now=now + timedelta(days=number),
        )
    actions.close_wave(actor=None, wave=wave, now=now + timedelta(days=3))
    assert list(Response.objects.values_list("answers", flat=True)) == [{"trees": 5}] * 3
    assert set(OpenAnswer.objects.values_list("question", flat=True)) == {"wish"}


@pytest.mark.django_db
def test_beside_a_sheet_nothing_tells_how_much_was_filled(
    town: Town, small_version: QuestionnaireVersion, person: MakePerson
) -> None:
    wave, one, other, now = running_wave(town, small_version), person(Role.HELPER), person(Role.HELPER), clock.now()
    full: dict[str, object] = {"garden": "yes", "flowers": "Tulips", "tools": ["spade"], "trees": "7", "wish": "Rain"}
    little: dict[str, object] = {"garden": "no"}
    for code, answers in zip(sheets_of(wave, sampled=True, number=2), (full, little), strict=True):
        for typist, type_it in ((one, enter_sheet), (other, check_sheet)):
            type_it(actor=typist, wave=wave, codes=Codes(sheet=code), answers=answers, now=now)
    assert list(PaperEntry.objects.values_list("fields", "differing")) == [(5, 0)] * 2


@pytest.mark.django_db
def test_a_draft_does_not_tell_how_often_it_was_kept(
    town: Town, small_version: QuestionnaireVersion, person: MakePerson
) -> None:
    """A draft and the person who sends it have one transaction: its row must be as everybody's of that day."""
    wave, now = running_wave(town, small_version), clock.now()
    for sections in (1, 3):  # whoever has no garden is not led to the third
        code = actions.new_code()
        for _section in range(sections):
            actions.save_draft(wave=wave, code=code, answers={"garden": "yes"}, now=now)
    rows = Draft.objects.values()
    assert len({(row["touched_date"], len(bytes(row["sealed"]))) for row in rows}) == 1
    assert {frozenset(row) for row in rows} == {frozenset({"code_mark", "wave_id", "sealed", "touched_date"})}


@pytest.mark.parametrize(("people", "sizes"), [(0, [0]), (1, [1]), (BATCH, [BATCH]), (2 * BATCH + 1, [667, 667, 667])])
def test_no_way_of_answering_stands_alone_in_a_last_part(people: int, sizes: list[int]) -> None:
    ids = [UUID(int=number) for number in range(people)]
    parts = alike(ids)
    assert [len(part) for part in parts] == sizes
    assert [one for part in parts for one in part] == ids


@pytest.mark.django_db
def test_what_is_too_long_for_a_row_lies_in_an_order_of_its_own(
    town: Town, small_version: QuestionnaireVersion
) -> None:
    """PostgreSQL puts long values aside (TOAST) and numbers them as they come."""
    wave, now = running_wave(town, small_version, Audience.OPEN), clock.now()
    for number in range(PEOPLE):
        words = {name: f"{number} {''.join(choices(_LETTERS, k=1_900))}" for name in ("flowers", "wish")}
        actions.submit_answers(
            wave=wave, who=Respondent(instance=f"uuid:{number}"), answers={"garden": "yes", **words}, now=now
        )
    actions.close_wave(actor=None, wave=wave, now=now)
    of = "split_part(text, ' ', 1)"
    flowers, wishes = (_toasted("surveys_openanswer", "text", of, f"question = '{one}'") for one in ("flowers", "wish"))
    assert sorted(map(int, flowers)) == sorted(map(int, wishes)) == list(range(PEOPLE))
    came = [str(number) for number in range(PEOPLE)]
    for one, other in ((came, flowers), (came, wishes), (flowers, wishes)):
        for order in (other, other[::-1]):
            assert sum(left == right for left, right in zip(one, order, strict=True)) < CHANCE


def _toasted(table: str, column: str, told: str, which: str = "true") -> list[str]:
    """`told` of the rows whose column lies aside, in the order in which the values were put there."""
    number = f"pg_column_toast_chunk_id({column})"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {told} FROM {table} WHERE {which} AND {number} IS NOT NULL ORDER BY {number}")  # noqa: S608
        return [str(row[0]) for row in cursor.fetchall()]
