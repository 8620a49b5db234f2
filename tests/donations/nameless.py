"""Gifts whose givers want no public name, by every way, with all that may befall them; and the traces one looks for.

Each sum is one that nobody else gives, so that finding it is finding the gift.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from openpyxl import load_workbook
from pypdf import PdfReader

from common import clock
from common.money import EXPONENTS, Money
from funds.donations.actions.hand_returns import match_given_back
from funds.donations.actions.line_gifts import NewGift, gift_from_line
from funds.donations.actions.refunds import answer_refund, ask_for_refund
from funds.donations.models import Gift
from funds.donations.queries import token_of
from funds.donations.rules import Giver
from funds.donations.states import DonorKind, Origin
from funds.ledger.models import Fund
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount, BankLine
from funds.payments.statements import Table, guessed, open_file
from funds.payments.tasks.card import book_movements, sweep_movements
from funds.payments.tasks.payouts import sweep_payouts
from funds.projects.models import Project
from tests.donations.months import Months, make_monthly
from tests.donations.test_returns import tell
from tests.payments.stage import Stage, make_gift, opened, text_of
from tests.standins.stripe.running import wait_for
from tests.things_of_the_town import person

NAME, EMAIL, MESSAGE = "Qyzylgul Tynyshbek", "qyzylgul@tynysh.example", "Zhasyryn salem from 7Q"
COUNTERPARTY, PURPOSE, IBAN = "ТЫНЫШБЕК ҚЫЗЫЛГҮЛ", "Жасырын көмек 7Қ", "KZ449990007770001112"
BIN: Final = "180440012348"
HIDDEN: Final = {
    "donor_name": NAME,
    "donor_email": EMAIL,
    "message": MESSAGE,
    "name_public": False,
    "giver": Giver(kind=DonorKind.COMPANY, company_bin=BIN, origin=Origin.FOREIGN, country="DE"),
}
CARD, DISPUTED, MONTHLY = (777_331_37, 888_553_19, 911_773_13), (655_337_71, 566_991_17, 477_119_93), 4_137_77
BANK, CARD_BACK, BANK_BACK = (733_117_71, 844_771_13, 955_919_31), (113_377_71, 117_733_19, 119_977_37), 31_337_79
NAMED, NAMED_SUM = "Openly Given Control", 333_444_55


def forms_of(amount: Money) -> set[str]:
    """Every way in which a page, a file or a program writes a sum."""
    exponent = EXPONENTS[amount.currency]
    whole, rest = divmod(amount.minor, 10**exponent)
    found = {str(amount.minor)}
    for group in ("", " ", "\u00a0", "\u202f", ",", ".", "'"):
        grouped = f"{whole:,}".replace(",", group)
        found |= {f"{grouped}{point}{rest:0{exponent}d}" for point in ".," if point != group}
    return found


@dataclass
class Nameless:
    """The hidden gifts and the named one beside them."""

    stage: Stage
    fund: Fund
    project: Project
    gifts: list[Gift] = field(default_factory=list)
    disputed: list[Gift] = field(default_factory=list)
    by_bank: list[Gift] = field(default_factory=list)
    months: Months | None = None

    def __post_init__(self) -> None:
        self.account = BankAccount.objects.get(fund=self.fund, kind="kaspi")

    def card(self, minor: int, **facts: object) -> Gift:
        """One paid card gift, its fee known, everything told."""
        gift, page = opened(
            make_gift(self.fund, clock.now(), **{**facts, "project": self.project, "amount": Money(minor, "KZT")})
        )
        self.stage.pay(page)
        self.stage.fee_arrives(gift)
        tell(self.stage, gift)
        return gift

    def transfer(self, minor: int) -> Gift:
        """One transfer that the bank tells of, taken for a gift."""
        line = self._line(minor)
        new = NewGift(donor_name=NAME, giver=HIDDEN["giver"], project=self.project)  # type: ignore[arg-type]
        return gift_from_line(actor=person("treasurer"), line_id=line.pk, new=new, now=clock.now())

    def month(self) -> None:
        """The next month of the monthly gift, its fee known."""
        assert self.months is not None
        self.months.renew()
        self.months.deliver()
        self._fees_of_months()

    def pay_out(self) -> None:
        """All that lies on the card account leaves for the bank, and everything of it is told."""
        sdk = self.stage.sdk().v1
        for payout in self.stage.stand_in.control("payout_now", {"available": True})["payouts"]:
            self.stage.stand_in.control("advance", {"object": payout["id"]})
            wait_for("a told transfer", lambda: sdk.payouts.retrieve(payout["id"]).reconciliation_status == "completed")  # noqa: B023
        sweep_movements()
        sweep_payouts()
        book_movements()

    def begin_monthly(self) -> None:
        """A monthly gift in euro with its first month."""
        self.months = Months(self.stage, make_monthly(self.fund, clock.now(), **HIDDEN, amount=Money(MONTHLY, "EUR")))
        self.months.begin()
        self.months.deliver()
        self._fees_of_months()

    def _fees_of_months(self) -> None:
        for gift in Gift.objects.filter(monthly__isnull=False, donor_name=NAME, settled_minor=None):
            payment = self.stage.sdk().v1.payment_intents.retrieve(str(gift.payment_intent))
            self.stage.stand_in.control("advance", {"object": str(payment.latest_charge)})
            told = [event.to_dict() for event in self.stage.sdk().v1.events.list({"limit": 100}).data]
            for event in reversed(told):
                thing = event["data"]["object"]
                if gift.payment_intent in {thing.get("id"), thing.get("payment_intent")}:
                    self.stage.deliver(event)

    def back_by_hand(self, gift: Gift, minor: int) -> BankLine:
        """A part of a bank gift goes back by four eyes; the bank tells of it, and the treasurer says what it was."""
        refund = ask_for_refund(
            actor=person("treasurer"),
            gift_id=gift.pk,
            amount=Money(minor, "KZT"),
            reason="Sent twice",
            submission=uuid4(),
            now=clock.now(),
        )
        answer_refund(actor=person("approver"), refund_id=refund.pk, accepted=True, now=clock.now())
        line = self._line(-minor)
        match_given_back(actor=person("treasurer"), line_id=line.pk, refund_id=refund.pk, now=clock.now())
        return line

    def _line(self, minor: int) -> BankLine:
        day = clock.now().strftime("%d.%m.%Y")
        sum_ = f"{minor // 100 if minor > 0 else -(-minor // 100)},{abs(minor) % 100:02d}"
        data = f"date;amount;purpose;name;iban\n{day};{sum_};{PURPOSE};{COUNTERPARTY};{IBAN}\n".encode()
        opened_file = open_file(data)
        assert isinstance(opened_file, Table)
        statement = import_statement(
            actor=person("treasurer"),
            account=self.account,
            data=data,
            file_name="x.csv",
            columns=guessed(opened_file.rows),
            now=clock.now(),
        )
        return statement.lines.get()

    def words(self) -> set[str]:
        """What tells who gave: names, addresses, messages, and the secrets with which a giver comes back."""
        found = {NAME, EMAIL, MESSAGE, BIN, COUNTERPARTY, PURPOSE, IBAN, "Qyzylgul", "ҚЫЗЫЛГҮЛ"}
        for gift in Gift.objects.filter(donor_name=NAME):
            found |= {str(one) for one in (gift.receipt_code, gift.reference_code) if one}
        return found | ({token_of(self.months.monthly)} if self.months is not None else set())

    def card_names(self) -> set[str]:
        """What the card service calls these gifts. Those who watch the inbox of its events read them; nobody else."""
        found = {self.months.subscription} if self.months is not None else set()
        for gift in Gift.objects.filter(donor_name=NAME):
            found |= {str(one) for one in (gift.checkout_session, gift.payment_intent, gift.invoice) if one}
        return found

    def sums(self) -> set[Money]:
        """Every sum that would tell one gift, or what went back of one."""
        lying = [
            Money((gift.settled_minor or 0) - (gift.fee_minor or 0), gift.settled_currency)
            for gift in Gift.objects.filter(donor_name=NAME, settled_minor__isnull=False)
        ]
        tenge = (*CARD, *DISPUTED, *BANK, *CARD_BACK, *(BANK_BACK + number for number in range(3)))
        return {Money(MONTHLY, "EUR"), *lying, *(Money(minor, "KZT") for minor in tenge)}


def traces(text: str, words: set[str], sums: set[Money]) -> list[str]:
    """What of it stands in a text. A sum counts only where it stands for itself, not within longer digits."""
    found = [word for word in words if word in text]
    if not sums:
        return found
    alone = "|".join(sorted({re.escape(one) for amount in sums for one in forms_of(amount)}))
    return found + re.findall(rf"(?<![0-9A-Za-z])(?:{alone})(?![0-9A-Za-z])", text)


def read(answer: Any) -> str:
    """All words of a page or file: tables and PDFs are opened, and a page is read as people and as programs do."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    kind = answer.get("Content-Type", "")
    if kind == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if "spreadsheetml" in kind:
        return "\n".join(_cells(content))
    plain = content.decode(errors="replace")
    return f"{text_of(content)}\n{plain}" if kind.startswith("text/html") else plain


