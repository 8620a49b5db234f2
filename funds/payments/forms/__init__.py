"""What the treasurer types about accounts and statements: checked for shape here, the rest is the actions' business."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from common.money import CURRENCIES
from funds.payments.statements import MAX_BYTES, Columns, Row
from funds.payments.statements.cells import DATE_FORMATS, text_of_cell
from funds.payments.statements.columns import NONE, PLACES
from funds.payments.states import AccountKind

_SHOWN: Final = 24
_DATES: Final = {
    "%d.%m.%Y": "22.11.2026",
    "%d.%m.%y": "22.11.26",
    "%Y-%m-%d": "2026-11-22",
    "%d/%m/%Y": "22/11/2026",
    "%d-%m-%Y": "22-11-2026",
    "%m/%d/%Y": "11/22/2026",
    "%Y%m%d": "20261122",
}
_LABELS: Final = {
    "booked": _("Day"),
    "amount": _("Amount, with a minus for what went out"),
    "debit": _("What went out (debit)"),
    "credit": _("What came in (credit)"),
    "currency": _("Currency"),
    "counterparty": _("Name of the other side"),
    "number": _("Account of the other side"),
    "purpose": _("Purpose"),
    "reference": _("Number of the document"),
    "balance": _("Balance after the line"),
}


class AccountForm(forms.Form):
    """An account of the fund."""

    kind = forms.ChoiceField(label=_("Kind of account"), choices=AccountKind.choices, widget=forms.RadioSelect)
    bank_name = PlainField(label=_("Bank"), max_length=80)
    holder = PlainField(label=_("Holder, as the bank writes it"), max_length=120)
    number = PlainField(
        label=_("IBAN or number"), max_length=42, help_text=_("For Kaspi: the number that people type in the app.")
    )
    bic = PlainField(label=_("BIC"), max_length=11, required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    public = forms.BooleanField(label=_("Show it to givers as a way to give"), required=False)

    def clean_number(self) -> str:
        plain = "".join(str(self.cleaned_data["number"]).split()).upper()
        if len(plain) > 34:  # noqa: PLR2004 - the longest IBAN
            raise forms.ValidationError(_("An account's number has at most 34 letters and digits."))
        return plain


class StatementForm(forms.Form):
    """A file from the bank. What it is, is told by its content."""

    file = forms.FileField(
        label=_("Statement"),
        help_text=_("XLSX or CSV as Kaspi and Halyk give it, MT940 or CAMT.053. Up to 5 MB."),
        allow_empty_file=True,
    )

    def read(self) -> bytes:
        """The bytes, one more than is allowed at most: whoever opens them refuses the rest. Only after `is_valid()`."""
        data: bytes = self.cleaned_data["file"].read(MAX_BYTES + 1)
        return data


class ColumnsForm(forms.Form):
    """Which column of a table is what. Counted from 0; -1 for none."""

    header = forms.TypedChoiceField(label=_("Row with the headings"), coerce=int)
    date_format = forms.ChoiceField(
        label=_("How days are written"), choices=[(one, _DATES[one]) for one in DATE_FORMATS]
    )

    def __init__(self, data: Any = None, *, rows: list[Row], columns: Columns) -> None:
        super().__init__(data, initial={name: getattr(columns, name) for name in ("header", "date_format", *PLACES)})
        above = [(at, _row_words(row)) for at, row in enumerate(rows[:_SHOWN]) if any(row)]
        self.fields["header"].choices = [(at, f"{at + 1}: {words}") for at, words in above]  # type: ignore[attr-defined]
        chosen = columns.header
        if self.is_bound and str(self.data.get("header", "")).isdigit():
            chosen = min(int(self.data["header"]), len(rows) - 1)
        heads = [text_of_cell(cell) or str(at + 1) for at, cell in enumerate(rows[chosen])] if rows else []
        for place in PLACES:
            self.fields[place] = forms.TypedChoiceField(
                label=_LABELS[place],
                coerce=int,
                required=False,
                empty_value=NONE,  # type: ignore[arg-type]
                choices=[(NONE, _("none")), *((at, f"{at + 1}: {head[:60]}") for at, head in enumerate(heads))],
            )

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if not self.errors and not self.columns.whole:
            self.add_error("booked", _("Say which column is the day and which the amount, or debit and credit."))
        return facts

    @property
    def columns(self) -> Columns:
        """What was said. Only after the fields were cleaned."""
        facts = self.cleaned_data
        return Columns(
            header=facts["header"], date_format=facts["date_format"], **{place: facts[place] for place in PLACES}
        )


def _row_words(row: Row) -> str:
    return " | ".join(text for text in (text_of_cell(cell) for cell in row) if text)[:90]
