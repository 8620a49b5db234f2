"""What a treasurer and an approver type when a gift is given back. What may go back is the actions' business."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import AmountField, PlainField, money_of
from common.formats import money
from common.ids import random_id
from common.money import Money


class FindGiftForm(forms.Form):
    """Whose gift it is says the giver: the receipt's address, the transfer's code, the card service's number."""

    code = PlainField(
        label=_("Receipt address, reference code or payment number"),
        help_text=_("Ask the giver for it: it stands on the receipt. Nobody looks gifts up by name."),
        max_length=300,
        error_messages={"required": _("Write what the giver sent you.")},
    )


class RefundForm(forms.Form):
    """How much goes back, and why. The form carries its own key, so that it asks once."""

    amount = AmountField(label=_("Amount"))
    reason = PlainField(
        label=_("Reason"),
        help_text=_("For the approver and the auditor. Name no person."),
        max_length=300,
        error_messages={"required": _("Say why the gift is given back.")},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, left: Money) -> None:
        super().__init__(data, initial={"submission": random_id()})
        self._left = left
        self.fields["amount"].help_text = _("At most %(left)s.") % {"left": money(left.minor, left.currency)}

    @property
    def amount_back(self) -> Money:
        """The typed amount in the gift's currency. Only after `is_valid()`."""
        return money_of(self.cleaned_data["amount"], self._left.currency)


class RefundAnswerForm(forms.Form):
    """An approver's answer."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("back", _("Give it back")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = PlainField(label=_("Why it is refused"), max_length=300, required=False)
