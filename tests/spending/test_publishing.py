"""The proof follows the payment; a request's own document is for insiders."""

from uuid import UUID

import pytest

from funds.spending.permissions import can_see_document
from tests.spending.steps import pay, publish, refusal
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db


def test_a_proof_follows_the_payment_and_is_published_once(thread: Thread) -> None:
    request = thread.approved()
    assert refusal(lambda: publish(thread, request))[0] == "not_paid"
    pay(thread, request)
    payment = publish(thread, request)
    assert refusal(lambda: publish(thread, request))[0] == "already_published"
    payment.refresh_from_db()
    assert payment.proof_photo.name == ""


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (None, False),
        (Role.RESIDENT, False),
        (Role.HELPER, False),
        (Role.COUNCILLOR, True),
        (Role.CHAIR, True),
        (Role.SECRETARY, True),
        (Role.TREASURER, True),
        (Role.APPROVER, True),
        (Role.AKIMAT, False),
        (Role.ENTERPRISE, False),
        (Role.MODERATOR, False),
        (Role.AUDITOR, True),
        (Role.ADMINISTRATOR, False),
    ],
)
def test_who_sees_the_document_of_a_request(thread: Thread, role: Role | None, sees: bool) -> None:
    everywhere = role in (Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR)
    request, user = thread.request(), thread.somebody(role, everywhere=everywhere)
    assert bool(can_see_document(user, request, on=thread.now.date())) is sees


def test_identifiers_are_those_of_the_ledger(thread: Thread) -> None:
    project = thread.project()
    assert (project.pk, project.earmark_id) == (project.earmark.pk, project.pk)
    assert isinstance(project.pk, UUID)
