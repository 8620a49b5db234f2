"""What tests of spending do: ask, vote, pay, publish, and read what a refusal says."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from common.errors import DomainError
from common.money import Money
from funds.projects.models import Project
from funds.spending import actions
from funds.spending.models import Payment, Request
from funds.spending.states import ApprovalVerdict
from tests.thread import BIN, TENGE, Thread, document
from users.models import User
from users.states import Role

APPROVE, REFUSE = ApprovalVerdict.APPROVE, ApprovalVerdict.REFUSE


def not_yours(*roles: Role) -> str:
    """The refusal that names who may."""
    may = ", ".join(str(role.label) for role in roles)
    return f"Your roles do not include this. This may do: {may}. If you should, ask the administrator."


def refusal(act: Callable[[], object]) -> tuple[str, str, str | None]:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code, str(caught.value.message), caught.value.field


def submit(thread: Thread, project: Project, actor: User | None = None, **change: Any) -> Request:
    facts: dict[str, object] = {
        "purpose": "Lamps",
        "payee_name": "Lamps LLP",
        "payee_bin": BIN,
        "amount": Money(5_000 * TENGE, "KZT"),
        "document": document(),
    }
    who = actor or thread.the(Role.TREASURER)
    return actions.submit_request(actor=who, project=project, now=thread.now, **{**facts, **change})


def vote(
    thread: Thread, request: Request, actor: User, verdict: ApprovalVerdict = APPROVE, reason: str = ""
) -> Request:
    return actions.decide(actor=actor, request=request, verdict=verdict, reason=reason, now=thread.now)


def pay(thread: Thread, request: Request, actor: User | None = None, day: date | None = None) -> Payment:
    return actions.record_payment(
        actor=actor or thread.the(Role.TREASURER),
        request=request,
        paid_date=day or thread.now.date(),
        bank_reference="PO-7",
        now=thread.now,
    )


def publish(thread: Thread, request: Request, actor: User | None = None) -> Payment:
    return actions.publish_proof(
        actor=actor or thread.the(Role.TREASURER),
        request=request,
        document=document(),
        photo=None,
        note="",
        now=thread.now,
    )
