"""What people type who enter official figures and norms, or correct a publication. The actions check it once more."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from councils.indicators.actions.correcting import LONGEST_REASON
from councils.indicators.states import YEAR_BASES
from towns.states import Confidence, Territory, YearBasis

_TERRITORIES = [(one.value, one.label) for one in (Territory.TOWN_AS_NAMED, Territory.TOWN_OR_DISTRICT)]
_YEAR_BASES = list(YEAR_BASES.items())
_CHOOSE = {"required": _("Choose one.")}


class _ValueForm(forms.Form):
    """An indicator, its percentage and the source of it."""

    indicator = forms.ChoiceField(label=_("Indicator"), error_messages={"required": _("Choose an indicator.")})
    value = forms.DecimalField(
        label=_("Value, %"),
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        localize=True,
        error_messages={"required": _("Write a percentage from 0 to 100.")},
    )
    source = PlainField(
        label=_("Source"),
        help_text=_("Document, number and page, so that everybody finds it."),
        max_length=300,
        error_messages={"required": _("Name the source: everybody can look it up.")},
    )
    source_url = forms.URLField(label=_("Link to the source"), required=False, max_length=400, assume_scheme="https")

    def __init__(self, *args: Any, indicators: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["indicator"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", ""), *indicators]


class OfficialForm(_ValueForm):
    """An official figure of a town."""

    year = forms.IntegerField(
        label=_("Year"), min_value=1990, max_value=2100, error_messages={"required": _("Write the year of the figure.")}
    )
    year_basis = forms.ChoiceField(
        label=_("Where the year is from"),
        choices=_YEAR_BASES,
        initial=YearBasis.STATED,
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    territory = forms.ChoiceField(
        label=_("Territory"), choices=_TERRITORIES, widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    confidence = forms.ChoiceField(
        label=_("How sure it is"), choices=Confidence.choices, widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    provisional = forms.BooleanField(
        label=_("The source calls it provisional"),
        help_text=_("It may still change. Pages and files say so beside the figure."),
        required=False,
    )
    reason = PlainField(
        label=_("Why it is corrected"),
        help_text=_("Only if a figure of this year stands already. Both stay readable."),
        required=False,
        max_length=300,
    )


class NormForm(_ValueForm):
    """The threshold of a norm, for all towns."""

    since_date = forms.DateField(
        label=_("Holds since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Write the day.")},
    )


class CorrectionForm(forms.Form):
    """Why a publication is corrected."""

    reason = PlainField(
        label=_("What is corrected, and why"),
        help_text=_("Everybody can read it."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what is corrected and why: everybody can read it.")},
    )
