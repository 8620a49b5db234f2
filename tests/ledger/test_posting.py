"""One posting path: keys, batches, dates, memos, the log's bytes, and one round trip a call."""

import json
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.errors import DomainError
from funds.ledger.actions import BookedOtherwiseError, post
from funds.ledger.models import Fund, Transaction
from tests.ledger.books import (
    DAY,
    amounts,
    book,
    check_books,
    code_of,
    gift,
    log_bodies,
    mirror,
    payout,
    posting,
    refund,
)
from tests.raw_ledger import refused
from towns.models import Town
from transparency.rules.canonical import canonical

pytestmark = pytest.mark.django_db

NASTY = [
    "",
    'say "tenge" \\ and / and \\u0041',
    "tab\tnewline\nreturn\rbell\x07backspace\x08feed\x0cescape\x1b unit\x1f one\x01",
    "\x7f delete, \x80\x9f the second controls",
    "line\u2028paragraph\u2029 zero\u200bwidth \ufeff mark",
    "\U0001f3d4\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467 Қазақстан ғ ұ ү і һ ө ə",
    "e\u0301 is not \u00e9 here",
    "</script><b>&amp; <!-- 'quote' `tick` ${x} %s {0} ;--",
    "\ud7ff\ue000\uffff \U0010ffff",
    " ends and begins with blanks ",
    "x" * 200,
    "\U0001f600" * 200,
]


def other_fund(slug: str = "ridder") -> Fund:
    return Fund.objects.create(town=Town.objects.get(slug=slug), legal_entity="Other", founded_date=DAY)


@pytest.mark.parametrize("memo", NASTY)
def test_the_log_has_the_canonical_bytes_whatever_was_written(fund: Fund, now: datetime, memo: str) -> None:
    [booked] = book(now, gift(fund, 500, memo=memo))
    [body] = log_bodies(fund.town.slug)
    said = json.loads(body)
    assert body == canonical(said)
    assert said["memo"] == memo == Transaction.objects.get(pk=booked.transaction_id).memo
    assert check_books(fund) == 1


@pytest.mark.parametrize("memo", ["\x00", "x" * 201, "\ud800"])
def test_a_memo_that_no_log_can_keep_is_refused_whole(fund: Fund, now: datetime, memo: str) -> None:
    with pytest.raises((DataError, UnicodeError)):
        book(now, gift(fund, 500, memo=memo))
    assert Transaction.objects.count() == 0


def test_the_log_says_what_the_rows_say(fund: Fund, earmark: UUID, now: datetime) -> None:
    subject = uuid4()
    at = datetime(2026, 11, 22, 9, 0, 0, 120, tzinfo=now.tzinfo)
    [one] = book(at, gift(fund, 500, earmark, subject=subject, memo="Lamps", day=date(2026, 11, 20)))
    [two] = book(at, mirror(one.transaction_id, fund))
    first, second = (json.loads(body) for body in log_bodies(fund.town.slug))
    assert first == {
        "at": "2026-11-22T09:00:00.000120Z",
        "date": "2026-11-20",
        "entries": [
            {"account": "stripe", "after": 500, "amount": 500, "currency": "KZT"},
            {"account": "gifts", "after": -500, "amount": -500, "currency": "KZT", "project": str(earmark)},
        ],
        "fund": "temirtau",
        "id": str(one.transaction_id),
        "kind": "gift",
        "memo": "Lamps",
        "seq": 1,
        "subject": str(subject),
        "type": "transaction",
        "v": 1,
    }
    assert (second["reverses"], second["seq"], two.log_index) == (1, 2, 1)
    assert [entry["after"] for entry in second["entries"]] == [0, 0]
    assert check_books(fund) == 2


def test_every_call_is_one_round_trip(fund: Fund, earmark: UUID, now: datetime) -> None:
    book(now, gift(fund, 500, earmark))
    for postings in ([gift(fund, 5)], [gift(fund, 5, earmark), payout(fund, 3)], [gift(fund, 1) for _ in range(100)]):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            post(postings=postings, now=now)
        assert len(asked) == 1
    again = gift(fund, 5, key="again")
    post(postings=[again], now=now)
    with CaptureQueriesContext(connection) as asked:
        assert [b.created for b in post(postings=[again, gift(fund, 7)], now=now)] == [False, True]
    assert len(asked) == 1
    assert check_books(fund) == 106


def test_a_key_books_once_and_says_where(fund: Fund, now: datetime) -> None:
    [first] = book(now, gift(fund, 500, key="k"))
    later = now + timedelta(days=3)
    [again] = book(later, gift(fund, 500, key="k", memo="another memo", day=date(2026, 11, 25)))
    assert (again.transaction_id, again.seq, again.log_index, again.created) == (
        first.transaction_id,
        first.seq,
        first.log_index,
        False,
    )
    for other in (gift(fund, 501, key="k"), gift(other_fund(), 500, key="k")):
        with pytest.raises(BookedOtherwiseError):
            book(now, other)
    assert check_books(fund) == 1


