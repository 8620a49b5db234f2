"""What people type who run surveys: questionnaires, waves, places in lists. Nothing here touches answers."""

from collections.abc import Sequence
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from councils.surveys.rules import EXTENSIONS
from councils.surveys.states import Audience


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("XLSForm"),
        help_text=_("Excel (.xlsx, .xlsm, .xls), Markdown (.md) or CSV, up to 5 MB."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(sorted(EXTENSIONS))}),
        error_messages={"required": _("Choose the file of the questionnaire.")},
    )
    slug = forms.SlugField(
        label=_("Short name"),
        help_text=_(
            "Latin letters, digits and dashes, for example life-in-our-town. A short name that is used already makes"
            " the next version of that questionnaire."
        ),
        max_length=60,
        error_messages={"required": _("Give the questionnaire a short name.")},
    )


class OpenWaveForm(forms.Form):
    version = forms.ChoiceField(label=_("Questionnaire"), error_messages={"required": _("Choose the questionnaire.")})
    opens_date = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    closes_date = forms.DateField(
        label=_("Last day"),
        help_text=_("It closes by itself at the end of this day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    audience = forms.ChoiceField(
        label=_("Who may answer"),
        choices=Audience.choices,
        initial=Audience.DECLARED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who may answer.")},
    )

    def __init__(
        self, data: QueryDict | None, *, versions: Sequence[tuple[object, str]], opens_date: date, closes_date: date
    ) -> None:
        super().__init__(data, initial={"opens_date": opens_date, "closes_date": closes_date})
        offered = [(str(pk), words) for pk, words in versions]
        self.fields["version"].choices = offered  # type: ignore[attr-defined]


class CursorForm(forms.Form):
    """Where the next page of a list begins."""

    before = forms.IntegerField(required=False, min_value=1)
