"""What the treasurer wishes to book by hand: reversals, redesignations, exchanges. Each form carries its own key, so
that it is booked once. What may be booked is the actions' business; here only the shape is checked."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import AmountField, PlainField, money_of
from common.formats import date_short, money
from common.ids import random_id
from common.money import CURRENCIES, Money
from councils.meetings.models import Decision
from funds.ledger.forms.reading import DayField
from funds.ledger.queries import Purse
from funds.ledger.rules import MONEY
from funds.ledger.rules.corrections import Exchange
from funds.ledger.states import AccountCode

MAX_REASON = 200
_WHOLE = _("The fund as a whole")
_CENT = Decimal("0.01")
_PLACES = [code for code in AccountCode if code in MONEY]


def _reason() -> PlainField:
    return PlainField(
        label=_("Reason"),
        help_text=_("Stands on the public ledger for ever. Name no person."),
        max_length=MAX_REASON,
        error_messages={"required": _("Say why, so that everybody can read it.")},
    )


class _KeyedForm(forms.Form):
    """A form with a random key: however often it is sent, it books once."""

    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        initial = {"submission": random_id(), **kwargs.pop("initial", {})}
        super().__init__(data, initial=initial, **kwargs)


class ReversalForm(_KeyedForm):
    """Why a line is reversed; the line stands in the address."""

    reason = _reason()


class RedesignationForm(_KeyedForm):
    """Which money goes to which project, and which decision of the council says so."""

    source = forms.ChoiceField(label=_("Money of"), error_messages={"required": _("Choose whose money is moved.")})
    target = forms.ChoiceField(label=_("To the project"), error_messages={"required": _("Choose a project.")})
    amount = AmountField(label=_("Amount"), min_value=_CENT)
    decision = forms.ChoiceField(
        label=_("Decision of the council"),
        help_text=_("Only a decision that the council has adopted moves money from one purpose to another."),
        error_messages={"required": _("Choose the decision that says so.")},
    )
    reason = _reason()
    field_order = ["source", "target", "amount", "decision", "reason", "submission"]

    def __init__(
        self,
        data: Any = None,
        *,
        purses: Sequence[Purse],
        earmarks: Sequence[tuple[UUID, str]],
        decisions: Sequence[Decision],
        language: str,
    ) -> None:
        super().__init__(data)
        self._purses = {f"{one.earmark_id or 'fund'}:{one.free.currency}": one for one in purses}
        self._decisions = {str(one.pk): one for one in decisions}
        nothing = ("", _("Choose one"))
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            nothing,
            *(
                (key, f"{one.label or _('The fund as a whole')} · {_free(one.free)}")
                for key, one in self._purses.items()
            ),
        ]
        self.fields["target"].choices = [nothing, *((str(pk), label) for pk, label in earmarks)]  # type: ignore[attr-defined]
        self.fields["decision"].choices = [  # type: ignore[attr-defined]
            nothing,
            *(
                (key, f"№ {one.number} · {date_short(one.decided_date, language)} · {one.title}")
                for key, one in self._decisions.items()
            ),
        ]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if purse := self._purses.get(facts.get("source", "")):
            facts["source"] = purse.earmark_id
            if "amount" in facts:
                try:
                    facts["amount"] = money_of(facts["amount"], purse.free.currency)
                except forms.ValidationError as error:
                    self.add_error("amount", error)
        if facts.get("target"):
            facts["target"] = UUID(facts["target"])
        if facts.get("decision"):
            facts["decision"] = self._decisions[facts["decision"]]
        return facts


def _written(amount: Money) -> str:
    return money(amount.minor, amount.currency)


def _free(amount: Money) -> str:
    return str(_("free: %(amount)s") % {"amount": _written(amount)})


class ExchangeForm(_KeyedForm):
    """Both sums of an exchange, as the bank's statement shows them. `places`: where money lies, with how much."""

    source = forms.ChoiceField(label=_("From the account"), error_messages={"required": _("Choose an account.")})
    given = AmountField(label=_("Amount that left it"), min_value=_CENT)
    got_code = forms.ChoiceField(label=_("To the account"), choices=[(code.value, code.label) for code in _PLACES])
    got_currency = forms.ChoiceField(label=_("Currency that arrived"), choices=[(code, code) for code in CURRENCIES])
    got = AmountField(label=_("Amount that arrived"), min_value=_CENT)
    purpose = forms.ChoiceField(
        label=_("Whose money it is"),
        required=False,
        help_text=_("What was given for a project stays its money, in the new currency."),
    )
    day = DayField(label=_("Day on the bank statement"))
    memo = PlainField(label=_("Reference on the bank statement"), max_length=120)
    field_order = ["source", "given", "got_code", "got_currency", "got", "purpose", "day", "memo", "submission"]

    def __init__(
        self,
        data: Any = None,
        *,
        places: Sequence[tuple[AccountCode, Money]],
        earmarks: Sequence[tuple[UUID, str]],
        today: date,
    ) -> None:
        super().__init__(data, initial={"day": today, "got_code": AccountCode.BANK.value})
        self.fields["day"].required = True
        self._places = {f"{code.value}:{held.currency}": (code, held) for code, held in places}
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose one")),
            *(
                (key, f"{code.label} · {money(held.minor, held.currency)}")
                for key, (code, held) in self._places.items()
            ),
        ]
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            ("", _WHOLE),
            *((str(pk), label) for pk, label in earmarks),
        ]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors:
            code, held = self._places[facts["source"]]
            sums = {}
            for name, currency in (("given", held.currency), ("got", facts["got_currency"])):
                try:
                    sums[name] = money_of(facts[name], currency)
                except forms.ValidationError as error:
                    self.add_error(name, error)
            if not self.errors:
                facts["exchange"] = Exchange(
                    source=code,
                    given=sums["given"],
                    target=AccountCode(facts["got_code"]),
                    got=sums["got"],
                    earmark=UUID(facts["purpose"]) if facts["purpose"] else None,
                )
        return facts


class AnswerForm(forms.Form):
    """The second person's word on a correction."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("book", _("Confirm and book it")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose your answer.")},
    )
    reason = PlainField(label=_("Reason"), required=False, max_length=MAX_REASON, help_text=_("Needed if you refuse."))