def test_old_and_new_keys_travel_together(fund: Fund, now: datetime) -> None:
    old = [gift(fund, 100 + n, key=f"old{n}") for n in range(3)]
    book(now, *old)
    new = [gift(fund, 200 + n, key=f"new{n}") for n in range(3)]
    mixed = [new[0], old[2], new[1], old[0], new[2], old[1]]
    answers = {booked.key: booked for booked in book(now, *mixed)}
    assert {key: booked.created for key, booked in answers.items()} == {
        **dict.fromkeys(("old0", "old1", "old2"), False),
        **dict.fromkeys(("new0", "new1", "new2"), True),
    }
    assert [answers[f"old{n}"].seq for n in range(3)] == [1, 2, 3]
    assert [answers[f"new{n}"].seq for n in range(3)] == [4, 5, 6]
    assert amounts(fund) == {("stripe", "KZT", None): 906, ("gifts", "KZT", None): -906}
    assert check_books(fund) == 6


def test_the_same_key_twice_in_a_batch_books_nothing(fund: Fund, now: datetime) -> None:
    book(now, gift(fund, 1))
    for two in (gift(fund, 500, key="k"), gift(fund, 501, key="k")):
        with pytest.raises(IntegrityError):
            book(now, gift(fund, 500, key="k"), two)
    assert check_books(fund) == 1


def test_lines_are_booked_in_the_order_of_the_batch(fund: Fund, earmark: UUID, now: datetime) -> None:
    give, move, back = gift(fund, 500, earmark), payout(fund, 500), refund(fund, 500, earmark)
    assert code_of(now, back, give, move) in {"not_enough_money", "not_enough_earmarked"}
    assert code_of(now, give, back, move) == "not_enough_money"
    assert code_of(now, move, give) == "more_than_held"
    assert amounts(fund) == {}
    assert [booked.seq for booked in book(now, give, move, back)] == [1, 2, 3]
    assert amounts(fund) == {}
    assert check_books(fund) == 3


def test_what_an_earmark_lacks_in_between_is_refused(fund: Fund, earmark: UUID, now: datetime) -> None:
    book(now, posting(fund, "gift", ("bank", 900), ("gifts", -900)))
    late = posting(fund, "gift", ("bank", 500), ("gifts", -500, earmark))
    assert code_of(now, refund(fund, 500, earmark), late) == "not_enough_earmarked"
    assert check_books(fund) == 1


def test_five_hundred_at_once_and_no_more(fund: Fund, now: datetime) -> None:
    other = other_fund()
    many = [gift(fund if n % 3 else other, n + 1) for n in range(500)]
    booked = book(now, *many)
    assert [one.key for one in booked] == [one.key for one in many]
    assert check_books(fund) + check_books(other) == 500
    for count in (0, 501):
        with pytest.raises(ValueError, match="1 to 500"):
            book(now, *(gift(fund, 1) for _ in range(count)))


def test_a_batch_is_booked_whole_or_not_at_all(fund: Fund, now: datetime) -> None:
    with refused("transaction_kind_accounts"):
        book(now, gift(fund, 1), posting(fund, "gift", ("spending", 1), ("gifts", -1)))
    other = other_fund()
    assert code_of(now, gift(other, 1), refund(fund, 5)) == "not_enough_money"
    assert (check_books(fund), check_books(other)) == (0, 0)


def test_a_refusal_spoils_the_transaction_around_it(fund: Fund, now: datetime) -> None:
    book(now, gift(fund, 10))
    with transaction.atomic():
        with pytest.raises(DomainError, match="more_than_held"):
            post(postings=[payout(fund, 11)], now=now)
        with pytest.raises(transaction.TransactionManagementError):
            Transaction.objects.count()  # whoever goes on without a savepoint of their own does not get far
    assert check_books(fund) == 1


def test_the_moment_of_booking_never_goes_back(fund: Fund, now: datetime) -> None:
    book(now, gift(fund, 1))
    book(now - timedelta(hours=5), gift(fund, 2))
    book(now + timedelta(seconds=1), gift(fund, 3))
    book(now, gift(fund, 4))
    moments = list(Transaction.objects.order_by("seq").values_list("booked_at", flat=True))
    assert moments == [now, now, now + timedelta(seconds=1), now + timedelta(seconds=1)]
    other = other_fund()
    book(now, gift(other, 1))
    assert Transaction.objects.get(fund=other).booked_at == now
    assert check_books(fund) == 4


def test_two_hundred_lines_and_no_more(fund: Fund, now: datetime) -> None:
    sides = [("stripe", 199), *(("gifts", -1) for _ in range(199))]
    book(now, posting(fund, "gift", *sides))
    assert check_books(fund) == 1
    with refused("transaction_written_whole", "transaction_lines"):
        book(now, posting(fund, "gift", ("stripe", 200), *(("gifts", -1) for _ in range(200))))
