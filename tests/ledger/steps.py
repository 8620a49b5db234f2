"""What the random steps of test_machine.py are made of: amounts, the usual lines of each kind, approved requests."""

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st

from funds.spending.models import Approval, Request
from tests.conftest import NOW
from tests.ledger.books import Side
from tests.thread import Thread
from users.states import Role

AMOUNT = st.integers(1, 40)
CURRENCY = st.sampled_from(["KZT", "KZT", "EUR"])
EARMARK = st.integers(0, 2)
DAYS_AGO = st.sampled_from([0, 0, 0, 1, 3, 9, -1, -2])


def shapes(kind: str, minor: int, tied: UUID | None, other: UUID | None, currency: str) -> tuple[Side, ...]:
    """The usual lines of a kind; `tied` and `other` are projects or none."""

    def side(code: str, amount: int, earmark: UUID | None = None) -> Side:
        return code, amount, earmark, currency

    return {
        "gift": (side("stripe", minor), side("gifts", -minor, tied)),
        "bank gift": (side("bank", minor), side("gifts", -minor, tied)),
        "cash gift": (side("cash", minor), side("gifts", -minor, tied)),
        "fee": (side("fees", minor, tied), side("stripe", -minor)),
        "payout": (side("bank", minor), side("stripe", -minor)),
        "deposit": (side("bank", minor), side("cash", -minor)),
        "refund": (side("gifts", minor, tied), side("bank", -minor)),
        "dispute": (side("gifts", 1, tied), side("shortfall", minor, tied), side("stripe", -minor - 1)),
        "cover": (side("moved", minor, other), side("shortfall", -minor, tied)),
        "redesignation": (side("moved", minor, tied), side("moved", -minor, other)),
        "suspense": (side("bank", minor), side("suspense", -minor)),
        "clearing": (side("suspense", minor), side("gifts", -minor, tied)),
        "exchange": (
            side("trading", minor),
            side("bank", -minor),
            ("bank", 1, None, "USD"),
            ("trading", -1, None, "USD"),
        ),
        "opening": (side("cash", minor), side("opening", -minor)),
    }[kind]


KINDS = [
    *("gift", "gift", "bank gift", "cash gift", "fee", "payout", "payout", "deposit", "refund", "dispute", "cover"),
    *("redesignation", "redesignation", "suspense", "clearing", "exchange", "opening"),
]
ODD = [
    ("gift", ("spending", "gifts")),
    ("payout", ("stripe", "bank")),
    ("refund", ("spending", "bank")),
    ("fee", ("fees", "bank")),
    ("cover", ("gifts", "shortfall")),
]


def approved_request(thread: Thread, project: UUID, minor: int) -> UUID:
    """A request for that sum with both approvals, without its files."""
    request = Request.objects.create(
        project_id=project,
        purpose="Lamps",
        payee_name="Lamps LLP",
        payee_bin="991240000013",
        amount_minor=minor,
        currency="KZT",
        approvals_required=2,
        state="approved",
        submitted_by=thread.the(Role.TREASURER),
        submitted_at=NOW - timedelta(days=20),
    )
    for number in range(2):
        Approval.objects.create(
            request=request,
            approver=thread.the(Role.APPROVER, number),
            verdict="approve",
            decided_at=NOW - timedelta(days=19),
        )
    return request.pk
