"""Open answers: nobody else sees one before it was read; what is taken out is gone; codes are suggested, not set."""

import re
from datetime import datetime

import pytest
from django.test import Client

from audit.models import Record
from common.errors import DomainError, Forbidden
from common.ids import random_id
from councils.surveys import actions
from councils.surveys.actions.reading import Reading, add_code, read_answers
from councils.surveys.models import OpenAnswer, OpenCode, Wave
from councils.surveys.queries import reading
from councils.surveys.rules.coding import suggested
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import OpenAnswerState
from tests.surveys.conftest import MakePerson
from tests.surveys.pages import address, text_of
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

WISHES = ("More rain, says Asel from house 7", "More trees", "Trees and benches", "A fountain")


@pytest.fixture
def closed(wave: Wave, person: MakePerson, now: datetime) -> Wave:
    for wish in WISHES:
        answers = {"garden": "yes", "flowers": "Tulips", "wish": wish}
        actions.submit_answers(wave=wave, who=Respondent(user_id=person(Role.RESIDENT).pk), answers=answers, now=now)
    return actions.close_wave(actor=None, wave=wave, now=now)


@pytest.fixture
def moderator(person: MakePerson) -> User:
    return person(Role.MODERATOR)


def _decide(wave: Wave, who: User, now: datetime, wish: str, state: OpenAnswerState, **facts: object) -> int:
    answer = OpenAnswer.objects.get(wave=wave, text=wish)
    one = Reading(answer_id=answer.pk, state=state, **facts)  # type: ignore[arg-type]
    return read_answers(actor=who, wave=wave, question="wish", readings=[one], now=now)


def test_codes_are_suggested_by_beginnings_of_words() -> None:
    coded = [("Больше деревьев", ["trees"]), ("Ағаштар отырғызу", ["trees"]), ("Починить дорогу", ["roads"])]
    assert suggested("Дерево у дороги", coded) == ("roads", "trees")
    assert suggested("ағаш отырғызса екен", coded) == ("trees",)
    assert suggested("Вода", coded) == ()
    assert suggested("", coded) == ()


def test_an_answer_is_seen_by_nobody_before_it_was_read(
    closed: Wave, moderator: User, client: Client, now: datetime, english: None
) -> None:
    def seen() -> str:
        return text_of(client.get(address("words_of", closed.pk, "wish")))

    assert not any(wish in seen() for wish in WISHES)
    assert _decide(closed, moderator, now, WISHES[1], OpenAnswerState.APPROVED) == 1
    published = "More rain, says …"
    assert _decide(closed, moderator, now, WISHES[0], OpenAnswerState.REDACTED, published=published) == 1
    assert _decide(closed, moderator, now, WISHES[3], OpenAnswerState.WITHHELD) == 1
    assert WISHES[1] in seen()
    assert published in seen()
    assert "Asel" not in seen()
    assert not OpenAnswer.objects.filter(text__contains="Asel").exists()
    assert not OpenAnswer.objects.filter(text="A fountain").exists()
    noted = Record.objects.filter(action="surveys.read_open_answers")
    assert [record.detail for record in noted] == [{"question": "wish", "number": 1}] * 3


def test_a_redaction_must_take_something_out_and_leave_something(closed: Wave, moderator: User, now: datetime) -> None:
    for published in ("", WISHES[0]):
        with pytest.raises(DomainError) as refusal:
            _decide(closed, moderator, now, WISHES[0], OpenAnswerState.REDACTED, published=published)
        assert refusal.value.code == "not_redacted"


def test_an_answer_is_decided_once(closed: Wave, moderator: User, person: MakePerson, now: datetime) -> None:
    answer = OpenAnswer.objects.get(text=WISHES[1])
    one = Reading(answer_id=answer.pk, state=OpenAnswerState.APPROVED)
    told = [
        read_answers(actor=who, wave=closed, question="wish", readings=[one], now=now)
        for who in (moderator, person(Role.SECRETARY))
    ]
    assert told == [1, 0]
    answer.refresh_from_db()
    assert answer.read_by == moderator


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.MODERATOR, Role.SECRETARY}])
def test_others_do_not_read(role: Role, closed: Wave, person: MakePerson, now: datetime) -> None:
    with pytest.raises(Forbidden):
        _decide(closed, person(role), now, WISHES[1], OpenAnswerState.APPROVED)


