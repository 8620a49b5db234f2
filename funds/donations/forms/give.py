"""What a giver types. A form says in words what is wrong and which amounts can be given; nothing typed is ever lost."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.formats import money
from common.ids import random_id
from common.money import EXPONENTS, Money
from funds.donations.rules import SUGGESTED, submission_key
from funds.donations.states import TieToTown
from funds.payments.rules import AmountError, Refusal, limits, parse_amount
from funds.projects.models import Project

OWN: Final = "own"
WHOLE_FUND: Final = "fund"
_RADIOS_AT_MOST: Final = 6

_REFUSED: Final[Mapping[Refusal, Promise]] = {
    Refusal.EMPTY: _("Choose an amount or type your own: from %(floor)s to %(ceiling)s."),
    Refusal.NOT_A_NUMBER: _(
        "Write the amount in digits, for example 1000 or 1000,50. It can be from %(floor)s to %(ceiling)s."
    ),
    Refusal.TOO_MANY_DECIMALS: _(
        "Digits after the comma in this currency: %(decimals)s. Write for example 1000 or 1000,50."
        " The amount can be from %(floor)s to %(ceiling)s."
    ),
    Refusal.TOO_SMALL: _("This amount is too small. One gift by card can be from %(floor)s to %(ceiling)s."),
    Refusal.TOO_LARGE: _("This amount is too large. One gift by card can be from %(floor)s to %(ceiling)s."),
}


class LineField(forms.CharField):
    """Words in one line: signs that nobody sees go, blanks become single, before the length is judged."""

    def to_python(self, value: object) -> str:
        text = super().to_python(value) or ""
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


class GiftForm(forms.Form):
    """A gift to one fund in one currency. `projects` are those that one can give to."""

    choice = forms.ChoiceField(label=_("How much would you like to give?"), widget=forms.RadioSelect, required=False)
    own_amount = forms.CharField(
        label=_("Your own amount"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": "12"}),
    )
    purpose = forms.ChoiceField(
        label=_("What is it for?"), error_messages={"required": _("Choose what your gift is for.")}
    )
    donor_name = LineField(
        label=_("Your name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    name_public = forms.BooleanField(
        label=_("Show my name beside my gift"),
        help_text=_("Without this your gift stands there as “Anonymous”, with its amount and date."),
        required=False,
    )
    donor_email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_(
            "For the receipt. Stripe, the card service, gets it too and writes it on its payment page."
            " Nobody else sees it, and nothing else is sent there."
        ),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not a whole e-mail address. It looks like name@example.com.")},
    )
    message = LineField(
        label=_("A few words to the town"),
        help_text=_("Everybody can read them beside your gift. Up to 300 characters."),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    tie_to_town = forms.ChoiceField(
        label=_("What ties you to the town?"),
        choices=[("", _("I would rather not say")), *TieToTown.choices],
        required=False,
    )
    currency = forms.CharField(widget=forms.HiddenInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        currency: str,
        projects: Sequence[Project],
        project: Project | None = None,
    ) -> None:
        purpose = str(project.pk) if project else WHOLE_FUND
        super().__init__(data, initial={"submission": random_id(), "currency": currency, "purpose": purpose})
        self._currency = currency
        self._projects = {str(project.pk): project for project in projects}
        allowed = limits(currency)
        suggested = [(str(minor), money(minor, currency)) for minor in SUGGESTED[currency]]
        self.fields["choice"].choices = [*suggested, (OWN, _("Another amount"))]  # type: ignore[attr-defined]
        self.fields["own_amount"].help_text = _("From %(floor)s to %(ceiling)s.") % {
            "floor": money(allowed.floor.minor, currency),
            "ceiling": money(allowed.ceiling.minor, currency),
        }
        whole = (WHOLE_FUND, _("The whole fund: where it is needed most"))
        purposes = [whole, *((key, project.title) for key, project in self._projects.items())]
        self.fields["purpose"].widget = forms.RadioSelect() if len(purposes) <= _RADIOS_AT_MOST else forms.Select()
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if "choice" in facts:
            self._clean_amount(facts)
        if facts.get("name_public") and "donor_name" in facts and not facts["donor_name"]:
            self.add_error("donor_name", _("Write the name that shall stand beside your gift, or give without a name."))
        return facts

    def _clean_amount(self, facts: dict[str, Any]) -> None:
        choice, typed = facts["choice"], facts.get("own_amount", "")
        if choice not in ("", OWN) and typed.strip():
            self.add_error("own_amount", _("You chose an amount above and typed another one here. Keep one of them."))
        elif choice not in ("", OWN):
            facts["amount"] = Money(int(choice), self._currency)
        else:
            try:
                facts["amount"] = parse_amount(typed, self._currency, get_language() or "en")
            except AmountError as error:
                self.add_error("own_amount", _sentence(error))

    @property
    def project(self) -> Project | None:
        """The chosen project; None for the whole fund. Only after `is_valid()`."""
        return self._projects.get(self.cleaned_data["purpose"])

    @property
    def submission_key(self) -> UUID:
        """The identity of this sending: what was typed, under the number of the page. Only after `is_valid()`."""
        facts = self.cleaned_data
        content = "\x1f".join(f"{name}={facts[name]}" for name in sorted(facts) if name != "submission")
        return submission_key(facts["submission"], content)


def _sentence(error: AmountError) -> str:
    floor, ceiling = error.limits.floor, error.limits.ceiling
    return str(_REFUSED[error.refusal]) % {
        "floor": money(floor.minor, floor.currency),
        "ceiling": money(ceiling.minor, ceiling.currency),
        "decimals": EXPONENTS[floor.currency],
    }
