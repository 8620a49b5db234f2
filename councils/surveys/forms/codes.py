"""Codes that respondents type: their own, which keeps their answers, and the one from a letter, which lets them in."""

from django import forms
from django.utils.translation import gettext_lazy as _


def _code_widget() -> forms.TextInput:
    return forms.TextInput(
        attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": "20"}
    )


class ResumeForm(forms.Form):
    code = forms.CharField(
        label=_("Your code"),
        help_text=_("Twelve letters and digits, for example 7KD-4XM-2TF-9PQ. Dashes and small letters do not matter."),
        max_length=40,
        widget=_code_widget(),
        error_messages={"required": _("Type the code that the survey page showed you.")},
    )


class LetterForm(forms.Form):
    code = forms.CharField(
        label=_("The code of your letter"),
        help_text=_("It stands in the letter or on the sheet that you got. Dashes and small letters do not matter."),
        max_length=40,
        widget=_code_widget(),
        error_messages={"required": _("Type the code of your letter.")},
    )