def test_codes_grow_and_are_counted_when_five_carry_them(closed: Wave, moderator: User, now: datetime) -> None:
    code = add_code(actor=moderator, wave=closed, question="wish", labels={"kk": "Ағаш", "ru": "Деревья"}, now=now)
    for labels in ({"kk": "Ағаш", "ru": "Другое"}, {"kk": "Су", "ru": " "}):
        with pytest.raises(DomainError):
            add_code(actor=moderator, wave=closed, question="wish", labels=labels, now=now)
    _decide(closed, moderator, now, WISHES[1], OpenAnswerState.APPROVED, codes=(code.code, "unknown"))
    (like,) = OpenAnswer.objects.filter(text=WISHES[2])
    assert reading.suggestions(closed, "wish", [like]) == {like.pk: (code.code,)}
    assert [(one.code, one.number) for one in reading.code_counts(closed, "wish")] == [(code, None)]
    assert OpenCode.objects.count() == 1


def test_the_reader_works_on_one_page(closed: Wave, moderator: User, client: Client, english: None) -> None:
    client.force_login(moderator)
    assert "wish" in client.get(address("reading", closed.pk)).content.decode()
    at = address("read", closed.pk, "wish")
    assert WISHES[1] in text_of(client.get(at))
    answer = OpenAnswer.objects.get(text=WISHES[1])
    assert client.post(at, {f"state-{answer.pk}": "approved", "state-nonsense": "approved"}).status_code == 302
    assert OpenAnswer.objects.get(pk=answer.pk).state == OpenAnswerState.APPROVED
    other = OpenAnswer.objects.get(text=WISHES[0])
    kept = client.post(at, {f"state-{other.pk}": "redacted", f"text-{other.pk}": WISHES[0]})
    assert kept.status_code == 409
    assert "Take the words out" in text_of(kept)
    assert client.post(at, {"add": "1", "kk": "Ағаш", "ru": ""}).status_code == 422
    kept = client.post(at, {"kk": "Су", "ru": "Вода", f"state-{other.pk}": "withheld", f"text-{other.pk}": other.text})
    checked = re.findall(r'name="state-(\S+)"\s+value="(\w+)"\s+checked', kept.content.decode())
    assert (kept.status_code, checked) == (200, [(str(other.pk), "withheld")])
    assert (OpenCode.objects.count(), OpenAnswer.objects.get(pk=other.pk).text) == (1, WISHES[0])
    assert client.get(address("read", closed.pk, "trees")).status_code == 404


def test_words_that_a_reader_changed_are_never_published_as_they_were_written(
    closed: Wave, moderator: User, client: Client, english: None
) -> None:
    client.force_login(moderator)
    at, answer = address("read", closed.pk, "wish"), OpenAnswer.objects.get(text=WISHES[0])
    undecided = client.post(at, {f"text-{answer.pk}": "More rain"})
    assert (undecided.status_code, f'href="#answer-{answer.pk}"' in undecided.content.decode()) == (409, True)
    assert "Choose what becomes of this answer" in text_of(undecided)
    assert ">More rain</textarea>" in undecided.content.decode()
    assert client.post(at, {f"state-{answer.pk}": "approved", f"text-{answer.pk}": "More rain\r\n"}).status_code == 302
    answer.refresh_from_db()
    assert (answer.state, answer.published, answer.text) == ("redacted", "More rain", "")
    whole = OpenAnswer.objects.get(text=WISHES[1])
    client.post(at, {f"state-{whole.pk}": "approved", f"text-{whole.pk}": WISHES[1] + "\r\n"})
    whole.refresh_from_db()
    assert (whole.state, whole.published) == ("approved", WISHES[1])


