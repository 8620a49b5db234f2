"""What an enterprise types when it promises to add to other people's gifts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import AmountField, PlainField
from common.money import Money
from funds.projects.models import Project

WAYS = (("100", _("As much again: the gift is doubled")), ("50", _("Half as much again")), ("200", _("Twice as much")))


class PledgeForm(forms.Form):
    """A pledge in tenge. `projects` are those that still collect."""

    enterprise = PlainField(label=_("Name of the enterprise"), max_length=200)
    enterprise_bin = forms.CharField(
        label=_("BIN"), max_length=12, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    percent = forms.ChoiceField(label=_("How much do you add to each gift?"), choices=WAYS, widget=forms.RadioSelect)
    cap = AmountField(
        label=_("At most in all, in tenge"),
        min_value=Decimal(1000),
        help_text=_("When this sum is reached, nothing more is added."),
    )
    purpose = forms.ChoiceField(label=_("To which gifts?"), required=False)
    starts_date = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_date = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any = None, *, projects: Sequence[Project], today: date) -> None:
        super().__init__(data, initial={"percent": "100", "starts_date": today})
        self._projects = {str(one.pk): one for one in projects}
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            ("", _("All gifts to this fund")),
            *((key, one.title) for key, one in self._projects.items()),
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """What the action takes. Only after `is_valid()`."""
        typed = self.cleaned_data
        return {
            "project": self._projects.get(typed["purpose"]),
            "enterprise": typed["enterprise"],
            "enterprise_bin": typed["enterprise_bin"],
            "percent": int(typed["percent"]),
            "cap": Money(int(typed["cap"] * 100), "KZT"),
            "starts_date": typed["starts_date"],
            "ends_date": typed["ends_date"],
        }
