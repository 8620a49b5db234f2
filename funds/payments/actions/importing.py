"""Importing a statement: the whole file in one transaction, or nothing of it.

The file itself is not kept: it holds what is nobody's business here. Its SHA-256 and its lines are.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.formats import date_time
from funds.payments.models import BankAccount, BankLine, Statement
from funds.payments.permissions import can_keep_bank
from funds.payments.queries.bank import known_fingerprints, statement_of_file
from funds.payments.statements import (
    Columns,
    ParsedStatement,
    StatementLine,
    Table,
    fingerprints,
    joined,
    open_file,
    read_table,
    remembered,
)
from users.models import User

_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: each line with whether an earlier statement brought it."""

    statement: ParsedStatement
    lines: tuple[tuple[StatementLine, bool], ...]
    marks: tuple[str, ...]

    @property
    def new(self) -> int:
        return sum(not known for _line, known in self.lines)


def refuse_same_file(*, account: BankAccount, data: bytes) -> None:
    """Raise `DomainError` (statement_known) for a file that was imported before."""
    earlier = statement_of_file(account=account, sha256=hashlib.sha256(data).hexdigest())
    if earlier is None:
        return
    words = gettext("This very file was imported on %(moment)s by %(person)s. There is nothing new in it.")
    person = earlier.imported_by.display_name or gettext("somebody without a name")
    moment = date_time(earlier.imported_at, get_language() or settings.LANGUAGE_CODE)
    raise DomainError("statement_known", words % {"moment": moment, "person": person}, field="file")


def preview(*, account: BankAccount, data: bytes, columns: Columns | None, today: date) -> Preview:
    """Read a file and compare it with what is known. Writes nothing; refuses whatever the import would refuse."""
    if account.closed_at is not None:
        raise DomainError("account_closed", _("This account is closed here. Nothing can be imported for it."))
    refuse_same_file(account=account, data=data)
    opened = open_file(data)
    if isinstance(opened, Table):
        parsed = read_table(
            rows=opened.rows, columns=columns or Columns(), currency=account.currency, file_format=opened.format
        )
    else:
        parsed = joined(opened, number=account.number, currency=account.currency)
    if max(line.booked_date for line in parsed.lines) > today:
        raise DomainError(
            "statement_in_future",
            _("This statement has lines of days that have not come yet. Check which column is the day and its form."),
            field="file",
        )
    marks = fingerprints(parsed.lines)
    known = known_fingerprints(account=account, marks=marks)
    lines = tuple((line, mark in known) for line, mark in zip(parsed.lines, marks, strict=True))
    return Preview(parsed, lines, tuple(marks))


@transaction.atomic
def import_statement(
    *, actor: User, account: BankAccount, data: bytes, file_name: str, columns: Columns | None, now: datetime
) -> Statement:
    """Keep the lines of a file that no earlier statement brought, all of them or none; `columns` are remembered."""
    can_keep_bank(actor, account.fund.town, on=day_of(now)).enforce()
    # Imports for one account take turns: the second sender of one file finds the first one's statement.
    account = BankAccount.objects.select_for_update(of=("self",)).select_related("fund__town").get(pk=account.pk)
    found = preview(account=account, data=data, columns=columns, today=day_of(now))
    parsed = found.statement
    statement = Statement.objects.create(
        account=account,
        format=parsed.format,
        file_name=file_name[:_NAME],
        sha256=hashlib.sha256(data).hexdigest(),
        first_date=min(line.booked_date for line in parsed.lines),
        last_date=max(line.booked_date for line in parsed.lines),
        opening_minor=None if parsed.opening is None else parsed.opening.minor,
        closing_minor=None if parsed.closing is None else parsed.closing.minor,
        lines_new=found.new,
        lines_known=len(found.lines) - found.new,
        imported_at=now,
        imported_by=actor,
    )
    BankLine.objects.bulk_create(
        BankLine(
            account=account,
            statement=statement,
            position=at,
            booked_date=line.booked_date,
            amount_minor=line.amount.minor,
            currency=line.amount.currency,
            counterparty=line.counterparty,
            counterparty_number=line.counterparty_number,
            purpose=line.purpose,
            bank_reference=line.bank_reference,
            fingerprint=mark,
        )
        for at, ((line, known), mark) in enumerate(zip(found.lines, found.marks, strict=True), start=1)
        if not known
    )
    if columns is not None:
        opened = open_file(data)
        if isinstance(opened, Table):
            account.mapping = remembered(opened.rows, columns)
            account.save(update_fields=["mapping"])
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=account.fund.town.slug,
        action="payments.import",
        object_type="statement",
        object_id=statement.pk,
        detail={"format": parsed.format.value, "new": statement.lines_new, "known": statement.lines_known},
    )
    return statement
