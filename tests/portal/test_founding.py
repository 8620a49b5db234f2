"""A new site without the demo world: the operator's two commands, and what they refuse."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from councils.members.models import Council
from funds.ledger.models import Fund
from users.models import Appointment, User

pytestmark = pytest.mark.django_db

FOUND = ("--seats", "5", "--legal-basis", "agreement of the residents", "--legal-entity", "Friends e.V.")


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_first_administrator_is_appointed_and_signs_in_by_code() -> None:
    assert "administrator of all towns" in run("appoint", "Root@Example.org", "administrator")
    user = User.objects.get(email="root@example.org")
    appointment = Appointment.objects.get(user=user)
    assert (appointment.role, appointment.town) == ("administrator", None)
    assert not user.has_usable_password()
    with pytest.raises(CommandError):
        run("appoint", "root@example.org", "administrator")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nonsense", "administrator"), "not an e-mail address"),
        (("a@example.org", "treasurer"), "belongs to a town|қала"),
        (("a@example.org", "treasurer", "--town", "atlantis"), "no town atlantis"),
    ],
)
def test_what_cannot_be_appointed(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("appoint", *words)


def test_council_and_fund_are_founded_once() -> None:
    assert "The fund is founded" in run("found", "temirtau", *FOUND)
    assert "The council stands already" in run("found", "temirtau", *FOUND)
    assert Council.objects.get(town__slug="temirtau").seats == 5
    assert Fund.objects.get(town__slug="temirtau").legal_entity == "Friends e.V."


def test_a_council_of_two_is_refused_and_nothing_is_founded() -> None:
    with pytest.raises(CommandError):
        run("found", "temirtau", "--seats", "2", *FOUND[2:])
    assert not Fund.objects.filter(town__slug="temirtau").exists()
