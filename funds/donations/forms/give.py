"""What a giver types. A form says in words what is wrong and which amounts can be given; nothing typed is ever lost."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from common.formats import money
from common.identifiers import number_is_valid
from common.ids import random_id
from common.money import Money
from councils.needs.models import Need
from funds.donations.forms.fields import WHOLE_FUND, LineField, countries, offer_purposes, sentence
from funds.donations.queries import Purposes
from funds.donations.rules import SUGGESTED, FeeRule, Giver, Way, submission_key, transfer_limits
from funds.donations.states import DonorKind, Origin, TieToTown
from funds.payments.rules import AmountError, limits, parse_amount
from funds.projects.models import Project

OWN: Final = "own"

WAYS: Final[Mapping[Way, Promise]] = {
    Way.CARD: _("Once, by card"),
    Way.MONTHLY: _("Every month, by card: you can lower, pause or end it whenever you like"),
    Way.BANK: _("By bank transfer: the account and a reference code come on the next page"),
    Way.KASPI: _("By Kaspi: the number and a reference code come on the next page"),
}


# What surrounds a sending and is no part of it.
_NOT_CONTENT: Final = frozenset(("submission", "answer", "asked"))


class GiftForm(forms.Form):
    """A gift to one fund in one currency, for one of `purposes`, by one of `ways`."""

    choice = forms.ChoiceField(label=_("How much would you like to give?"), widget=forms.RadioSelect, required=False)
    own_amount = forms.CharField(
        label=_("Your own amount"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": "12"}),
    )
    way = forms.ChoiceField(label=_("How would you like to give?"), widget=forms.RadioSelect, required=False)
    covers_fee = forms.BooleanField(label=_("I cover the card service's fee as well"), required=False)
    purpose = forms.ChoiceField(
        label=_("What is it for?"),
        error_messages={"required": _("Choose what your gift is for.")},
    )
    donor_name = LineField(
        label=_("Your name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    name_public = forms.BooleanField(label=_("Show my name beside my gift"), required=False)
    name_for_council = forms.BooleanField(label=_("Tell my name to the council"), required=False)
    donor_email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_(
            "For the receipt, and for the link that manages a monthly gift. Stripe, the card service, gets it too if"
            " you pay by card; if you leave this empty, Stripe asks for an address, and the receipt goes there. Nobody"
            " else sees it, and nothing else is sent there."
        ),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not a whole e-mail address. It looks like name@example.com.")},
    )
    donor_kind = forms.ChoiceField(
        label=_("Who gives?"), choices=DonorKind.choices, widget=forms.RadioSelect, required=False
    )
    company_bin = LineField(
        label=_("BIN of the company"),
        help_text=_("Twelve digits. A company of another country leaves this empty."),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    origin = forms.ChoiceField(
        label=_("Where are you a citizen, or where is the company registered?"),
        choices=[(Origin.UNSAID, _("I would rather not say")), *((one.value, one.label) for one in list(Origin)[1:])],
        widget=forms.RadioSelect,
        required=False,
    )
    country = forms.ChoiceField(label=_("Which other country?"), required=False)
    message = LineField(
        label=_("A few words to the town"),
        help_text=_("If your name stands beside your gift, everybody can read them there. Up to 300 characters."),
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
        purposes: Purposes,
        ways: Sequence[Way],
        fee: FeeRule,
        chosen: str = WHOLE_FUND,
        way: Way | None = None,
    ) -> None:
        super().__init__(
            data,
            initial={
                "submission": random_id(),
                "currency": currency,
                "purpose": chosen,
                "way": way or ways[0],
                "donor_kind": DonorKind.PERSON,
                "origin": Origin.UNSAID,
            },
        )
        self._currency = currency
        self._purposes = purposes
        self._ways = tuple(ways)
        self._fee = fee
        allowed = limits(currency)
        suggested = [(str(minor), money(minor, currency)) for minor in SUGGESTED[currency]]
        self.fields["choice"].choices = [*suggested, (OWN, _("Another amount"))]  # type: ignore[attr-defined]
        self.fields["own_amount"].help_text = _("From %(floor)s to %(ceiling)s.") % {
            "floor": money(allowed.floor.minor, currency),
            "ceiling": money(allowed.ceiling.minor, currency),
        }
        self.fields["way"].choices = [(one.value, WAYS[one]) for one in ways]  # type: ignore[attr-defined]
        if not {Way.CARD, Way.MONTHLY} & set(ways):
            self.fields["donor_email"].help_text = _(
                "For the letter with account and code, and for the receipt. Nobody else sees it, and nothing else is"
                " sent there."
            )
        self.fields["covers_fee"].help_text = self._fee_words()
        self.fields["country"].choices = [("", "—"), *countries(get_language() or "en")]  # type: ignore[attr-defined]
        offer_purposes(self.fields["purpose"], purposes)

    def _fee_words(self) -> str:
        """What covering the fee comes to, for the smallest and the largest suggestion."""
        small, large = (Money(SUGGESTED[self._currency][at], self._currency) for at in (0, -1))
        facts = {
            "small": money(small.minor, small.currency),
            "large": money(large.minor, large.currency),
            "small_fee": _more(self._fee, small),
            "large_fee": _more(self._fee, large),
        }
        return (
            gettext(
                "Then about as much arrives as you choose. For %(small)s that is about %(small_fee)s more, for"
                " %(large)s about %(large_fee)s. What the service really kept stands on your receipt."
            )
            % facts
        )

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        facts["way"] = Way(facts.get("way") or self._ways[0])
        facts["donor_kind"] = DonorKind(facts.get("donor_kind") or DonorKind.PERSON)
        if "choice" in facts:
            self._clean_amount(facts)
        shown = facts.get("name_public") or facts.get("name_for_council")
        if shown and "donor_name" in facts and not facts["donor_name"]:
            self.add_error("donor_name", _("Write the name that shall stand beside your gift, or give without a name."))
        if facts["way"] == Way.MONTHLY and "donor_email" in facts and not facts["donor_email"]:
            self.add_error(
                "donor_email",
                _("Write your e-mail address: the link to lower, pause or end your monthly gift goes there."),
            )
        self._clean_giver(facts)
        return facts

    def _clean_amount(self, facts: dict[str, Any]) -> None:
        choice, typed = facts["choice"], facts.get("own_amount", "")
        if choice not in ("", OWN) and typed.strip():
            self.add_error("own_amount", _("You chose an amount above and typed another one here. Keep one of them."))
            return
        try:
            if choice not in ("", OWN):
                facts["net"] = Money(int(choice), self._currency)
            else:
                within = None if facts["way"].by_card else transfer_limits(self._currency)
                facts["net"] = parse_amount(typed, self._currency, get_language() or "en", within=within)
        except AmountError as error:
            self.add_error("own_amount", sentence(error))

    def _clean_giver(self, facts: dict[str, Any]) -> None:
        number = "".join((facts.get("company_bin") or "").split())
        facts["company_bin"] = number
        company = facts["donor_kind"] == DonorKind.COMPANY
        if number and not company:
            self.add_error("company_bin", _("A BIN belongs to a company. Choose “Company” above, or leave this empty."))
        elif number and not number_is_valid(number):
            self.add_error(
                "company_bin", _("This is no BIN: it has twelve digits, and the last one checks the others.")
            )
        if company and not facts.get("donor_name") and "donor_name" in facts:
            self.add_error("donor_name", _("Write the name of the company."))
        origin, country = facts.get("origin") or Origin.UNSAID, facts.get("country") or ""
        if origin == Origin.UNSAID and country:
            origin = Origin.KAZAKHSTAN if country == "KZ" else Origin.FOREIGN
        if origin == Origin.FOREIGN and "country" in facts and country in ("", "KZ"):
            self.add_error("country", _("Choose the other country, or say above that you would rather not say."))
        facts["origin"], facts["country"] = Origin(origin), country if origin == Origin.FOREIGN else ""

    @property
    def project(self) -> Project | None:
        """The chosen project; None for a need or the whole fund. Only after `is_valid()`."""
        return self._purposes.project(self.cleaned_data["purpose"])

    @property
    def need(self) -> Need | None:
        """The chosen need; None for a project or the whole fund. Only after `is_valid()`."""
        return self._purposes.need(self.cleaned_data["purpose"])

    @property
    def chosen_way(self) -> Way:
        """The chosen way. Only after `is_valid()`."""
        return Way(self.cleaned_data["way"])

    @property
    def giver(self) -> Giver:
        """Who gives. Only after `is_valid()`."""
        facts = self.cleaned_data
        return Giver(
            kind=facts["donor_kind"],
            company_bin=facts["company_bin"],
            origin=facts["origin"],
            country=facts["country"],
            name_for_council=facts["name_for_council"],
        )

    @property
    def pays_fee(self) -> bool:
        """Whether the giver pays about the fee on top; a transfer costs none. Only after `is_valid()`."""
        return self.chosen_way.by_card and bool(self.cleaned_data["covers_fee"])

    @property
    def amount(self) -> Money:
        """What is charged or transferred, the covered fee included. Only after `is_valid()`."""
        net: Money = self.cleaned_data["net"]
        return self._fee.gross_for(net) if self.pays_fee else net

    @property
    def fee_estimate(self) -> Money | None:
        """What the card service will keep, about; None for a transfer. Only after `is_valid()`."""
        if not self.chosen_way.by_card:
            return None
        return self.amount - self.cleaned_data["net"] if self.pays_fee else self._fee.estimate(self.amount)

    @property
    def page(self) -> UUID:
        """The number of this form, drawn or sent; a fresh one where what was sent is none."""
        sent = self["submission"].value()
        try:
            return UUID(str(sent))
        except ValueError:
            return random_id()

    @property
    def submission_key(self) -> UUID:
        """The identity of this sending: what was typed, under the number of the page. Only after `is_valid()`."""
        facts = self.cleaned_data
        content = "\x1f".join(f"{name}={facts[name]}" for name in sorted(facts) if name not in _NOT_CONTENT)
        return submission_key(facts["submission"], content)


def _more(fee: FeeRule, net: Money) -> str:
    more = fee.gross_for(net) - net
    return money(more.minor, more.currency)
