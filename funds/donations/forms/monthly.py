"""What a giver types to change a monthly gift. Each form does one thing and says what it will do."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.formats import money
from common.ids import random_id
from common.money import Money
from councils.needs.models import Need
from funds.donations.forms.fields import offer_purposes, sentence
from funds.donations.queries import Purposes
from funds.donations.rules.monthly import LONGEST_PAUSE
from funds.payments.rules import AmountError, limits, parse_amount
from funds.projects.models import Project


class SureForm(forms.Form):
    """A change without a choice: the button says it all. `submission` makes two clicks one change."""

    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, **initial: object) -> None:
        super().__init__(data, initial={"submission": random_id(), **initial})


class AmountForm(SureForm):
    """Another amount a month, in the currency of the gift."""

    own_amount = forms.CharField(
        label=_("How much a month?"),
        error_messages={"required": _("Write how much you would like to give each month.")},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": "12"}),
    )
    field_order = ("own_amount", "submission")

    def __init__(self, data: Mapping[str, Any] | None = None, *, currency: str) -> None:
        super().__init__(data)
        self._currency = currency
        allowed = limits(currency)
        self.fields["own_amount"].help_text = _("From %(floor)s to %(ceiling)s.") % {
            "floor": money(allowed.floor.minor, currency),
            "ceiling": money(allowed.ceiling.minor, currency),
        }

    def clean_own_amount(self) -> Money:
        try:
            return parse_amount(self.cleaned_data["own_amount"], self._currency, get_language() or "en")
        except AmountError as error:
            raise forms.ValidationError(sentence(error)) from error


class PauseForm(SureForm):
    """Until which day nothing is charged: from tomorrow on, within one year of `today`."""

    until = forms.DateField(
        label=_("Until which day?"),
        help_text=_("On this day your gift begins again by itself. You can end the pause earlier."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day.")},
    )
    field_order = ("until", "submission")

    def __init__(self, data: Mapping[str, Any] | None = None, *, today: date) -> None:
        super().__init__(data, until=today + timedelta(days=91))
        self._today = today
        self.fields["until"].widget.attrs |= {
            "min": (today + timedelta(days=1)).isoformat(),
            "max": (today + LONGEST_PAUSE).isoformat(),
        }

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if not self._today < until <= self._today + LONGEST_PAUSE:
            raise forms.ValidationError(_("Choose a day from tomorrow on, within one year."))
        return until


class DesignationForm(SureForm):
    """What the next months are for."""

    purpose = forms.ChoiceField(
        label=_("What is it for?"), error_messages={"required": _("Choose what your gift is for.")}
    )
    field_order = ("purpose", "submission")

    def __init__(self, data: Mapping[str, Any] | None = None, *, purposes: Purposes, chosen: str) -> None:
        super().__init__(data, purpose=chosen)
        self._purposes = purposes
        offer_purposes(self.fields["purpose"], purposes)

    @property
    def project(self) -> Project | None:
        """The chosen project; None for a need or the whole fund. Only after `is_valid()`."""
        return self._purposes.project(self.cleaned_data["purpose"])

    @property
    def need(self) -> Need | None:
        """The chosen need; None for a project or the whole fund. Only after `is_valid()`."""
        return self._purposes.need(self.cleaned_data["purpose"])


class LinkForm(forms.Form):
    """Where the links to one's monthly gifts shall be sent."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The one that you gave when your monthly gift began."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("This is not a whole e-mail address. It looks like name@example.com."),
        },
    )
