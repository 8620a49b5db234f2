"""What the treasurer says about a bank line, and what people who count cash write down."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.fields import AmountField, PlainField, money_of
from common.money import CURRENCIES
from common.uploads import DocumentField
from funds.donations.actions.line_gifts import NewGift
from funds.donations.forms.fields import WHOLE_FUND, offer_purposes
from funds.donations.queries import Purposes
from funds.donations.rules import Giver
from funds.donations.states import DonorKind, Origin
from funds.projects.models import Project


class LineGiftForm(forms.Form):
    """A gift that nobody announced."""

    donor_name = PlainField(
        label=_("Name of the giver"),
        max_length=80,
        required=False,
        help_text=_("Only if you know it from the giver. The bank's own words are not published."),
    )
    name_public = forms.BooleanField(
        label=_("The giver wants the name to stand beside the gift"),
        required=False,
        help_text=_("Without this the gift is published together with others, and its amount stands nowhere."),
    )
    donor_kind = forms.ChoiceField(label=_("Who gives?"), choices=DonorKind.choices, widget=forms.RadioSelect)
    origin = forms.ChoiceField(
        label=_("Where is the giver a citizen, or registered?"), choices=Origin.choices, required=False
    )
    purpose = forms.ChoiceField(label=_("What is it for?"))

    def __init__(self, data: Any = None, *, purposes: Purposes) -> None:
        super().__init__(data, initial={"donor_kind": DonorKind.PERSON, "purpose": WHOLE_FUND})
        self._purposes = purposes
        offer_purposes(self.fields["purpose"], purposes)

    @property
    def new(self) -> NewGift:
        """What was said. Only after `is_valid()`."""
        facts = self.cleaned_data
        return NewGift(
            donor_name=facts["donor_name"],
            name_public=facts["name_public"],
            giver=Giver(kind=DonorKind(facts["donor_kind"]), origin=Origin(facts["origin"] or Origin.UNSAID)),
            project=self._purposes.project(facts["purpose"]),
            need=self._purposes.need(facts["purpose"]),
        )


class AsideForm(forms.Form):
    """Where a line was booked before."""

    note = PlainField(
        label=_("Which lines of the ledger hold this money"),
        max_length=200,
        help_text=_("For example: lines 41 and 42, two payments that the bank sent as one."),
    )


class CountForm(forms.Form):
    """A counted box."""

    amount = AmountField(label=_("Counted amount"), min_value=Decimal("0.01"))
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    counted_date = forms.DateField(
        label=_("Day of the count"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    place = PlainField(label=_("Where the box stood"), max_length=120)
    purpose = forms.ChoiceField(label=_("What is it for?"))
    slip = DocumentField(
        label=_("Slip with both signatures"),
        help_text=_("Photo or scan: PDF, JPEG or PNG. Its fingerprint stands in the public log, the slip does not."),
        max_bytes=settings.MAX_DOCUMENT_BYTES,
        required=True,
    )

    def __init__(self, data: Any = None, files: Any = None, *, projects: Sequence[Project], today: Any = None) -> None:
        super().__init__(data, files, initial={"currency": "KZT", "counted_date": today, "purpose": WHOLE_FUND})
        self._purposes = Purposes(projects=tuple(projects))
        offer_purposes(self.fields["purpose"], self._purposes)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if "amount" in facts and "currency" in facts:
            try:
                facts["amount"] = money_of(facts["amount"], facts.pop("currency"))
            except forms.ValidationError as error:
                self.add_error("amount", error)
        if "purpose" in facts:
            facts["project"] = self._purposes.project(facts.pop("purpose"))
        return facts


class SecondCountForm(forms.Form):
    """What the second person has counted, without having seen the first count."""

    amount = AmountField(label=_("Amount that you have counted"), min_value=Decimal("0.01"))

    def __init__(self, data: Any = None, *, currency: str) -> None:
        super().__init__(data)
        self._currency = currency
        self.fields["amount"].help_text = currency

    def clean_amount(self) -> Any:
        return money_of(self.cleaned_data["amount"], self._currency)


class RefuseCountForm(forms.Form):
    """Why a count is wrong."""

    reason = PlainField(label=_("What is wrong with the count"), max_length=300)
