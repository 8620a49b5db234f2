"""What the treasurer writes down about a gift from abroad, and about a gift that a list pointed at."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from funds.donations.states import ScreeningVerdict


class NotifiedForm(forms.Form):
    """When the tax authority was told, and the number under which it took it."""

    day = forms.DateField(
        label=_("Told on"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Write the day on which the authority was told."),
            "invalid": _("This is not a day. Write it like 2026-11-22."),
        },
    )
    number = PlainField(
        label=_("Number of the notice"),
        help_text=_("As it stands on the confirmation."),
        max_length=80,
        error_messages={"required": _("Write the number of the notice.")},
    )


class DecisionForm(forms.Form):
    """Whether the gift may be accepted, and why."""

    verdict = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            (ScreeningVerdict.CLEARED.value, _("It is somebody else, or it may be accepted")),
            (ScreeningVerdict.REFUSED.value, _("It must be given back")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = PlainField(
        label=_("Why"),
        help_text=_("Kept with the decision and read by the auditor. Up to 500 characters."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why: the decision is kept with its reason.")},
    )

    def decision(self) -> dict[str, Any]:
        """The arguments of the action. Only after `is_valid()`."""
        facts = self.cleaned_data
        return {"verdict": ScreeningVerdict(facts["verdict"]), "reason": facts["reason"]}
