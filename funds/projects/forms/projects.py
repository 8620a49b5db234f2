"""The form that opens a project."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import AmountField, PlainField
from common.money import Money


class ProjectForm(forms.Form):
    title = PlainField(
        label=_("What will be done"), max_length=200, help_text=_("One line, as a neighbour would say it.")
    )
    summary = PlainField(label=_("How, where and by when"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    goal = AmountField(label=_("Cost in tenge"), min_value=Decimal(1))
    low_carbon_note = PlainField(
        label=_("What it means for energy and air"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: the new lamps use a third of the electricity."),
    )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if "goal" in facts:
            facts["goal"] = Money(int(facts["goal"] * 100), "KZT")
        return facts
