"""django-hordak's own `Account.transfer_to` under the load that the ledger is measured with, in its own environment.

It books two lines, without a key and without a balance row: less than one posting of ours. Run by the bench.
"""

import random
from collections.abc import Callable

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - models need the set-up above
from django.db import connection  # noqa: E402
from hordak.models import Account, AccountType  # type: ignore[import-not-found]  # noqa: E402 - its own environment
from moneyed import EUR, Money  # type: ignore[import-not-found]  # noqa: E402

from tests.bench import ledger_load  # noqa: E402

FUNDS = 27


class Transfer:
    """Moves money from the clearing account to one fund's account, or to any of 27."""

    def __init__(self, *, index: int, spread: bool) -> None:
        self._clearing = Account.objects.get(name="clearing")
        funds = list(Account.objects.filter(name__startswith="fund").order_by("name"))
        self._funds = funds if spread else funds[:1]
        self._random, self._number = random.Random(index), 0
        self.backend: int = connection.connection.info.backend_pid

    def step(self) -> int:
        self._number += 1
        fund = self._random.choice(self._funds)
        self._clearing.transfer_to(fund, Money(100 + self._number % 5000, EUR), description="a gift")
        return 1


def prepare() -> None:
    """Tables and accounts, once."""
    call_command("migrate", verbosity=0)
    if not Account.objects.filter(name="clearing").exists():
        Account.objects.create(name="clearing", type=AccountType.asset, code="1", currencies=["EUR"])
        for number in range(FUNDS):
            code = str(100 + number)
            Account.objects.create(name=f"fund {number:02}", type=AccountType.income, code=code, currencies=["EUR"])
    connection.close()


def maker(case: str) -> Callable[[int], Transfer]:
    """A case is words: hot | spread."""
    return lambda index: Transfer(index=index, spread="spread" in case.split())


if __name__ == "__main__":
    prepare()
    ledger_load.serve(maker)
