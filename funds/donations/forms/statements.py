"""The period of a statement: any days, the running year if none are chosen."""

from datetime import MAXYEAR, MINYEAR, date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from funds.donations.rules.papers import LONGEST_PERIOD, year_of


class PeriodForm(forms.Form):
    """`from` and `to`, both days included. What is left open is filled with the running year."""

    # Called as in the address. `from` is a word of Python's own, so the fields are set by name.
    def __init__(self, data: Any = None, *, today: date) -> None:
        begin, end = year_of(today)
        typed = data if data is not None else {}
        filled = {"from": typed.get("from") or begin.isoformat(), "to": typed.get("to") or end.isoformat()}
        super().__init__(filled)
        picker = {"type": "date"}
        wrong = {"invalid": _("This is not a day. Write it like 2026-11-22.")}
        for name, label in (("from", _("First day")), ("to", _("Up to and with"))):
            self.fields[name] = forms.DateField(
                label=label,
                error_messages=wrong,
                input_formats=["%Y-%m-%d"],
                widget=forms.DateInput(format="%Y-%m-%d", attrs=picker),
            )

    def clean(self) -> dict[str, Any]:
        """Refuses a period that ends before it begins, or of more than ten years, and days that no gift can have."""
        facts = self.cleaned_data
        for name in [name for name, day in facts.items() if not MINYEAR < day.year < MAXYEAR]:
            self.add_error(name, str(self.fields[name].error_messages["invalid"]))
        begin, end = facts.get("from"), facts.get("to")
        if begin and end and end < begin:
            self.add_error("to", _("The last day lies before the first one."))
        elif begin and end and end - begin > LONGEST_PERIOD:
            self.add_error("to", _("One statement covers at most ten years. Choose a shorter time."))
        return facts

    @property
    def period(self) -> tuple[date, date]:
        """First and last day. Only after `is_valid()`."""
        return self.cleaned_data["from"], self.cleaned_data["to"]
