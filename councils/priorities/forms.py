"""The list as it is typed: for each need a place and a reason. What was typed is kept, whatever is wrong with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from common.ids import random_id
from councils.indicators.queries.order import NeedsOrder
from councils.priorities.actions import LONGEST_TEXT, SENTENCES
from councils.priorities.rules import LONGEST_REASON, Entry, Fault, faults


class PrioritiesForm(forms.Form):
    """`names` are the needs by code, in the order in which the page shows them; each gets two fields."""

    decided_date = forms.DateField(
        label=_("Day of the meeting"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        error_messages={"required": _("Name the day of the meeting."), "invalid": _("Write the day as 22.11.2026.")},
    )
    text = PlainField(
        label=_("What the council says about this list"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    publication = forms.UUIDField(widget=forms.HiddenInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        names: Mapping[str, str],
        begun: Mapping[str, Entry],
        text: str,
        publication_id: UUID,
        today: date,
    ) -> None:
        start: dict[str, Any] = {"submission": random_id(), "decided_date": today, "publication": publication_id}
        start["text"] = text
        start |= {f"place_{need}": entry.place for need, entry in begun.items()}
        start |= {f"reason_{need}": entry.reason for need, entry in begun.items()}
        super().__init__(data, initial=start)
        self.needs = list(names)
        for need, name in names.items():
            self.fields[f"place_{need}"] = forms.IntegerField(
                label=gettext("Place: %(need)s") % {"need": name},
                required=False,
                min_value=1,
                max_value=len(names),
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            self.fields[f"reason_{need}"] = PlainField(
                label=gettext("Reason, if the place departs from the evidence: %(need)s") % {"need": name},
                required=False,
                max_length=LONGEST_REASON,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def entries(self) -> list[Entry]:
        """What a valid form says of every need."""
        facts = self.cleaned_data
        return [Entry(need, facts.get(f"place_{need}"), facts.get(f"reason_{need}", "")) for need in self.needs]

    def judge(self, *, evidence: NeedsOrder) -> bool:
        """Whether the list may be published; puts every fault beside its field."""
        for fault, need in faults(entries=self.entries(), order=evidence.order.places, known=list(evidence.shares)):
            name = f"{'reason' if fault is Fault.NO_REASON else 'place'}_{need}" if need else None
            self.add_error(name, str(SENTENCES[fault]))
        return not self.errors
