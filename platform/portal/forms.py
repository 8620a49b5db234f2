"""Forms of the pages where everything meets."""

from django import forms
from django.utils.translation import gettext_lazy as _

_LARGEST = 10**12


class LineForm(forms.Form):
    """A line of the ledger by its number."""

    line = forms.IntegerField(
        label=_("Number of the line in the ledger"),
        min_value=1,
        max_value=_LARGEST,
        error_messages={"required": _("Write the number of the line."), "invalid": _("Write a whole number.")},
    )
