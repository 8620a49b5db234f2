"""What funds and earmarks hold, received, spent and paid in fees, from the balances kept with each posting."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.money import CURRENCIES, Money
from funds.ledger.models import EarmarkBalance, Fund
from funds.ledger.queries.prepared import fetch
from funds.ledger.rules import MONEY
from funds.ledger.states import AccountCode

# The fund's money: what the card processor holds for it, its bank account and its cash.
MONEY_CODES = ", ".join(sorted(f"'{code.value}'" for code in MONEY))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a fund holds and what went through it in one currency; `reserved` is held for approved payments."""

    currency: str
    held: Money
    bank: Money
    with_processor: Money
    gifts: Money
    spent: Money
    fees: Money
    unexplained: Money
    shortfall: Money
    reserved: Money


RESERVED = "reserved"  # stands among the codes of accounts, none of which has this name

_SUMS = """
SELECT a.currency, a.code, sum(b.amount_minor)::bigint AS minor
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
 WHERE a.fund_id = f.id GROUP BY a.currency, a.code
UNION ALL
SELECT k.currency, 'reserved', sum(k.held_minor)::bigint
  FROM ledger_earmarkbalance k WHERE k.fund_id = f.id GROUP BY k.currency
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands above a fund's ledger: whose it is, what it holds, received, spent and paid in fees, its projects."""

    pk: UUID
    seq: int
    town_id: UUID
    slug: str
    legal_entity: str
    names: dict[str, str]
    totals: list[Totals]
    earmarks: list[tuple[UUID, str]]

    def name_in(self, language: str) -> str:
        """The town's name."""
        return self.names[language]


_OVERVIEW = f"""
SELECT f.id, coalesce((SELECT h.seq FROM transparency_head h WHERE h.fund_id = f.id), 0), t.id, t.slug, f.legal_entity,
       t.name_kk, t.name_ru, t.name_de, t.name_en,
       (SELECT jsonb_agg(jsonb_build_array(s.currency, s.code, s.minor)) FROM ({_SUMS}) s)::text,
       (SELECT jsonb_agg(jsonb_build_array(m.id, m.label) ORDER BY m.label, m.id)
          FROM ledger_earmark m WHERE m.fund_id = f.id)::text
  FROM towns_town t JOIN ledger_fund f ON f.town_id = t.id WHERE t.slug = $1::text
"""  # noqa: S608 - a constant of ours


def overview(*, slug: str) -> Overview:
    """A town's fund with its totals per currency that it ever used, tenge first; raises NotFound. One query."""
    rows = fetch(_OVERVIEW, [slug])
    if not rows:
        raise NotFound("no_fund", _("This town has no community foundation here yet."))
    pk, seq, town_id, slug, legal_entity, kk, ru, de, en, sums, earmarks = rows[0]
    return Overview(
        pk=pk,
        seq=seq,
        town_id=town_id,
        slug=slug,
        legal_entity=legal_entity,
        names={"kk": kk, "ru": ru, "de": de, "en": en},
        totals=_by_currency([(row[0], row[1], row[2]) for row in json.loads(sums or "[]")]),
        earmarks=[(UUID(pk), label) for pk, label in json.loads(earmarks or "[]")],
    )


def totals_of_town(*, town_id: UUID) -> list[Totals] | None:
    """The totals of a town's fund, None when the town has no fund. One query."""
    statement = f"SELECT s.* FROM ledger_fund f LEFT JOIN LATERAL ({_SUMS}) s ON true WHERE f.town_id = $1::uuid"  # noqa: S608
    rows = fetch(statement, [town_id])
    return _by_currency(rows) if rows else None


def _by_currency(rows: Sequence[tuple[str | None, str, int]]) -> list[Totals]:
    sums: dict[str, dict[str, int]] = {}
    for currency, code, minor in rows:
        if currency is not None:
            sums.setdefault(currency, {})[code] = minor
    return [_totals(currency, sums[currency]) for currency in CURRENCIES if currency in sums]


def _totals(currency: str, by_code: dict[str, int]) -> Totals:
    def of(*codes: str) -> Money:
        return Money(sum(by_code.get(code, 0) for code in codes), currency)

    return Totals(
        currency=currency,
        held=of(*MONEY),
        bank=of(AccountCode.BANK, AccountCode.CASH),
        with_processor=of(AccountCode.STRIPE),
        gifts=-of(AccountCode.GIFTS),
        spent=of(AccountCode.SPENDING),
        fees=of(AccountCode.FEES),
        unexplained=-of(AccountCode.SUSPENSE),
        shortfall=of(AccountCode.SHORTFALL),
        reserved=of(RESERVED),
    )


def available(*, earmark_id: UUID, currency: str) -> Money:
    """What is left of the money tied to an earmark, reserved or not."""
    return Money(_purse(earmark_id, currency)[0], currency)


def free_of(*, earmark_id: UUID, currency: str) -> Money:
    """What is left of the money tied to an earmark and not reserved for approved payments."""
    left, held = _purse(earmark_id, currency)
    return Money(left - held, currency)


def _purse(earmark_id: UUID, currency: str) -> tuple[int, int]:
    purses = EarmarkBalance.objects.filter(earmark_id=earmark_id, currency=currency)
    return purses.values_list("available_minor", "held_minor").first() or (0, 0)


def balance_of(*, fund: Fund, code: AccountCode, currency: str) -> Money:
    """What one kind of account of a fund holds, all earmarks together."""
    statement = (
        "SELECT coalesce(sum(b.amount_minor), 0)::bigint FROM ledger_account a JOIN ledger_balance b"
        " ON b.account_id = a.id WHERE a.fund_id = $1::uuid AND a.code = $2::text AND a.currency = $3::text"
    )
    return Money(int(fetch(statement, [fund.pk, AccountCode(code).value, currency])[0][0]), currency)


@dataclass(frozen=True, slots=True)
class EarmarkTotals:
    """What was given, paid and taken as fees for one earmark in one currency, what is left of it, and how much of that
    is reserved for approved payments."""

    gifts: Money
    spent: Money
    fees: Money
    left: Money
    reserved: Money


_EARMARKS = """
SELECT a.earmark_id, a.currency, a.code, sum(b.amount_minor)::bigint
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
 WHERE a.earmark_id = ANY($1::uuid[]) GROUP BY a.earmark_id, a.currency, a.code
UNION ALL
SELECT k.earmark_id, k.currency, 'reserved', k.held_minor
  FROM ledger_earmarkbalance k WHERE k.earmark_id = ANY($1::uuid[]) AND k.held_minor > 0
"""


def earmark_totals(*, earmark_ids: Sequence[UUID]) -> dict[UUID, list[EarmarkTotals]]:
    """Totals per earmark and currency, tenge first; earmarks without money are not in the answer. One query."""
    sums: dict[UUID, dict[str, dict[str, int]]] = {}
    for earmark, currency, code, minor in fetch(_EARMARKS, [list(earmark_ids)]):
        sums.setdefault(earmark, {}).setdefault(currency, {})[code] = minor
    return {
        earmark: [
            EarmarkTotals(
                gifts=Money(-codes.get(AccountCode.GIFTS, 0), currency),
                spent=Money(codes.get(AccountCode.SPENDING, 0), currency),
                fees=Money(codes.get(AccountCode.FEES, 0), currency),
                left=Money(codes.get(RESERVED, 0) - sum(codes.values()), currency),
                reserved=Money(codes.get(RESERVED, 0), currency),
            )
            for currency in CURRENCIES
            if (codes := by_currency.get(currency))
        ]
        for earmark, by_currency in sums.items()
    }
