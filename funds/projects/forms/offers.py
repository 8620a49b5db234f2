"""What people type who offer work, things, transport or a place, and what the fund answers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from common.ids import random_id
from funds.projects.models import Project
from funds.projects.states import OfferKind

ANY: Final = ""
ACCEPT: Final = "accept"
DECLINE: Final = "decline"
DELIVERED: Final = "delivered"


class OfferForm(forms.Form):
    """An offer to one fund. `projects` are those that are not finished."""

    kind = forms.ChoiceField(
        label=_("What do you offer?"), choices=OfferKind.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you offer.")},
    )  # fmt: skip
    title = PlainField(
        label=_("In one line"),
        max_length=120,
        help_text=_("For example: two days of an electrician's work."),
        error_messages={"required": _("Say in one line what you offer.")},
    )
    text = PlainField(
        label=_("In more words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What, how much, where it is. Everybody can read this: leave out addresses and telephone numbers."),
        error_messages={"required": _("Describe what you offer.")},
    )
    purpose = forms.ChoiceField(label=_("For which project?"), required=False)
    available_through = forms.DateField(
        label=_("Until when does it stand?"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    giver_name = PlainField(
        label=_("Your name"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    name_public = forms.BooleanField(
        label=_("Show my name beside my offer"),
        help_text=_("Without this it stands there as “Anonymous”."),
        required=False,
    )
    giver_email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The fund's answer comes here. Nobody else sees it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write your e-mail address, so that the fund can answer."),
            "invalid": _("This is not a whole e-mail address. It looks like name@example.com."),
        },
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        projects: Sequence[Project],
        today: date,
        project: Project | None = None,
    ) -> None:
        super().__init__(data, initial={"submission": random_id(), "purpose": str(project.pk) if project else ANY})
        self._today = today
        self.fields["available_through"].widget.attrs["min"] = today.isoformat()
        self._projects = {str(one.pk): one for one in projects}
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            (ANY, _("Where it is needed most")),
            *((key, one.title) for key, one in self._projects.items()),
        ]

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("name_public") and "giver_name" in facts and not facts["giver_name"]:
            self.add_error("giver_name", _("Write the name that shall stand there, or offer without a name."))
        return facts

    def clean_available_through(self) -> date | None:
        """The last day of the offer. Refuses one that is over."""
        last: date | None = self.cleaned_data["available_through"]
        if last is not None and last < self._today:
            raise forms.ValidationError(
                _("This day is over. Choose a later one, or leave the field empty."), code="over"
            )
        return last

    @property
    def project(self) -> Project | None:
        """The chosen project; None where the fund shall choose. Only after `is_valid()`."""
        return self._projects.get(self.cleaned_data["purpose"])

    @property
    def submission_key(self) -> UUID:
        """The identity of this sending: what was typed, under the number of the page. Only after `is_valid()`."""
        facts = self.cleaned_data
        content = "\x1f".join(f"{name}={facts[name]}" for name in sorted(facts) if name != "submission")
        return uuid5(facts["submission"], content)


class AnswerForm(forms.Form):
    """What the fund answers: taken up for a project, declined with a reason, or it has arrived."""

    verdict = forms.ChoiceField(label=_("What becomes of it?"), widget=forms.RadioSelect)
    project = forms.ChoiceField(label=_("For which project?"), required=False)
    answer = PlainField(
        label=_("Your answer"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is mailed to the giver alone. To take the offer up, say what comes next."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        projects: Sequence[Project],
        project: Project | None,
        taken: bool,
    ) -> None:
        super().__init__(data, initial={"project": str(project.pk) if project else ""})
        self._projects = {str(one.pk): one for one in projects}
        ways = [(DELIVERED, _("It has arrived or is done: thank the giver"))] if taken else [
            (ACCEPT, _("We take it up gladly"))
        ]  # fmt: skip
        self.fields["verdict"].choices = [*ways, (DECLINE, _("We cannot take it up"))]  # type: ignore[attr-defined]
        if taken:
            del self.fields["project"]
        else:
            options = [("", _("Choose one")), *((key, one.title) for key, one in self._projects.items())]
            self.fields["project"].choices = options  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("verdict") == ACCEPT and not facts.get("project"):
            self.add_error("project", _("Choose the project that it is for."))
        if facts.get("verdict") == DECLINE and "answer" in facts and not facts["answer"]:
            self.add_error("answer", _("Write in a sentence why, and thank the giver."))
        return facts

    @property
    def chosen(self) -> Project:
        """The project that the offer is taken up for. Only after `is_valid()` with ACCEPT."""
        return self._projects[self.cleaned_data["project"]]
