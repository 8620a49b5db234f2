"""What a reversal is, in raw SQL, whoever writes: the mirror of one line of its own fund, once, and final."""

from uuid import uuid4

import pytest

from funds.ledger.models import Fund
from funds.ledger.rules.corrections import correction_key
from tests.ledger.books import DAY, confirm_reversals
from tests.ledger.test_shapes import either_role, gift
from tests.raw_ledger import line, raw_batch, raw_post, refused, send
from towns.models import Town

__all__ = ["either_role"]
pytestmark = pytest.mark.usefixtures("either_role")


def test_a_reversal_mirrors_what_it_undoes_and_does_so_once(fund: Fund) -> None:
    booked = gift(fund)
    for wrong in (
        [line("stripe", -499), line("gifts", 499)],
        [line("stripe", 500), line("gifts", -500)],
        [line("stripe", -500), line("gifts", 400), line("gifts", 100)],
        [line("stripe", -500), line("gifts", 500), line("spending", 7), line("stripe", -7)],
    ):
        with refused("reversal_mirrors"):
            raw_post(fund.pk, "reversal", *wrong, reverses=booked)
    mirror = [line("gifts", 500), line("stripe", -500)]
    for kind, named in (("reversal", None), ("gift", booked)):
        with refused("transaction_reversal", "reversal_mirrors", "transaction_kind_accounts"):
            raw_post(fund.pk, kind, *mirror, **({"reverses": named} if named else {}))
    assert raw_post(fund.pk, "reversal", *mirror, reverses=booked, key=correction_key(uuid4()))[1] == 2
    with refused("ledger_transaction_reverses_id_key"):
        raw_post(fund.pk, "reversal", *mirror, reverses=booked)
    confirm_reversals(fund)


def test_a_reversal_is_final(fund: Fund) -> None:
    mirror, key = (line("gifts", 500), line("stripe", -500)), correction_key(uuid4())
    undone = raw_post(fund.pk, "reversal", *mirror, reverses=gift(fund), key=key)[0]
    confirm_reversals(fund)
    with refused("reversal_is_final"):
        raw_post(fund.pk, "reversal", line("gifts", -500), line("stripe", 500), reverses=undone)


def test_a_reversal_stays_in_its_fund(fund: Fund) -> None:
    other = Fund.objects.create(town=Town.objects.get(slug="ridder"), legal_entity="Other", founded_date=DAY)
    booked = gift(fund)
    gift(other)
    with refused("reversal_mirrors"):
        raw_post(other.pk, "reversal", line("gifts", 500), line("stripe", -500), reverses=booked)


def test_a_reversal_follows_what_it_reverses(fund: Fund) -> None:
    batch = raw_batch(fund.pk, "gift", line("bank", 500), line("gifts", -500))
    first = batch["transactions"][0]
    again = {**first, "n": 1, "id": str(uuid4()), "key": "back", "kind": "reversal", "reverses": first["id"]}
    batch["transactions"].append(again)
    batch["lines"] += [{**one, "n": 1, "m": -one["m"]} for one in batch["lines"]]
    with refused("reversal_mirrors"):
        send(batch)
