"""What readers of open answers type beside their decisions: a new code, and where a list goes on."""

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST = 120


class CodeForm(forms.Form):
    """A code of the frame, in Kazakh and Russian side by side."""

    kk = forms.CharField(
        label=_("New code in Kazakh"), max_length=_LONGEST, error_messages={"required": _("Write the code in Kazakh.")}
    )
    ru = forms.CharField(
        label=_("New code in Russian"),
        max_length=_LONGEST,
        error_messages={"required": _("Write the code in Russian.")},
    )


class PlaceForm(forms.Form):
    """The last answer seen, whether those are meant that were let through, and the answer whose file is."""

    after = forms.UUIDField(required=False)
    again = forms.BooleanField(required=False)
    file = forms.UUIDField(required=False)
