"""What people ask the public ledger for: filters that stand in the address. Forms of GET; nothing here writes.

The pages draw them by hand (templates/ledger/pieces.html): Django's widgets would cost more than the rest of a page.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import CURRENCIES
from funds.ledger.rules import NotNow, why_not
from funds.ledger.states import Kind

_EARLIEST = date(1990, 1, 1)
_LATEST = date(2199, 12, 31)


class DayField(forms.DateField):
    """A day between 1990 and 2199, as `2026-11-22` or `22.11.2026`."""

    def __init__(self, *, label: Any, help_text: Any = "") -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
            error_messages={"invalid": _("This is not a day. Write it like 22.11.2026.")},
        )

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not _EARLIEST <= day <= _LATEST:
            raise forms.ValidationError(_("Take a day between 1990 and 2199."))
        return day


class PeriodForm(forms.Form):
    """From a day to a day, both included; either may stay open."""

    since = DayField(label=_("Booked from"))
    until = DayField(label=_("Booked until"))

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        since, until = facts.get("since"), facts.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first one."))
        return facts


class FilterForm(PeriodForm):
    """Filters of the ledger page. `earmarks`: id and name of each project."""

    project = forms.ChoiceField(
        label=_("Project"),
        required=False,
        error_messages={"invalid_choice": _("This fund has no such project. Choose one from the list.")},
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("all")), *Kind.choices],
        error_messages={"invalid_choice": _("The ledger knows no such kind. Choose one from the list.")},
    )
    field_order = ["project", "kind", "since", "until"]

    def __init__(self, *args: Any, earmarks: Sequence[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].choices = [("", _("all")), *((str(pk), label) for pk, label in earmarks)]  # type: ignore[attr-defined]

    def clean_project(self) -> UUID | None:
        typed = self.cleaned_data["project"]
        return UUID(typed) if typed else None

    def clean_kind(self) -> Kind | None:
        typed = self.cleaned_data["kind"]
        return Kind(typed) if typed else None


class StatementForm(PeriodForm):
    """Which account, and from when to when. `accounts`: id and name of each."""

    account = forms.ChoiceField(
        label=_("Account"),
        error_messages={
            "required": _("Choose an account."),
            "invalid_choice": _("This fund has no such account. Choose one from the list."),
        },
    )
    field_order = ["account", "since", "until"]

    def __init__(self, *args: Any, accounts: Sequence[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [(str(pk), title) for pk, title in accounts]  # type: ignore[attr-defined]

    def clean_account(self) -> UUID:
        return UUID(self.cleaned_data["account"])


class DayForm(forms.Form):
    """One day; today where nothing is typed."""

    on = DayField(label=_("As of the end of"))


REFUSED = {
    NotNow.NOT_OVER: _("This day is not over yet. Choose a day before today."),
    NotNow.CLOSED: _("The books are closed already up to this day or a later one. Choose a later day."),
}


class CloseUntilForm(forms.Form):
    """Up to which day the books would be closed: a day that is over and lies in no closed period."""

    ends = DayField(label=_("Close up to and with"))

    def __init__(self, *args: Any, today: date, closed_through: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends"].required = True
        self._known = {"today": today, "closed_through": closed_through}

    def clean_ends(self) -> date:
        ends: date = self.cleaned_data["ends"]
        refused = why_not(ends=ends, **self._known)
        if refused is not None:
            raise forms.ValidationError(REFUSED[refused])
        return ends


class CloseForm(CloseUntilForm):
    """The day again, which the page has shown, and the word that it is meant."""

    confirmed = forms.BooleanField(
        label=_("I have read this and close the books for good."),
        error_messages={"required": _("Confirm that the books shall be closed for good.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends"].widget = forms.HiddenInput()


class MapForm(PeriodForm):
    """A period and a currency; the currency may stay open where a fund has one alone."""

    currency = forms.ChoiceField(
        label=_("Currency"),
        required=False,
        choices=[(code, code) for code in CURRENCIES],
        error_messages={"invalid_choice": _("No fund holds this currency. Choose one from the list.")},
    )
    field_order = ["currency", "since", "until"]