def _cells(content: bytes) -> Iterator[str]:
    for sheet in load_workbook(io.BytesIO(content), read_only=True).worksheets:
        for row in sheet.iter_rows(values_only=True):
            yield "\t".join(str(cell) for cell in row if cell is not None)


def world(stage: Stage, fund: Fund, project: Project) -> Nameless:
    """Hidden gifts that wait: two by card, one by bank, one month; a named one that stands in the books."""
    made = Nameless(stage, fund, project)
    named = made.card(NAMED_SUM, donor_name=NAMED, donor_email="control@example.com", message="Openly said")
    assert named.name_public
    made.pay_out()
    made.gifts = [made.card(CARD[0], **HIDDEN)]
    made.pay_out()  # alone: what was sent would be what is left of it
    made.gifts.append(made.card(CARD[1], **HIDDEN))
    made.by_bank = [made.transfer(BANK[0])]
    made.begin_monthly()
    return made


def booked(made: Nameless) -> None:
    """The others come, so that everything is booked together."""
    made.gifts.append(made.card(CARD[2], **HIDDEN))
    made.disputed = [made.card(minor, **HIDDEN) for minor in DISPUTED]
    made.by_bank += [made.transfer(minor) for minor in BANK[1:]]
    made.month()
    made.month()
    made.pay_out()


def gone_back(made: Nameless) -> list[BankLine]:
    """Parts go back, by card and by hand, and cardholders' banks dispute the others. The lines of what was paid."""
    for gift, minor in zip(made.gifts, CARD_BACK, strict=True):
        made.stage.stand_in.control("refund", {"session": gift.checkout_session, "amount": minor})
        tell(made.stage, gift)
    for gift in made.disputed:
        made.stage.stand_in.control("dispute", {"session": gift.checkout_session})
        tell(made.stage, gift)
    return [made.back_by_hand(gift, BANK_BACK + number) for number, gift in enumerate(made.by_bank)]
