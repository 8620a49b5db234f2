"""What people type about needs. A form checks shape and says in words what is wrong; whether it may be done is not its
business. Nothing typed is ever lost: a refused form is drawn again with every text in it.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from common.ids import random_id
from common.uploads import PhotoField
from councils.needs.rules import MAX_QUARTER, MAX_TEXT, MIN_TEXT, tidy
from councils.needs.states import Category, NeedState, RefusalReason

FROM_ANONYMOUS = "anonymous"
FROM_ME = "me"
FROM_SOMEBODY = "somebody"

ACCEPT = "accept"
REFUSE = "refuse"


class WordsField(PlainField):
    """Text of several lines, tidied before its length is judged: browsers count a line end once, servers twice."""

    def to_python(self, value: object) -> str:
        return tidy(super().to_python(value))


class NeedForm(forms.Form):
    """A need. `signed_in` and `helper` say what the page may offer; the action asks the permissions again."""

    text = WordsField(
        label=_("What does the town need?"),
        help_text=_(
            "Say what is wrong, where, and since when. Leave out names, telephone numbers and your own address."
        ),
        min_length=MIN_TEXT,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": _("Write what the town needs."),
            "min_length": _("Say in a sentence what the town needs, and where."),
        },
    )
    category = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[("", _("Choose one")), *Category.choices],
        error_messages={"required": _("Choose what it is about.")},
    )
    quarter = PlainField(
        label=_("Where in the town?"),
        help_text=_("Quarter or street, for example: microdistrict 5, beside school 12."),
        max_length=MAX_QUARTER,
        required=False,
    )
    photo = PhotoField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP, up to 10 MB. Place, time and device are removed from it."),
        max_bytes=settings.MAX_PHOTO_BYTES,
        required=False,
    )
    filed_as = forms.ChoiceField(label=_("Who is this need from?"), widget=forms.RadioSelect)
    # A trap for programs that fill in every field. People never see it.
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
        *,
        signed_in: bool,
        helper: bool,
    ) -> None:
        super().__init__(data, files, initial={"submission": random_id(), "filed_as": FROM_ANONYMOUS})
        self.order_fields(["text", "category", "quarter", "photo", "filed_as", "website", "submission"])
        offered = [(FROM_ANONYMOUS, _("From me, without my name: nobody can find out who filed it"))]
        if signed_in:
            offered.append((FROM_ME, _("From me, and I want to see it on My page: nobody else learns that it is mine")))
        if helper:
            offered.append((FROM_SOMEBODY, _("From somebody else: I am a helper and write it down for them")))
        self.fields["filed_as"].choices = offered  # type: ignore[attr-defined]
        if len(offered) == 1:
            del self.fields["filed_as"]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Empty this field and send again: programs fill it in, people do not."))
        return ""

    @property
    def is_trapped(self) -> bool:
        """The trap caught somebody: now show it, in case it was a person after all."""
        return self.is_bound and "website" in self.errors

    @property
    def lost_photo(self) -> bool:
        """A browser never sends a file twice by itself, so the person has to choose the photo again."""
        return self.is_bound and not self.is_valid() and "photo" in self.files


class TicketForm(forms.Form):
    ticket = forms.CharField(
        label=_("Ticket"),
        help_text=_(
            "Nine letters and digits, for example 7KD-4XM-2TF. Dashes, spaces and small letters do not matter."
        ),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": "16"}
        ),
        error_messages={"required": _("Type the ticket that you were given.")},
    )


class AnswerForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("What does the council say?"),
        choices=[
            (ACCEPT, _("Accept: the council takes this need up")),
            (REFUSE, _("Refuse, with a reason and in words")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the need is accepted or refused.")},
    )
    reason = forms.ChoiceField(
        label=_("Reason of a refusal"),
        help_text=_("Where it is personal data or insults, text, photo and answer are never shown to the public."),
        choices=[("", _("None: the need is accepted")), *RefusalReason.choices],
        required=False,
    )
    answer = WordsField(
        label=_("Answer to the person"),
        help_text=_("Everybody will read it. It is required when you refuse."),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("verdict") == REFUSE:
            if not facts.get("reason"):
                self.add_error("reason", _("Choose the reason of the refusal."))
            if "answer" in facts and not facts["answer"]:
                self.add_error("answer", _("Write to the person why the need is refused."))
        elif facts.get("verdict") == ACCEPT and facts.get("reason"):
            self.add_error("reason", _("An accepted need has no reason of refusal. Choose “None”, or refuse."))
        return facts


class NeedFilterForm(forms.Form):
    """What the public list may be narrowed to. GET, so that a narrowed list has an address to share."""

    category = forms.ChoiceField(label=_("About"), choices=[("", _("Everything")), *Category.choices], required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("Accepted and refused")),
            (NeedState.ACCEPTED.value, NeedState.ACCEPTED.label),
            (NeedState.REFUSED.value, NeedState.REFUSED.label),
        ],
        required=False,
    )
    after = forms.UUIDField(required=False, widget=forms.HiddenInput)


class CursorForm(forms.Form):
    """Where the next page of a list begins."""

    after = forms.UUIDField(required=False)