def test_what_was_let_through_can_be_taken_back(
    closed: Wave, moderator: User, client: Client, now: datetime, english: None
) -> None:
    code = add_code(actor=moderator, wave=closed, question="wish", labels={"kk": "Ағаш", "ru": "Деревья"}, now=now)
    for wish in WISHES[:3]:
        _decide(closed, moderator, now, wish, OpenAnswerState.APPROVED)
    named, kept, other = (OpenAnswer.objects.get(published=wish) for wish in WISHES[:3])
    client.force_login(moderator)
    at, seen = f"{address('read', closed.pk, 'wish')}?again=yes", address("words_of", closed.pk, "wish")
    assert f'href="{at}"' in client.get(address("read", closed.pk, "wish")).content.decode()
    assert WISHES[0] in text_of(client.get(at))
    assert WISHES[0] in text_of(client.get(seen))
    changes = {
        f"state-{named.pk}": "approved",
        f"text-{named.pk}": "More rain",
        f"state-{kept.pk}": "approved",
        f"text-{kept.pk}": kept.published,
        f"code-{kept.pk}": code.code,
        f"state-{other.pk}": "withheld",
        f"text-{other.pk}": other.published,
    }
    assert client.post(at, changes)["Location"] == at
    facts = OpenAnswer.objects.filter(pk__in=[named.pk, kept.pk, other.pk])
    assert {one.pk: (one.state, one.published, one.text) for one in facts} == {
        named.pk: ("redacted", "More rain", ""),
        kept.pk: ("approved", WISHES[1], WISHES[1]),
        other.pk: ("withheld", "", ""),
    }
    assert [one.code for one in kept.codes.all()] == [code.code]
    public = text_of(client.get(seen))
    assert ("More rain" in public, "Asel" in public, WISHES[2] in public) == (True, False, False)
    assert Record.objects.filter(action="surveys.read_open_answers").count() == 4
    assert client.post(at, {f"state-{kept.pk}": "approved", f"code-{kept.pk}": code.code}).status_code == 302
    assert Record.objects.filter(action="surveys.read_open_answers").count() == 4  # nothing was changed


def test_a_picture_is_seen_by_its_reader_alone(
    closed: Wave, moderator: User, person: MakePerson, client: Client, english: None
) -> None:
    picture = b"\xff\xd8\xff\xe0 a picture"
    answer = OpenAnswer.objects.create(wave=closed, question="wish", file=picture)
    at = address("read", closed.pk, "wish")
    client.force_login(person(Role.RESIDENT))
    assert client.get(f"{at}?file={answer.pk}").status_code == 403
    client.force_login(moderator)
    shown = client.get(f"{at}?file={answer.pk}")
    assert (shown.content, shown["Content-Type"], shown["X-Content-Type-Options"]) == (picture, "image/jpeg", "nosniff")
    assert f'href="{at}?file={answer.pk}"' in client.get(at).content.decode()
    assert client.post(at, {f"state-{answer.pk}": "redacted", f"text-{answer.pk}": ""}).status_code == 409
    assert client.post(at, {f"state-{answer.pk}": "withheld", f"text-{answer.pk}": ""}).status_code == 302
    assert client.get(f"{at}?file={answer.pk}").status_code == 404


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"\xff\xd8\xff\xe0 a picture", '<img class="sent" src="{}"'),
        (b"RIFF\0\0\0\0WAVE a sound", 'href="{}">Listen to a sound that was sent (0.1 MB)'),
        (b"%PDF-1.7 a paper with its author's name in it", None),
    ],
)
def test_a_file_is_for_everybody_as_long_as_readers_let_it_through(
    content: bytes, shown: str | None, closed: Wave, moderator: User, client: Client, english: None
) -> None:
    answer = OpenAnswer.objects.create(wave=closed, question="wish", file=content)
    at, page = address("words_file", closed.pk, "wish", answer.pk), address("words_of", closed.pk, "wish")
    reader = Client()
    reader.force_login(moderator)

    def decide(state: str, *, again: str = "") -> None:
        reader.post(f"{address('read', closed.pk, 'wish')}{again}", {f"state-{answer.pk}": state})

    assert client.get(at).status_code == 404
    decide("approved")
    got, words = client.get(at), client.get(page).content.decode()
    assert ("Nothing to read yet" in words, str(answer.pk) in words) == (False, shown is not None)
    if shown is None:
        assert got.status_code == 404
        return
    assert shown.format(at) in words
    assert (got.content, got["X-Content-Type-Options"]) == (content, "nosniff")
    assert "public" in got["Cache-Control"]
    assert "max-age=0" in got["Cache-Control"]
    assert client.get(at, headers={"if-none-match": got["ETag"]}).status_code == 304
    assert client.get(at.replace("/wish/", "/flowers/")).status_code == 404
    decide("withheld", again="?again=yes")
    assert client.get(at, headers={"if-none-match": got["ETag"]}).status_code == 404
    assert str(answer.pk) not in client.get(page).content.decode()


def test_an_open_wave_has_no_words(client: Client, today_wave: Wave, moderator: User) -> None:
    assert client.get(address("words", today_wave.pk)).status_code == 404
    assert client.get(address("words_file", today_wave.pk, "wish", random_id())).status_code == 404
    client.force_login(moderator)
    assert client.get(address("reading", today_wave.pk)).status_code == 404
