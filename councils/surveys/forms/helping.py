"""What helpers and secretaries type about devices, codes and sheets. No field here takes the name of a respondent."""

from django import forms
from django.conf import settings
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from councils.surveys.states import Audience

_CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": "16"}
_NINE_SIGNS = _("Nine letters and digits, for example 7KD-4XM-2TF. Dashes and small letters do not matter.")


class Printing(TextChoices):
    """How codes are handed out."""

    LETTERS = "letters", _("letters to be cut apart, in Kazakh and Russian (PDF, up to 200)")
    TABLE = "table", _("table of codes and links (CSV)")


class DeviceForm(forms.Form):
    label = forms.CharField(
        label=_("Name of the device"),
        help_text=_("So that you know it again, for example: blue tablet."),
        max_length=60,
        error_messages={"required": _("Give the device a name.")},
    )


class CodesForm(forms.Form):
    batch = forms.CharField(
        label=_("Name of this printing"),
        help_text=_("For your list, for example: letters for Abai street. No names of people."),
        max_length=60,
        required=False,
    )
    number = forms.IntegerField(
        label=_("How many codes"),
        min_value=1,
        max_value=5_000,
        error_messages={"required": _("Choose between 1 and 5,000 codes.")},
    )
    printing = forms.ChoiceField(
        label=_("As"), choices=Printing.choices, initial=Printing.LETTERS, widget=forms.RadioSelect
    )


class SheetsForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    number = forms.IntegerField(
        label=_("How many sheets"),
        help_text=_("Each has a code of its own, so that it counts once. At most 200 in one file."),
        min_value=1,
        max_value=200,
        initial=10,
        error_messages={"required": _("Choose between 1 and 200 sheets.")},
    )


class SheetForm(forms.Form):
    """The codes on a sheet. Where a wave knows no code but the sheet's own, no other is asked for."""

    sheet = forms.CharField(
        label=_("Code of the sheet"),
        help_text=_NINE_SIGNS,
        max_length=40,
        widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
        error_messages={"required": _("Type the code that is printed on the sheet.")},
    )
    person = forms.CharField(
        label=_("Code of the person"),
        help_text=_("If a person's own code is written on the sheet. Then paper and web count that person once."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_CODE),
    )

    def __init__(self, data: QueryDict | None = None, *, audience: Audience) -> None:
        super().__init__(data)
        if audience is Audience.OPEN:
            del self.fields["person"]
        elif audience is Audience.HOUSEHOLD:
            self.fields["person"].label = _("Code of the household")
            self.fields["person"].help_text = _(
                "If the code of the household's letter is written on the sheet. Then paper and web count it once."
            )


class PersonForm(forms.Form):
    """The code of somebody who answers with a helper."""

    person = forms.CharField(
        label=_("Code of the person"),
        help_text=_NINE_SIGNS,
        max_length=40,
        widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
        error_messages={"required": _("Type the code from the person's letter, or the one on their own page.")},
    )

    def __init__(self, data: QueryDict | None = None, *, audience: Audience) -> None:
        super().__init__(data)
        if audience is Audience.HOUSEHOLD:
            self.fields["person"].label = _("Code of the household")
            self.fields["person"].error_messages["required"] = _("Type the code from the household's letter.")
