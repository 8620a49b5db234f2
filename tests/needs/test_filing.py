"""Filing a need: what is kept, what is not, and what happens twice."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Record
from audit.queries import town_version
from common.errors import DomainError, Forbidden
from common.ids import TICKET_ALPHABET, normalise_ticket
from common.uploads import Photo
from councils.needs.models import Need
from councils.needs.queries import need_by_ticket
from councils.needs.states import FiledBy, NeedState
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def test_an_anonymous_need_leads_nowhere(file_need: Callable[..., Need], town: Town) -> None:
    need = Need.objects.get(pk=file_need().pk)
    assert (need.author_id, need.helper_id, need.answered_by_id) == (None, None, None)
    assert (need.filed_by, need.state, need.town_id) == (FiledBy.WEB, NeedState.SUBMITTED, town.pk)
    record = Record.objects.get(object_type="need", object_id=str(need.pk))
    assert record.actor_id is None
    assert record.detail == {"category": "lighting", "filed_by": "web", "photo": False}


def test_no_row_anywhere_joins_an_anonymous_need_with_a_person(
    file_need: Callable[..., Need], person: Callable[..., User]
) -> None:
    somebody = person(Role.RESIDENT)
    need = file_need()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE t::text LIKE %s', [f"%{need.pk}%"])  # noqa: S608
            rows = [row for (row,) in cursor.fetchall()]
            assert [row for row in rows if str(somebody.pk) in row or somebody.email in row] == []


def test_the_id_does_not_tell_the_moment(file_need: Callable[..., Need]) -> None:
    assert file_need().pk.version == 4


def test_a_person_may_keep_it_on_their_page(file_need: Callable[..., Need], person: Callable[..., User]) -> None:
    author = person()
    need = file_need(author=author)
    assert list(author.needs.all()) == [need]
    assert Record.objects.get(object_id=str(need.pk)).actor_id == author.pk


def test_a_helper_is_named_and_the_person_is_not(file_need: Callable[..., Need], person: Callable[..., User]) -> None:
    helper, author = person(Role.HELPER), person()
    need = file_need(helper=helper, author=author)
    assert (need.filed_by, need.helper, need.author) == (FiledBy.HELPER, helper, None)
    assert Record.objects.get(object_id=str(need.pk)).actor_id == helper.pk


def test_who_is_no_helper_of_this_town_cannot_file_for_others(
    file_need: Callable[..., Need], person: Callable[..., User]
) -> None:
    elsewhere = person(Role.HELPER, where=Town.objects.get(slug="ridder"))
    for stranger in (person(), person(Role.SECRETARY), elsewhere):
        with pytest.raises(Forbidden):
            file_need(helper=stranger)
    assert Need.objects.count() == 0


def test_tickets_are_dictatable_and_found_however_they_are_typed(file_need: Callable[..., Need]) -> None:
    need = file_need()
    assert len(need.ticket) == 11
    assert set(need.ticket) <= set(TICKET_ALPHABET) | {"-"}
    assert normalise_ticket(need.ticket) == need.ticket
    for typed in (need.ticket.lower(), need.ticket.replace("-", " "), f" {need.ticket.replace('-', '')} "):
        assert need_by_ticket(typed=typed) == need
    assert need_by_ticket(typed="222-222-222") is None
    assert need_by_ticket(typed="") is None


def test_a_taken_ticket_is_drawn_again(file_need: Callable[..., Need], monkeypatch: pytest.MonkeyPatch) -> None:
    dice = iter([bytes(9), bytes(9), bytes(range(9))])
    monkeypatch.setattr("secrets.token_bytes", lambda _count: next(dice))
    first, second = file_need(), file_need()
    assert first.ticket == "222-222-222"
    assert second.ticket == "234-567-9AC"


def test_the_same_sending_twice_is_one_need(file_need: Callable[..., Need], town: Town, photo: Photo) -> None:
    nonce = uuid4()
    first = file_need(submission=nonce, photo=photo)
    version = town_version(town.slug)
    second = file_need(submission=nonce, photo=photo)
    assert second.pk == first.pk
    assert second.photo.name == first.photo.name
    assert Need.objects.count() == 1
    assert Record.objects.filter(action="needs.file").count() == 1
    assert town_version(town.slug) == version


def test_other_words_from_the_same_open_page_are_another_need(file_need: Callable[..., Need]) -> None:
    nonce = uuid4()
    assert file_need(submission=nonce).pk != file_need("The bus does not come any more.", submission=nonce).pk
    assert Need.objects.count() == 2


def test_the_same_words_from_two_people_are_two_needs(file_need: Callable[..., Need]) -> None:
    assert file_need().pk != file_need().pk


def test_the_photo_is_kept_under_a_name_that_tells_nothing(file_need: Callable[..., Need], photo: Photo) -> None:
    need = Need.objects.get(pk=file_need(photo=photo).pk)
    name = str(need.photo.name)
    assert str(need.pk) not in name
    assert need.ticket not in name
    with need.photo.open("rb") as file:
        assert file.read() == photo.bytes


def test_the_text_is_tidied_and_its_language_told(file_need: Callable[..., Need]) -> None:
    need = file_need("  Көшеде\r\nжарық жоқ  ", quarter=" 5-шағын   аудан ")
    assert (need.text, need.language, need.quarter) == ("Көшеде\nжарық жоқ", "kk", "5-шағын аудан")


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"text": "  Lamps!  "}, "text_short", "text"),
        ({"text": "x" * 2001}, "text_long", "text"),
        ({"quarter": "x" * 81}, "quarter_long", "quarter"),
    ],
)
def test_refusals(file_need: Callable[..., Need], facts: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        file_need(**facts)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert Need.objects.count() == 0
    assert Record.objects.filter(action="needs.file").count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"state": "accepted"},
        {"state": "refused", "refusal_reason": ""},
        {"refusal_reason": "other"},
        {"filed_by": "helper"},
    ],
)
def test_the_database_refuses_impossible_needs(file_need: Callable[..., Need], change: dict[str, str]) -> None:
    need = file_need()
    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(**change)


def test_the_database_refuses_a_refusal_without_words(refused: Need) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=refused.pk).update(answer="")


def test_the_database_refuses_an_author_behind_a_helper(
    file_need: Callable[..., Need], person: Callable[..., User]
) -> None:
    need = file_need(helper=person(Role.HELPER))
    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(author=person())
