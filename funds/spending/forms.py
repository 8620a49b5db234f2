"""Forms of spending: what is typed is checked for shape here; what may be done is the actions' business."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.fields import AmountField, PlainField
from common.money import CURRENCIES, Money
from common.uploads import DocumentField, PhotoField
from funds.spending.states import ApprovalVerdict


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class RequestForm(forms.Form):
    purpose = PlainField(label=_("What is paid for"), max_length=200)
    payee_name = PlainField(label=_("Payee"), max_length=200)
    payee_bin = PlainField(
        label=_("BIN of the payee"),
        max_length=12,
        min_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    amount = AmountField(label=_("Amount in tenge"), min_value=Decimal("0.01"))
    document = DocumentField(
        label=_("Invoice or contract"),
        help_text=_("PDF, JPEG or PNG. Council and fund see it; the public sees the proof that you publish later."),
        max_bytes=settings.MAX_DOCUMENT_BYTES,
        required=True,
    )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if "amount" in facts:
            facts["amount"] = Money(int(facts["amount"] * 100), "KZT")
        return facts


class DecideForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Your answer"), choices=ApprovalVerdict.choices, widget=forms.RadioSelect)
    reason = PlainField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed if you refuse. Everybody can read it."),
    )


class WithdrawForm(forms.Form):
    reason = PlainField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody can read it. Name no person."),
        error_messages={"required": _("Say why you withdraw it. Everybody can read it.")},
    )


class PayForm(forms.Form):
    paid_date = _day(_("Day of payment"))
    bank_reference = PlainField(label=_("Number of the payment order"), max_length=80)


class ProofForm(forms.Form):
    document = DocumentField(
        label=_("Document for the public"),
        help_text=_("Act, invoice or receipt with personal data blacked out. PDF, JPEG or PNG."),
        max_bytes=settings.MAX_DOCUMENT_BYTES,
        required=True,
    )
    photo = PhotoField(
        label=_("Photo of the result"),
        help_text=_("Place and time are removed from the file."),
        max_bytes=settings.MAX_PHOTO_BYTES,
        required=False,
    )
    note = PlainField(
        label=_("What was done"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class PayoutForm(forms.Form):
    amount = AmountField(label=_("Amount that arrived"), min_value=Decimal("0.01"))
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    arrived_date = _day(_("Day on the bank statement"))
    memo = PlainField(label=_("Reference on the bank statement"), max_length=120)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if "amount" in facts and "currency" in facts:
            facts["amount"] = Money(int(facts["amount"] * 100), facts.pop("currency"))
        return facts
