"""Writing down a decision: its words, its day, and for every member where they stood. The outcome is never typed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from common.ids import random_id
from councils.meetings.rules import Ballot
from councils.meetings.states import Choice
from councils.members.queries import Member

MAX_TITLE = 200
MAX_TEXT = 4000
MAX_INTEREST = 200
MAX_MINUTES = 20_000


class DecisionForm(forms.Form):
    """`members` are those with a vote on the day that the form names (see `day_asked_for`): each gets two fields."""

    title = PlainField(
        label=_("Title of the decision"),
        max_length=MAX_TITLE,
        error_messages={"required": _("Give the decision a title.")},
    )
    text = PlainField(
        label=_("What was decided"),
        help_text=_("As in the minutes: what is to be done, by whom, until when."),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write what was decided.")},
    )
    decided_date = forms.DateField(
        label=_("Day of the meeting"),
        help_text=_("The roll below lists those who were members on that day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        error_messages={"required": _("Name the day of the meeting."), "invalid": _("Write the day as 22.11.2026.")},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, members: Sequence[Member], today: date) -> None:
        super().__init__(data, initial={"submission": random_id(), "decided_date": today})
        self.members = list(members)
        for member in self.members:
            self.fields[f"vote_{member.appointment_id}"] = forms.ChoiceField(
                label=gettext("Vote: %(name)s (%(role)s)") % {"name": member.name, "role": member.role_label},
                choices=[("", _("Choose one")), *Choice.choices],
                error_messages={"required": _("Say where this member stood; choose “absent” if they were not there.")},
            )
            self.fields[f"interest_{member.appointment_id}"] = PlainField(
                label=gettext("Interest, only if recused: %(name)s") % {"name": member.name},
                max_length=MAX_INTEREST,
                required=False,
            )

    def seats(self) -> list[tuple[Member, forms.BoundField, forms.BoundField]]:
        """For the page: each member with the field of the vote and the field of the interest."""
        return [(m, self[f"vote_{m.appointment_id}"], self[f"interest_{m.appointment_id}"]) for m in self.members]

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        for member in self.members:
            choice, field = facts.get(f"vote_{member.appointment_id}"), f"interest_{member.appointment_id}"
            interest = facts.get(field, "").strip()
            if choice == Choice.RECUSED and not interest and field not in self.errors:
                self.add_error(field, _("Name the interest because of which the member steps aside."))
            if choice and choice != Choice.RECUSED and interest:
                self.add_error(field, _("Only a recused member has an interest to name here."))
        return facts

    def roll(self) -> dict[UUID, Ballot]:
        """The roll call of a valid form."""
        return {
            member.appointment_id: Ballot(
                choice=Choice(self.cleaned_data[f"vote_{member.appointment_id}"]),
                interest=self.cleaned_data[f"interest_{member.appointment_id}"].strip(),
            )
            for member in self.members
        }


class MinutesForm(forms.Form):
    """`members` are those with a vote on the day of the sitting: of each it is said whether they were there."""

    sitting_date = forms.DateField(
        label=_("Day of the meeting"),
        help_text=_("Decisions of that day are added by themselves."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        error_messages={"required": _("Name the day of the meeting."), "invalid": _("Write the day as 22.11.2026.")},
    )
    text = PlainField(
        label=_("Minutes"),
        help_text=_("What was on the agenda, what was said. Leave out addresses and telephone numbers."),
        max_length=MAX_MINUTES,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": _("Write what was said.")},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, members: Sequence[Member], today: date) -> None:
        super().__init__(data, initial={"submission": random_id(), "sitting_date": today})
        self.members = list(members)
        for member in self.members:
            self.fields[f"present_{member.appointment_id}"] = forms.ChoiceField(
                label=f"{member.name} ({member.role_label})",
                choices=[("", _("Choose one")), ("yes", _("was there")), ("no", _("was not there"))],
                error_messages={"required": _("Say whether this member was there.")},
            )

    def seats(self) -> list[forms.BoundField]:
        """For the page: the field of each member."""
        return [self[f"present_{member.appointment_id}"] for member in self.members]

    def present(self) -> dict[UUID, bool]:
        """The attendance of a valid form."""
        return {m.appointment_id: self.cleaned_data[f"present_{m.appointment_id}"] == "yes" for m in self.members}


def day_asked_for(data: Mapping[str, Any] | None, *, today: date, name: str = "decided_date") -> date:
    """Whose roll to call: the day that was sent, or today when none was sent or it cannot be read."""
    typed = (data or {}).get(name, "")
    try:
        day = DecisionForm.base_fields["decided_date"].clean(typed)
    except forms.ValidationError:
        return today
    return day if isinstance(day, date) else today


class CursorForm(forms.Form):
    """Where the next page of the list begins."""

    before = forms.IntegerField(required=False, min_value=1)
