"""What one person said lies apart after closing: words, files, the way it came and the closed answers join nothing.

Tried with the database of a closed wave: the group that stands beside words, the order of files in the table against
that of the closed answers, and the ways of answering, where the identity side says who had no paper sheet.
"""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from common.clock import day_of
from councils.surveys import actions
from councils.surveys.models import OpenAnswer, Response
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel
from towns.models import Town

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
PEOPLE, BY_WEB = 30, 12
# Of 30 pairs laid at random one is right on average; nine or more happen once in a million.
CHANCE = 9


def _in_their_order(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [int(row[0]) for row in cursor.fetchall()]


@pytest.mark.django_db
def test_words_files_and_ways_join_nothing(town: Town, now: datetime) -> None:
    version = actions.import_questionnaire(
        actor=None, slug="apart", content=_FORM.encode(), filename="apart.md", now=now
    )
    wave = actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=day_of(now),
        closes_date=day_of(now) + timedelta(days=9),
        audience=Audience.OPEN,
        languages=["kk", "ru"],
        now=now,
    )
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
